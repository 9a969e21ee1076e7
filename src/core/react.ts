/**
 * react(state) -> commands: what should be true outside and is not yet. Reads the state, never an event, so a crash
 * between two writes loses nothing. Keys are deterministic: deriving a command twice is harmless.
 */
import type { CoreCommand, DueCommand } from './commands.ts';
import { commandKey } from './commands.ts';
import { edgeCommands } from './edges.ts';
import type { Orchestration, Task } from './model.ts';
import { reactionsDue } from './reactions.ts';
import { doneGroups, missingGroups, parentOf } from './shards.ts';
import { deliveryOf, isNotChosen, isOutOfDate, lastAttempt, subIssueOf, waitsForApproval } from './tasks.ts';

/** `coalesceMs`: shortest pause between two edits of the status comment. */
export interface Pace {
  readonly coalesceMs: number;
}

export function react(state: Orchestration, pace: Pace): readonly DueCommand[] {
  const at = (command: CoreCommand, notBefore = 0): DueCommand => ({
    key: commandKey(state, command),
    command,
    notBefore,
  });
  return [
    ...requests(state).map((command) => at(command)),
    ...planning(state).map((command) => at(command)),
    ...state.tasks.flatMap((task) => work(state, task)).map((command) => at(command)),
    ...doneGroups(state).map((group) => at({ kind: 'close-group-issue', group })),
    ...state.tasks.flatMap(diagnostics).map((command) => at(command)),
    ...report(state, pace, at),
    ...wakes(state).map((when) => at({ kind: 'wake', at: when }, when)),
  ];
}

function requests(state: Orchestration): readonly CoreCommand[] {
  const checking = state.requests.filter((one) => one.state === 'checking' && one.operator !== true);
  // what one person asks for is obeyed in its order: the next is looked at when the last was decided
  const checks: { readonly source: string; readonly by: string }[] = checking.filter(
    ({ by }, at) => checking.findIndex((one) => one.by === by) === at,
  );
  const { change } = state.edits;
  if (change?.editor === 'unknown' && change.by !== null) checks.push({ source: change.source, by: change.by });
  const replies = state.replies.filter((reply) => !reply.posted);
  return [
    ...checks.map(({ source, by }): CoreCommand => ({ kind: 'check-permission', source, user: by })),
    ...replies.map(({ source }): CoreCommand => ({ kind: 'post-reply', source })),
    ...reactionsDue(state).map((due): CoreCommand => ({ kind: 'react-to-comment', ...due })),
  ];
}

function planning(state: Orchestration): readonly CoreCommand[] {
  const round = state.readings > 1 ? { round: state.readings } : {};
  if (state.phase === 'reading') return [{ kind: 'read-plan', ...round }];
  const reread: readonly CoreCommand[] =
    state.edits.reading && state.phase === 'running' ? [{ kind: 'read-plan', ...round }] : [];
  const grouped = state.groupedBy === undefined ? {} : { grouped: true as const };
  if (state.phase === 'proposed' && state.digest === null) return [{ kind: 'digest-plan', ...round, ...grouped }];
  if (state.phase !== 'running' && state.phase !== 'finished') return [];
  return [...reread, ...structure(state)];
}

/** Sub-issues, the group issues they stand under, the edges between them, and what they say. */
function structure(state: Orchestration): readonly CoreCommand[] {
  const groups = missingGroups(state).map((missing): CoreCommand => ({ kind: 'create-group-issue', ...missing }));
  const unmade = state.tasks.filter((task) => task.status === 'nlp_parsing' && task.plan.adopts === null);
  const creations = unmade
    .filter((task) => parentOf(state, task.plan.id) !== null)
    .map((task): CoreCommand => ({ kind: 'create-sub-issue', task: task.plan.id, round: task.round }));
  if (groups.length > 0) return [...groups, ...creations];
  // edges wait until every sub-issue exists: then they fit into one request
  if (creations.length > 0) return creations;
  return [...edgeCommands(state), ...state.tasks.flatMap(rewording)];
}

function rewording(task: Task): readonly CoreCommand[] {
  const isOver = task.status === 'merged' || task.status === 'cancelled';
  if (isOver || subIssueOf(task) === null || !isOutOfDate(task)) return [];
  return [{ kind: 'edit-sub-issue', task: task.plan.id, revision: (task.written?.edits ?? 0) + 1 }];
}

function work(state: Orchestration, task: Task): readonly CoreCommand[] {
  if (endsUnclosed(task)) return [{ kind: 'close-sub-issue', task: task.plan.id }];
  if (state.phase !== 'running') return [];
  const id = task.plan.id;
  const { number: attempt = 0, agent = '' } = lastAttempt(task) ?? {};
  if (task.status === 'agent_assignment') return [{ kind: 'run-attempt', task: id, attempt, agent }];
  if (task.status === 'processing') {
    if (deliveryOf(task) === null) return [{ kind: 'run-attempt', task: id, attempt, agent }];
    return task.openPull === null && task.plan.role === 'work' ? [{ kind: 'open-pull', task: id, attempt }] : [];
  }
  if (task.status === 'validation_passed' && task.landing.state === 'sent') {
    return [
      { kind: 'merge-pull', task: id, round: task.landing.round, number: task.pull.number, sha: task.pull.headSha },
    ];
  }
  return [];
}

/** No pull request closes its sub-issue, and nobody needs it open. */
function endsUnclosed(task: Task): boolean {
  const ended = isNotChosen(task) || (task.status === 'merged' && task.pull === null);
  return ended && subIssueOf(task) !== null && task.subClosed !== true;
}

function diagnostics(task: Task): readonly CoreCommand[] {
  const { diagnostic } = task;
  if (diagnostic === null || diagnostic.state === 'closed') return [];
  const id = task.plan.id;
  if (diagnostic.issue === null)
    return diagnostic.state === 'open'
      ? [{ kind: 'open-diagnostic', task: id, fingerprint: diagnostic.fingerprint }]
      : [];
  if (diagnostic.state === 'closing') return [{ kind: 'close-diagnostic', task: id, told: diagnostic.told }];
  return diagnostic.told < diagnostic.count ? [{ kind: 'update-diagnostic', task: id, told: diagnostic.count }] : [];
}

type Due = (command: CoreCommand, notBefore?: number) => DueCommand;

function report(state: Orchestration, pace: Pace, at: Due): readonly DueCommand[] {
  const { report: shown } = state;
  if (state.plan === null) return [];
  const over = state.phase === 'finished' || state.phase === 'cancelled';
  if (shown.comment === null) {
    return waitsForApproval(state) || state.plannedAt !== null ? [at({ kind: 'post-status' })] : [];
  }
  const commands: DueCommand[] = [];
  if (shown.shown < shown.due) {
    const notBefore = over ? 0 : shown.lastEditAt + pauseMs(state, pace);
    commands.push(at({ kind: 'edit-status', revision: shown.edits + 1 }, notBefore));
  }
  if (shown.bodyShown < shown.bodyDue && state.plannedAt !== null) {
    const notBefore = over ? 0 : shown.lastBodyEditAt + 2 * pauseMs(state, pace);
    commands.push(at({ kind: 'mark-body', revision: shown.bodyEdits + 1 }, notBefore));
  }
  if (state.phase === 'finished') commands.push(...closing(state, at));
  return commands;
}

/** Requests that the end of an orchestration needs: the first and the last status, the last ticks, the summary. */
const reservedRequests = 6;

/**
 * The more requests reporting has already spent, the longer the wait: it keeps to its share of the API budget, which is
 * four requests a task, two of them for the pull request and the merge. A mark in the body costs a read as well.
 */
function pauseMs(state: Orchestration, pace: Pace): number {
  const share = Math.max(4, 2 * state.tasks.length - reservedRequests);
  const spent = state.report.edits + 2 * state.report.bodyEdits;
  return pace.coalesceMs * 4 ** Math.min(5, Math.floor((3 * spent) / share));
}

function closing(state: Orchestration, at: Due): readonly DueCommand[] {
  const told = state.report.summaries.some((summary) => summary.round === state.round);
  if (!told) return isMissingDiagnostics(state) ? [] : [at({ kind: 'post-summary', round: state.round })];
  const allDone = state.outcome !== null && state.outcome.done === state.outcome.total;
  const bodyShown = state.report.bodyShown >= state.report.bodyDue;
  return allDone && bodyShown && areGroupsClosed(state) && !state.masterClosed ? [at({ kind: 'close-master' })] : [];
}

/** Or cannot be closed by us. */
function areGroupsClosed(state: Orchestration): boolean {
  return doneGroups(state).every((group) => {
    const key = commandKey(state, { kind: 'close-group-issue', group });
    return state.stuck.some((stuck) => stuck.key === key);
  });
}

/** A diagnostic issue that the summary should name, and that can still come. */
function isMissingDiagnostics(state: Orchestration): boolean {
  return state.tasks
    .flatMap(diagnostics)
    .filter(({ kind }) => kind === 'open-diagnostic')
    .some((command) => !state.stuck.some(({ key }) => key === commandKey(state, command)));
}

/** The clocks in the state: automatic retries and landings that pause. All of them, since one may run out and wait on. */
function wakes(state: Orchestration): readonly number[] {
  if (state.phase !== 'running') return [];
  const times = state.tasks.flatMap((task) => {
    if (task.status === 'failed' && task.retryAt !== null) return [task.retryAt];
    if (task.status === 'validation_passed' && task.landing.state === 'refused') return [task.landing.retryAt];
    return [];
  });
  return [...new Set(times)];
}

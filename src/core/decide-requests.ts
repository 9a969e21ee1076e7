/** What people ask for: heard once, answered once, obeyed only with write permission. */
import { nothing, reply } from './answers.ts';
import { approve, reject } from './decide-approval.ts';
import { cancelAll } from './decide-work.ts';
import type { Event } from './events.ts';
import { isReopened, reopened } from './hands.ts';
import { heldUpBy, saysNoTo, sendBack } from './judge.ts';
import type { Orchestration, Request, SpokenCommand, Task } from './model.ts';
import { isHopeless } from './schedule.ts';
import { shardOf } from './shards.ts';
import type { AskedSignal } from './signals.ts';
import { isOver, pullOf, subIssueOf, waitsForApproval } from './tasks.ts';

/** A command is noted once per source; nobody is answered before their permission is known. */
export function hear(state: Orchestration, asked: AskedSignal): readonly Event[] {
  if (state.requests.some((request) => request.source === asked.source)) return [];
  const { source, issue, by, at, command, toldBefore, comment, operator } = asked;
  const more = {
    ...(toldBefore === true ? { toldBefore } : {}),
    ...(comment === undefined ? {} : { comment }),
    ...(operator === undefined ? {} : { operator }),
  };
  return [{ type: 'command-heard', request: { source, issue, by, at, command, state: 'checking', ...more } }];
}

export function decidePermission(
  state: Orchestration,
  source: string,
  permission: 'admin' | 'write' | 'read' | 'none',
): readonly Event[] {
  const mayWrite = permission === 'write' || permission === 'admin';
  if (state.edits.change?.source === source && state.edits.change.editor === 'unknown')
    return [{ type: 'editor-known', mayWrite }];
  const request = state.requests.find((one) => one.source === source);
  if (request?.state !== 'checking') return [];
  const unstarted = isUnstarted(state, source);
  if (!mayWrite) {
    return [
      { type: 'command-refused', source, reason: `${request.by} has ${permission} permission; write is needed` },
      ...(wasTold(state, request) ? [] : [reply(request, { kind: 'no-permission', user: request.by })]),
      ...(unstarted ? [{ type: 'closed-unstarted' as const, reason: 'no permission' }] : []),
    ];
  }
  const answer = obey(state, request, request.command);
  const decided = answer.some((event) => event.type === 'run-accepted' || event.type === 'orchestration-cancelled');
  const idle =
    unstarted && !decided ? [{ type: 'closed-unstarted' as const, reason: 'nothing was to be started' }] : [];
  return [{ type: 'command-accepted', source }, ...answer, ...idle];
}

/** One answer per person and issue: whoever may not command must not be able to make us talk without end. */
function wasTold(state: Orchestration, request: Request): boolean {
  return (
    request.toldBefore === true ||
    state.replies.some(
      ({ issue, say }) => issue === request.issue && say.kind === 'no-permission' && say.user === request.by,
    )
  );
}

/** Nothing runs, and no other request is left that could still start something. */
export function isUnstarted(state: Orchestration, source: string): boolean {
  return (
    state.phase === 'requested' && state.requests.every((one) => one.source === source || one.state !== 'checking')
  );
}

function obey(state: Orchestration, request: Request, command: SpokenCommand): readonly Event[] {
  if (command.kind === 'unknown')
    return [reply(request, { kind: 'unknown-command', text: command.text, problem: command.problem })];
  if (command.kind === 'edited') return [reply(request, { kind: 'edited-comment', text: command.text })];
  switch (command.verb) {
    case 'help':
      return [reply(request, { kind: 'help' })];
    case 'status':
      return [reply(request, { kind: state.plan === null ? 'nothing-here' : 'status' })];
    case 'run':
      // while a plan waits, the issue is read once more: what starts is what it says now
      if (state.phase === 'requested' || waitsForApproval(state)) return [runAccepted(request, command.flags)];
      if (command.flags.retry === true) return retry(state, request, command);
      // heard just before it ended: only a new request makes a new orchestration
      if (state.phase === 'refused' || state.phase === 'cancelled')
        return [nothing(request, 'The last run has just ended here; ask once more to start a new one.')];
      return state.phase === 'finished'
        ? [nothing(request, afterTheEnd(state))]
        : [reply(request, { kind: 'already-running' }), ...reread(state)];
    case 'plan':
      if (state.phase === 'requested' || waitsForApproval(state))
        return [runAccepted(request, { ...command.flags, dryRun: true })];
      return state.plan === null || state.phase === 'cancelled'
        ? [nothing(request, 'Nothing waits for a plan here; ask once more to start anew.')]
        : [reply(request, { kind: 'status' })];
    case 'why':
      return whyNot(state, request, command.target);
    case 'pause':
      return state.phase === 'running' && state.pausedBy === null
        ? [{ type: 'paused', by: request.by }, reply(request, { kind: 'paused' })]
        : [nothing(request, state.pausedBy === null ? 'Nothing is running here.' : 'It is paused already.')];
    case 'resume':
      return state.pausedBy === null
        ? [nothing(request, 'Nothing is paused here.')]
        : [{ type: 'resumed', by: request.by }, reply(request, { kind: 'resumed' })];
    case 'approve':
      return approve(state, request, command.flags, aimedAt(state, request, command.target));
    case 'reject':
      return reject(state, request);
    case 'retry':
      return retry(state, request, command);
    case 'cancel':
      return cancel(state, request, command.target);
    case 'merge':
      return allowMerge(state, request, command.target);
  }
}

function reread(state: Orchestration): readonly Event[] {
  return state.phase === 'running' && !state.edits.reading ? [{ type: 'plan-reread' }] : [];
}

function runAccepted(request: Request, flags: Orchestration['flags']): Event {
  return { type: 'run-accepted', by: request.by, flags };
}

function whyNot(state: Orchestration, request: Request, target: number | null): readonly Event[] {
  if (state.tasks.length === 0) return [reply(request, { kind: 'nothing-here' })];
  const aimed = aimedAt(state, request, target);
  if (aimed.length === 0)
    return [nothing(request, `#${target} is no sub-issue, pull request or diagnostic issue of this run.`)];
  const open = aimed.filter((task) => task.status !== 'merged');
  const tasks = aimed === state.tasks ? open : aimed;
  return [
    reply(request, tasks.length === 0 ? { kind: 'status' } : { kind: 'why', tasks: tasks.map(({ plan }) => plan.id) }),
  ];
}

function afterTheEnd(state: Orchestration): string {
  return state.outcome?.done === state.outcome?.total
    ? 'Everything here has landed. What else is to be done goes into a new issue.'
    : 'This run has ended; `/muster retry` starts what did not land again.';
}

function allowMerge(state: Orchestration, request: Request, target: number | null): readonly Event[] {
  const aimed = aimedAt(state, request, target);
  const open = aimed.filter((task) => task.status !== 'merged' && task.status !== 'cancelled');
  if (state.phase !== 'running' || open.length === 0)
    return [nothing(request, 'Nothing is waiting to be merged here.')];
  if (aimed === state.tasks) return [{ type: 'merge-allowed', by: request.by }, reply(request, { kind: 'merging' })];
  const tasks = open.map((task) => task.plan.id);
  return [{ type: 'merge-allowed', by: request.by, tasks }, reply(request, { kind: 'merging', tasks })];
}

type Spoken = Extract<SpokenCommand, { kind: 'command' }>;

function retry(state: Orchestration, request: Request, command: Spoken): readonly Event[] {
  if (state.phase !== 'running' && state.phase !== 'finished') return [nothing(request, 'Nothing has failed here.')];
  const wanted = aimedAt(state, request, command.target);
  // who asks for work that somebody said no to means whoever said no
  const refused = wanted.flatMap((task) => (task.status === 'validation_passed' ? saysNoTo(state, task.plan.id) : []));
  const failed = [...new Set([...wanted.filter((task) => task.status === 'failed'), ...refused])];
  const again = [...new Set(failed.flatMap((task) => heldUpBy(state, task)))];
  // what has landed is done once more only where it is named
  const open = wanted.filter((task) => isReopened(task) && (task.status !== 'merged' || wanted !== state.tasks));
  if (failed.length + open.length === 0) {
    const freed = state.phase === 'finished' ? wanted.filter((task) => !isOver(task) && !isHopeless(state, task)) : [];
    if (freed.length > 0) return goOn(request, command, freed);
    return [
      nothing(request, wanted.length === state.tasks.length ? 'No task has failed.' : 'That task has not failed.'),
    ];
  }
  const ids = [...failed, ...again, ...open].map((task) => task.plan.id);
  const sentBack = failed.flatMap((judge) => sendBack(state, judge, request.at));
  return [
    { type: 'retry-requested', by: request.by, tasks: ids, flags: command.flags },
    ...open.map((task) => reopened(task, task.round + 1)),
    ...sentBack.filter(({ task }, at) => sentBack.findIndex((one) => one.task === task) === at),
    ...failed.map(
      (task): Event => ({ type: 'task-requeued', task: task.plan.id, round: task.round + 1, by: request.by }),
    ),
    reply(request, { kind: 'retrying', tasks: ids }),
  ];
}

/** What they waited for has landed after the end, by other hands. */
function goOn(request: Request, command: Spoken, freed: readonly Task[]): readonly Event[] {
  const tasks = freed.map((task) => task.plan.id);
  return [
    { type: 'retry-requested', by: request.by, tasks, flags: command.flags },
    reply(request, { kind: 'retrying', tasks }),
  ];
}

function cancel(state: Orchestration, request: Request, target: number | null): readonly Event[] {
  if (state.phase === 'reading' || state.phase === 'proposed' || state.phase === 'requested')
    return [...cancelAll(state, request.by), reply(request, { kind: 'cancelled', tasks: [] })];
  const aimed = aimedAt(state, request, target);
  const going = aimed.filter((task) => !isOver(task) || task.status === 'failed');
  if (state.phase !== 'running' || going.length === 0)
    return [nothing(request, 'Nothing is running that could be cancelled.')];
  const ids = going.map((task) => task.plan.id);
  const said = reply(request, { kind: 'cancelled', tasks: ids });
  if (aimed === state.tasks) return [...cancelAll(state, request.by), said];
  // one task less, even the last one, is still an orchestration that finishes and is summed up
  const reason = `cancelled by ${request.by}`;
  return [...ids.map((task): Event => ({ type: 'task-cancelled', task, reason })), said];
}

/** All tasks, those of a group issue, or the one whose sub-issue, pull request or diagnostic issue is named or commented on. */
function aimedAt(state: Orchestration, request: Request, target: number | null): readonly Task[] {
  const number = target ?? (request.issue === state.issue.number ? null : request.issue);
  if (number === null || number === state.issue.number) return state.tasks;
  const group = (state.groups ?? []).find(({ issue }) => issue.number === number);
  if (group !== undefined) return state.tasks.filter(({ plan }) => shardOf(state.plan, plan.id)?.id === group.id);
  return state.tasks.filter((task) =>
    [subIssueOf(task), pullOf(task), task.diagnostic?.issue].some((thing) => thing?.number === number),
  );
}

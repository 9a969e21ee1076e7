/** What a carried-out command means: the signals it comes back as. */
import { type CoreCommand, roundOf } from '../core/commands.ts';
import type { Orchestration } from '../core/model.ts';
import type { Plan, Policy } from '../core/plan.ts';
import type { Signal } from '../core/signals.ts';
import { subIssueOf } from '../core/tasks.ts';
import { compilePlan, type PlanInput } from '../text/compile-plan.ts';
import { loadSettings } from '../text/settings.ts';
import type { GitHubCommand } from './effects.ts';
import type { Edit, EffectOutcome, EffectResult, PlanSource } from './ports.ts';

export interface PlanningContext {
  readonly agents: readonly string[];
  /** What each of them is good at. */
  readonly capabilities: Readonly<Record<string, readonly string[]>>;
  readonly basePolicy: Policy;
  /** What the operator lays down for this server; stronger than any repository's settings. */
  readonly overridePolicy: Partial<Policy>;
  /** How many sub-issues an issue takes; absent: as many as on GitHub. */
  readonly mostSubIssues?: number;
  /** A plan with group issues starts without being asked for twice. */
  readonly startsSharded?: boolean;
  /** False where there is no GitHub around the list: what is outside of it is not waited for. Left out: true. */
  readonly waitsOutside?: boolean;
}

type Refused = Extract<EffectOutcome, { status: 'refused' }>;

export function signalsForDone(
  state: Orchestration,
  command: GitHubCommand,
  result: EffectResult,
  context: PlanningContext,
): readonly Signal[] {
  switch (command.kind) {
    case 'check-permission':
      return result.kind === 'permission'
        ? [{ type: 'permission-known', source: command.source, permission: result.permission }]
        : [];
    case 'read-plan':
      return result.kind === 'plan-source' ? [{ ...planRead(state, result.source, context), ...roundOf(command) }] : [];
    case 'create-sub-issue':
      return result.kind === 'issue' ? [{ type: 'sub-issue-created', task: command.task, issue: result.issue }] : [];
    case 'create-group-issue':
      return result.kind === 'issue'
        ? [{ type: 'group-issue-created', group: command.group, issue: result.issue }]
        : [];
    case 'close-group-issue':
      return [{ type: 'group-issue-closed', group: command.group }];
    case 'add-edge':
      return [{ type: 'edge-added', from: command.from, to: command.to }];
    case 'remove-edge':
      return [{ type: 'edge-removed', from: command.from, to: command.to }];
    case 'edit-sub-issue':
      return rewordedAs(state, command.task, result);
    case 'post-status':
      return result.kind === 'comment'
        ? [{ type: 'status-posted', comment: result.comment, shown: state.report.due }]
        : [];
    case 'edit-status':
      return [{ type: 'status-edited', shown: state.report.due }];
    case 'mark-body':
      return [
        { type: 'body-marked', shown: state.report.bodyDue },
        ...(result.kind === 'done' && result.edited !== undefined
          ? [{ type: 'issue-edited' as const, number: state.issue.number, ...result.edited }]
          : []),
      ];
    case 'post-reply':
      return [{ type: 'reply-posted', source: command.source }];
    case 'react-to-comment':
      return [{ type: 'comment-reacted', comment: command.comment, reaction: command.reaction }];
    case 'post-summary':
      return [{ type: 'summary-posted', round: command.round }];
    case 'close-master':
      return [{ type: 'master-closed' }];
    case 'open-pull':
      return result.kind === 'pull'
        ? [{ type: 'pull-opened', task: command.task, number: result.number, url: result.url, headSha: result.headSha }]
        : [];
    case 'close-sub-issue':
      return [{ type: 'sub-issue-closed', task: command.task }];
    case 'merge-pull':
      return result.kind === 'merged' ? [{ type: 'merged', task: command.task, sha: result.sha }] : [];
    case 'open-diagnostic':
      return result.kind === 'issue'
        ? [{ type: 'diagnostic-told', task: command.task, issue: result.issue, told: toldNow(state, command.task) }]
        : [];
    case 'update-diagnostic': {
      const issue = state.tasks.find((task) => task.plan.id === command.task)?.diagnostic?.issue ?? null;
      return issue === null ? [] : [{ type: 'diagnostic-told', task: command.task, issue, told: command.told }];
    }
    case 'close-diagnostic':
      return [{ type: 'diagnostic-closed', task: command.task }];
  }
}

/** A definite no that the rules know how to take; null: nothing goes on without a human, the command has given up. */
export function signalForRefusal(command: CoreCommand, refused: Refused): Signal | null {
  if (command.kind === 'merge-pull') {
    const why = refused.merge?.why ?? 'other';
    return {
      type: 'merge-refused',
      task: command.task,
      round: command.round,
      why,
      message: refused.message,
      paths: refused.merge?.paths ?? [],
    };
  }
  // the comment is gone, or this server knows no reactions
  if (command.kind === 'react-to-comment')
    return { type: 'comment-reacted', comment: command.comment, reaction: command.reaction };
  if (command.kind === 'add-edge')
    return { type: 'edge-refused', from: command.from, to: command.to, message: refused.message };
  return null;
}

function rewordedAs(state: Orchestration, id: string, result: EffectResult): readonly Signal[] {
  const plan = state.tasks.find((task) => task.plan.id === id)?.plan;
  if (plan === undefined || result.kind !== 'done') return [];
  const { title, text } = plan;
  return [{ type: 'sub-issue-edited', task: id, title, text, kept: result.kept === true }];
}

function toldNow(state: Orchestration, id: string): number {
  return state.tasks.find((task) => task.plan.id === id)?.diagnostic?.count ?? 1;
}

/** What waits for what on GitHub is asked of issues that are new here; of the others it is known, and who set it. */
function unknownEdges(state: Orchestration, subIssues: PlanSource['subIssues']): PlanSource['subIssues'] {
  const known = new Set(state.tasks.flatMap((task) => subIssueOf(task)?.id ?? []));
  return subIssues.map((issue) => (known.has(issue.id) ? { ...issue, blockedBy: [] } : issue));
}

function planRead(state: Orchestration, source: PlanSource, context: PlanningContext): Signal {
  const { body, labels: _, ...issue } = source.issue;
  const facts = {
    type: 'plan-read' as const,
    repo: source.repo,
    issue,
    requiredChecks: source.requiredChecks,
    baseChecks: source.baseChecks,
    edited: source.edited,
  };
  const settings = loadSettings(source.settings);
  if (!settings.ok) return { ...facts, plan: { ok: false, problems: settings.problems } };
  const compiled = compilePlan({
    body,
    settings: settings.settings,
    flags: state.flags,
    rereading: state.edits.reading,
    subIssues: unknownEdges(state, source.subIssues),
    agents: context.agents,
    capabilities: context.capabilities,
    labels: source.issue.labels ?? [],
    basePolicy: context.basePolicy,
    ...(context.mostSubIssues === undefined ? {} : { mostSubIssues: context.mostSubIssues }),
    ...(context.startsSharded === undefined ? {} : { startsSharded: context.startsSharded }),
    ...(context.waitsOutside === false ? {} : { place: placeOf(source) }),
  });
  if (!compiled.ok) return { ...facts, plan: { ok: false, problems: compiled.problems } };
  const policy = { ...compiled.plan.policy, ...context.overridePolicy };
  const adopted = adoptedEdits(compiled.plan, source);
  return { ...facts, adopted, plan: { ok: true, plan: { ...compiled.plan, policy } } };
}

function placeOf({ repo, issue, blockedBy = [] }: PlanSource): NonNullable<PlanInput['place']> {
  return { owner: repo.owner, name: repo.name, number: issue.number, blockedBy };
}

/** Of those whose own text is what is to be done. */
function adoptedEdits({ tasks }: Plan, { subIssues }: PlanSource): readonly (Edit & { readonly number: number })[] {
  return tasks.flatMap(({ adopts, text }) => {
    const sub = subIssues.find(({ number }) => number === adopts?.number);
    return sub?.edited && text === sub.body ? [{ number: sub.number, ...sub.edited }] : [];
  });
}

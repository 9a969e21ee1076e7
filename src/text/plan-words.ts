/** The facts of a plan in words: who works, how isolated, what makes work good enough, who merges. Markdown. */
import type { Orchestration } from '../core/model.ts';
import type { Plan } from '../core/plan.ts';
import { humanDuration, utcMinute } from './durations.ts';
import { bullets, code, count, details, inline, listOf } from './markdown.ts';

/** Most lines of one kind that are listed. */
const mostListed = 40;

/** What decides that a pull request is good: one sentence. */
export function verificationWords(state: Orchestration): string {
  const { requiredChecks, baseChecks } = state;
  const verify = state.plan?.policy.verify ?? null;
  const ours = verify === null ? '' : ` Before that, ${code(verify)} runs on what the agent delivered.`;
  if (requiredChecks.length > 0) return `the required checks ${names(requiredChecks)} decide.${ours}`;
  if (baseChecks.length > 0) return `the repository's checks ${names(baseChecks)} decide.${ours}`;
  if (verify !== null)
    return `the repository shows no checks; ${code(verify)}, run on what the agent delivered, decides.`;
  return 'nothing checks the work: the repository shows no checks and no verify command is set.';
}

function mergeWords(state: Orchestration): string {
  if (state.mergeAllowedBy !== null) return `allowed by ${inline(state.mergeAllowedBy)} with \`/muster merge\`.`;
  switch (state.plan?.policy.merge ?? 'manual') {
    case 'auto':
      return 'what is good lands by itself, one at a time.';
    case 'on-approval':
      return 'what is good lands once a person has approved the pull request.';
    case 'manual':
      return 'left to people: merge the pull requests yourself, or let them land with `/muster merge`.';
  }
}

/** Isolation in force, as the attempts reported it; null before the first one started. */
function isolationWords(state: Orchestration): string | null {
  const seen = state.tasks.flatMap((task) => task.attempts.map(({ confinement }) => confinement));
  const known = [...new Set(seen)].filter((one): one is string => one !== null && one !== 'unknown');
  return known.length === 0 ? null : listOf(known.map(isolation));
}

function isolation(name: string): string {
  if (name === 'none')
    return 'none (this machine offers neither bubblewrap nor root: an agent can reach what the server can)';
  if (name === 'bwrap') return 'bubblewrap, own processes';
  if (name === 'unshare') return 'own processes (unshare)';
  return inline(name);
}

/** How this is run, folded away at the end of the status comment. */
export function planFacts(state: Orchestration): string | null {
  const { plan } = state;
  if (plan === null) return null;
  const { policy } = plan;
  const agents = [...new Set(plan.tasks.map(({ agent }) => agent ?? policy.agent))];
  const barrier = policy.batchSize === null ? '' : `, in batches of ${policy.batchSize}`;
  const approved = state.approvedBy === null ? '' : `, approved by ${inline(state.approvedBy)}`;
  const isolated = isolationWords(state);
  const lines = [
    `**Asked for** by ${inline(state.requestedBy)} on ${utcMinute(state.requestedAt)}${approved}.`,
    `**Agents:** ${listOf(agents.map((agent) => code(agent)))}; at most ${policy.maxWorkers} at work at once${barrier}, ${humanDuration(policy.timeoutSeconds * 1000)} each, ${count(policy.attempts, 'automatic attempt')} per task.`,
    isolated === null ? '' : `**Isolation of agents:** ${isolated}.`,
    `**Good enough to land:** ${verificationWords(state)}`,
    `**Merging into** ${code(state.repo.defaultBranch)}: ${mergeWords(state)}`,
    state.digest === null
      ? ''
      : `**Plan:** ${count(plan.tasks.length, 'task')}, ${count(plan.edges.length, 'dependency', 'dependencies')}${acceptedCount(plan)}, digest ${code(state.digest.slice(0, 12))}; run ${code(state.id)}.`,
  ];
  return details('How this is run', bullets(lines.filter((line) => line !== '')));
}

/** The digest is of the plan as it was shown; these came on top. */
function acceptedCount({ edges }: Plan): string {
  const { length } = edges.filter(({ basis }) => basis === 'proposed');
  return length === 0 ? '' : ` (${length} of them proposed by Muster and accepted)`;
}

/** Items of the checklist that are not worked on, and why. */
export function leftOutDetails(plan: Plan): string | null {
  if (plan.leftOut.length === 0) return null;
  const lines = plan.leftOut.slice(0, mostListed).map(({ title, reason, line }) => {
    const where = line > 0 ? ` (line ${line})` : '';
    return `${inline(title, 120)}${where}: ${inline(reason)}`;
  });
  return details(`Not part of the plan: ${count(plan.leftOut.length, 'item')}`, listed(lines, plan.leftOut.length));
}

export function warningDetails(plan: Plan): string | null {
  return plan.warnings.length === 0
    ? null
    : details(`Warnings: ${plan.warnings.length}`, listed(warningLines(plan), plan.warnings.length));
}

/** As few as can be read at once stand open. */
const mostOpen = 6;

export function openWarnings(plan: Plan): string | null {
  const { length } = plan.warnings;
  return length === 0 || length > mostOpen
    ? warningDetails(plan)
    : `### Look at this first\n\n${listed(warningLines(plan), length)}`;
}

function warningLines(plan: Plan): readonly string[] {
  return plan.warnings.slice(0, mostListed).map(({ line, message }) => {
    return `${line > 0 ? `line ${line}: ` : ''}${inline(message, 300)}`;
  });
}
function listed(lines: readonly string[], total: number): string {
  const more = total - lines.length;
  return bullets(more > 0 ? [...lines, `and ${more} more`] : lines);
}

function names(checks: readonly string[]): string {
  return listOf(
    checks.map((name) => code(name)),
    6,
  );
}

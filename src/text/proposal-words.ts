/** Proposed dependencies in words: what they say, on what evidence, and what became of accepting them. Markdown. */
import type { ProposalTrouble } from '../core/approval.ts';
import type { Orchestration } from '../core/model.ts';
import type { PlannedEdge, PlannedProposal, TaskId } from '../core/plan.ts';
import { openProposals } from '../core/proposals.ts';
import { findTask } from '../core/tasks.ts';
import { blocks, bullets, count, details, inline, listOf } from './markdown.ts';
import { nearest } from './nearest.ts';
import { fullName, nameOfId } from './task-words.ts';

/** How a task is called where its proposals are listed. Markdown. */
export type NameTask = (id: TaskId) => string;

/** `p1: 3 needs 2, because it tests what "Lexer" makes`; at most `most` of them, and how many are left. */
export function proposalLines(proposals: readonly PlannedProposal[], name: NameTask, most: number): readonly string[] {
  const lines = proposals.slice(0, most).map(({ id, from, to, kind, source }) => {
    const waits = kind === 'needs' ? 'needs' : 'lands after';
    return `**${id}**: ${name(from)} ${waits} ${name(to)}. ${sentence(inline(source, 300))}`;
  });
  const more = proposals.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more; \`muster plan FILE --json\` lists all`] : lines;
}

/** Evidence begins with what the waiting task does, or with what the other is. */
function sentence(evidence: string): string {
  return `Evidence: ${evidence}.`;
}

const mostListed = 30;

/** While the work goes on, folded away; null where nothing is open. */
export function proposalDetails(state: Orchestration): string | null {
  const open = openProposals(state);
  if (open.length === 0 || state.phase !== 'running') return null;
  const name: NameTask = (id) => {
    const task = findTask(state, id);
    return task === undefined ? id : inline(fullName(task, 60));
  };
  const body = blocks([
    `They hold nothing back. Accept them with \`/muster approve --with ${open[0]?.id}\`, several with commas, or all with \`--with all\`.`,
    bullets(proposalLines(open, name, mostListed)),
  ]);
  return details(`Proposed dependencies: ${open.length}`, body);
}

export function acceptedWords(state: Orchestration, ids: readonly string[], edges: readonly PlannedEdge[]): string {
  const lines = edges.map(({ from, to, kind }, index) => {
    const waits = kind === 'needs' ? waitWords(state, from) : 'lands after';
    return `**${ids[index] ?? ''}**: ${inline(nameOfId(state, from))} ${waits} ${inline(nameOfId(state, to))}`;
  });
  const more = lines.length - mostListed;
  const shown = more > 0 ? [...lines.slice(0, mostListed), `and ${more} more`] : lines;
  return blocks([
    `Accepted: ${count(edges.length, 'dependency', 'dependencies')} of the plan from now on.`,
    bullets(shown),
  ]);
}

/** What has begun goes on; only its landing can still wait. */
function waitWords(state: Orchestration, id: TaskId): string {
  switch (findTask(state, id)?.status) {
    case 'agent_assignment':
    case 'processing':
    case 'pr_created':
    case 'validation_running':
    case 'validation_passed':
    case 'validation_failed':
      return 'is worked on already, so it goes on and lands only after';
    case 'pending':
    case 'nlp_parsing':
    case 'task_decomposition':
    case 'dependency_resolution':
    case 'failed':
    case 'merged':
    case 'cancelled':
    case undefined:
      return 'starts after';
  }
}

/** Nothing was accepted, and why. */
export function proposalTroubles(state: Orchestration, troubles: readonly ProposalTrouble[]): string {
  const open = openProposals(state).map(({ id }) => id);
  const known =
    open.length === 0
      ? 'No proposal is open here.'
      : `Open: ${listOf(open, 12)}. \`/muster approve --with ${open[0]}\` accepts the first.`;
  const lines = troubles.slice(0, mostListed).map((trouble) => troubleWords(state, trouble, open));
  return blocks(['Nothing was changed.', bullets(lines), known]);
}

function troubleWords(state: Orchestration, trouble: ProposalTrouble, open: readonly string[]): string {
  switch (trouble.why) {
    case 'unknown': {
      const meant = nearest(trouble.id, open);
      return `There is no proposal ${inline(trouble.id, 20)}.${meant === null ? '' : ` Did you mean ${meant}?`}`;
    }
    case 'accepted':
      return `${trouble.id} is part of the plan already.`;
    case 'ended': {
      const status = findTask(state, trouble.task)?.status;
      const ended = status === 'merged' ? 'has landed' : status === 'cancelled' ? 'was cancelled' : 'is landing';
      return `${trouble.id} comes too late: ${inline(nameOfId(state, trouble.task))} ${ended}.`;
    }
    case 'cycle': {
      const path = trouble.path.map((id) => inline(nameOfId(state, id)));
      return `With ${trouble.id} these would wait for each other: ${path.join(' → ')}.`;
    }
  }
}

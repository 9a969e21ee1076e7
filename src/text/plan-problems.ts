/** Everything that keeps a checklist from being carried out, with its place and what to do about it. */
import { findCycle } from '../core/graph.ts';
import type { PlanProblem } from '../core/model.ts';
import type { PlannedEdge, PlannedProposal, PlannedTask, PlanWarning, Room, Shard } from '../core/plan.ts';
import { mostTasks } from '../core/shards.ts';
import type { Checklist } from './checklist-model.ts';
import type { Fate } from './item-fates.ts';
import { clip, count, listOf } from './markdown.ts';
import { nearest } from './nearest.ts';
import { type Offer, offerFrom } from './offered-list.ts';
import { isReference, referencesInText } from './references.ts';

export function emptyProblems(
  body: string,
  checklist: Checklist,
  tasks: readonly PlannedTask[],
): readonly PlanProblem[] {
  if (tasks.length > 0) return [];
  const remedy = 'Write one "- [ ] what is to be done" per task into the issue, then run again.';
  const problem = (message: string, help = remedy): readonly PlanProblem[] => [
    { code: 'no-checklist', line: 0, message, remedy: help },
  ];
  if (checklist.items.length === 0) {
    const references = new Set(referencesInText(body.slice(0, 65_536))).size;
    const found =
      references === 0
        ? ''
        : ` It names ${references} ${references === 1 ? 'issue' : 'issues'}, but no list item with a box.`;
    const offer = offerFrom(body.slice(0, 65_536), checklist);
    return offer === null ? problem(`No checklist was found in the issue.${found}`) : [offerProblem(offer)];
  }
  const { items } = checklist;
  if (items.some((item) => item.checked) && items.every((item) => item.checked || item.role === 'group'))
    return problem('Every item of the checklist is ticked already.', 'Untick an item, or add one, and run again.');
  return problem(
    `The checklist has ${checklist.items.length} ${checklist.items.length === 1 ? 'item' : 'items'}, and none of them is work for an agent.`,
    'Acceptance criteria, questions, choices and steps for humans are left out on purpose; `muster plan FILE --json` shows the reason for each.',
  );
}

export function sizeProblems(
  tasks: readonly PlannedTask[],
  shards: readonly Shard[],
  room: Room,
): readonly PlanProblem[] {
  const first = tasks[mostTasks];
  if (first !== undefined) {
    return [
      {
        code: 'too-many-tasks',
        line: first.line,
        message: `The checklist has ${tasks.length} open items; Muster works on at most ${mostTasks} of one issue.`,
        remedy: `Split it into several master issues of at most ${mostTasks} items each, and run each of them.`,
      },
    ];
  }
  const free = room.most - room.taken.length;
  if (shards.length <= free) return [];
  return [
    {
      code: 'no-room',
      line: 0,
      message: `The issue has ${room.taken.length} sub-issues already, and GitHub allows ${room.most}, closed ones included; ${shards.length} group issues for its ${tasks.length} tasks do not fit.`,
      remedy: `Take ${shards.length - free} sub-issues that are not needed any more out of the issue, or move the list into a new issue, and run again.`,
    },
  ];
}

/** Only names that the repository or the command asked for; the operator's own choice was checked at the start. */
export function agentProblems(asked: string | undefined, agents: readonly string[]): readonly PlanProblem[] {
  if (asked === undefined || agents.includes(asked)) return [];
  const meant = nearest(asked, agents);
  const known = agents.length === 0 ? 'This server has no agents.' : `This server has: ${agents.join(', ')}.`;
  return [
    {
      code: 'unknown-agent',
      line: 0,
      message: `There is no agent "${asked}".`,
      remedy: meant === null ? known : `Did you mean "${meant}"? ${known}`,
    },
  ];
}

export function referenceProblems(checklist: Checklist, fates: ReadonlyMap<number, Fate>): readonly PlanProblem[] {
  const count = checklist.items.length;
  return checklist.unresolved
    .filter(({ from, strict }) => strict && fates.get(from)?.is === 'task')
    .map(({ from, words, line }) => ({
      code: 'unknown-item',
      line,
      message: `"${clip(checklist.items[from]?.title ?? '', 80)}" waits for ${clip(words, 80)}, which is not in the list.`,
      remedy: `The list has ${count} ${count === 1 ? 'item' : 'items'}, counted from 1 from top to bottom; name one of them by number or title.`,
    }));
}

export function cycleProblems(tasks: readonly PlannedTask[], edges: readonly PlannedEdge[]): readonly PlanProblem[] {
  const cycle = findCycle(
    tasks.map(({ id }) => id),
    edges,
  );
  if (cycle === null) return [];
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const path = cycle.flatMap((id) => byId.get(id) ?? []).map((task) => `"${clip(task.title, 60)}" (line ${task.line})`);
  const edge = edges.find(({ from, to }) => from === cycle.at(-2) && to === cycle.at(-1));
  return [
    {
      code: 'cycle',
      line: edge?.line ?? 0,
      message: `These items wait for each other: ${path.join(' -> ')}.`,
      remedy: `Take out one of the dependencies, for example "${clip(edge?.source ?? '', 80)}" in line ${edge?.line ?? 0}.`,
    },
  ];
}

export function planWarnings(checklist: Checklist, fates: ReadonlyMap<number, Fate>): readonly PlanWarning[] {
  const outside = checklist.unresolved
    .filter(({ from, strict }) => !strict && fates.get(from)?.is === 'task')
    .map(({ words, line }) => outsideWarning(words, line));
  return [...checklist.warnings, ...outside].sort((a, b) => a.line - b.line);
}

export function outsideWarning(words: string, line: number): PlanWarning {
  const how = isReference(words)
    ? 'on GitHub it waits until that is closed as completed or merged'
    : 'Muster does not wait for it';
  const message = `"${clip(words, 120)}" is none of the items of this list; ${how}.`;
  return { line, code: 'outside-dependency', message };
}

/** `strategy: parallel` was asked for, and some of it looks as if it cannot be. */
export function dependenceWarnings(
  tasks: readonly PlannedTask[],
  proposed: readonly PlannedProposal[],
): readonly PlanWarning[] {
  const titles = new Map(tasks.map(({ id, title }) => [id, clip(title, 80)]));
  return proposed.map(({ from, to, source, line }) => ({
    line,
    code: 'likely-dependent',
    message: `"${titles.get(from)}" may not be independent of "${titles.get(to)}" (${source}), and both run at the same time; if it is not, say so in the item.`,
  }));
}

const offerWords = {
  'ordered-list': 'a numbered list of',
  'issue-references': 'a list of issues with',
  table: 'a table of issues with',
} as const;

const mostNamed = 8;
const longestName = 50;

/** No box holds work, but something else lists what could be tasks. */
export function offerWarning(offer: Offer): PlanWarning {
  const message = `There is ${listWords(offer)}, and no checkbox. ${offerRemedy}`;
  return { line: 0, code: 'list-offered', message };
}

const offerRemedy =
  'Muster takes it only when told to: `/muster run --as-list` has its entries worked on (on the command line: --as-list), and so does "- [ ] " before each of them.';

/** What would be taken, so that whoever says yes knows to what. */
function offerProblem(offer: Offer): PlanProblem {
  const names = offer.checklist.items
    .filter(({ dispatch }) => dispatch)
    .map(({ title }) => `"${clip(title, longestName)}"`);
  const message = `There is no checkbox, but ${listWords(offer)}: ${listOf(names, mostNamed)}.`;
  return { code: 'no-checklist', line: 0, message, remedy: offerRemedy };
}

function listWords({ basis, line, checklist }: Offer): string {
  return `${offerWords[basis]} ${count(checklist.items.length, 'entry', 'entries')} from line ${line} on`;
}

/** `--as-list` was said: what became of it. */
export function asListWarning(offer: Offer | null): PlanWarning {
  if (offer === null)
    return { line: 0, code: 'as-list', message: '--as-list changes nothing: the boxes of this text are its tasks.' };
  const marks =
    offer.basis === 'table'
      ? 'The table stays as it is'
      : 'Each gets the link of its sub-issue, and nothing can be ticked';
  const more = offer.more === 0 ? '' : ` ${count(offer.more, 'entry', 'entries')} beyond that are left out.`;
  const message = `As asked, ${listWords(offer)} is taken for the tasks.${more} ${marks}: the status comment says what is done.`;
  return { line: offer.line, code: 'as-list', message };
}

/** A sub-issue: one task for somebody who has never seen the master issue. */
import type { Orchestration, Task } from '../core/model.ts';
import type { PlannedEdge } from '../core/plan.ts';
import { groupIssueOf, shardOf } from '../core/shards.ts';
import { deliveryOf, edgesFrom, findTask, subIssueOf } from '../core/tasks.ts';
import { groupWords } from './grouping-words.ts';
import { blocks, bullets, clip, code, fence, inline, mostBodyChars, oneLine, quote } from './markdown.ts';
import { outsideName } from './outside-words.ts';
import { verificationWords } from './plan-words.ts';
import type { ItemWords } from './reword.ts';
import { agentOf, verdictWords } from './task-words.ts';

/** GitHub's longest issue title. Characters. */
export const mostTitleChars = 256;
const mostCriteria = 40;

/** The title as plain text, the body as Markdown. Needs are links once the other sub-issue exists. */
export function renderSubIssue(state: Orchestration, task: Task): { readonly title: string; readonly body: string } {
  const body = blocks([
    `Part of #${state.issue.number}${state.issue.title === '' ? '' : ` (${inline(state.issue.title, 120)})`}${group(state, task)}${place(task)}.`,
    itemWords(task.plan).block,
    groupWords(task.plan),
    verdict(task),
    needs(state, task),
    acceptance(state),
    howWorked(state, task),
    neighbours(task),
  ]);
  return { title: titleOf(task), body: clip(body, mostBodyChars) };
}

/** One line of plain text that fits into a title. */
export function titleOf(task: Task): string {
  return itemWords(task.plan).title;
}

/** What a sub-issue says of its item: what an edit of the item replaces. */
export function itemWords({ id, title, text }: { id: string; title: string; text: string }): ItemWords {
  const short = clip(oneLine(title), mostTitleChars);
  return { title: short === '' ? `Task ${id}` : short, block: quote(text === '' ? title : text) };
}

function group(state: Orchestration, { plan }: Task): string {
  const shard = shardOf(state.plan, plan.id);
  const issue = shard === undefined ? null : groupIssueOf(state, shard);
  return issue === null ? '' : `, kept in the group issue #${issue.number}`;
}

function place({ plan }: Task): string {
  const section = plan.section === null ? '' : `, section **${inline(plan.section)}**`;
  const groups =
    plan.parents.length === 0 ? '' : `, under ${plan.parents.map((parent) => `*${inline(parent)}*`).join(' / ')}`;
  return `${section}${groups}`;
}

function needs(state: Orchestration, task: Task): string {
  const lines = (['needs', 'lands-after'] as const).flatMap((kind) =>
    edgesFrom(state, task.plan.id, kind).map((edge) => {
      const other = findTask(state, edge.to);
      const how = kind === 'needs' ? needWords(edge) : 'lands before this one; both may run at once';
      return `${other === undefined ? edge.to : link(other)}: ${how}`;
    }),
  );
  const outside = (state.plan?.outside ?? []).filter(({ from }) => from === task.plan.id);
  lines.push(...outside.map((need) => `${outsideName(state, need)}: ${outsideHow(need.kind)}`));
  return `### Needs\n\n${lines.length === 0 ? 'Nothing: this task does not wait for another one.' : bullets(lines)}`;
}

function outsideHow(kind: 'needs' | 'lands-after'): string {
  return `has to be closed as completed, or merged, before this one ${kind === 'needs' ? 'starts' : 'lands'}`;
}

function needWords({ until }: PlannedEdge): string {
  if (until === 'pr-green') return 'its pull request has to be green before this one starts';
  if (until === 'approved') return 'its pull request has to be approved before this one starts';
  return 'has to land before this one starts';
}

/** What a role found that lands nothing. */
function verdict(task: Task): string | null {
  const outcome = deliveryOf(task)?.outcome;
  if (outcome === undefined || task.plan.role === 'work') return null;
  const files = outcome.artifacts.map(({ name, path }) => `${inline(name)}: ${code(path)}`);
  const notes = outcome.notes === '' ? null : fence(clip(outcome.notes, 4_000), 'text');
  const words = verdictWords(task);
  return blocks([`### The verdict\n\n${inline(words ?? '')}`, notes, files.length === 0 ? null : bullets(files)]);
}

function link(task: Task): string {
  const sub = subIssueOf(task);
  return sub === null ? `**${inline(task.plan.title)}**` : `#${sub.number} ${inline(task.plan.title)}`;
}

function acceptance(state: Orchestration): string | null {
  const criteria = state.plan?.acceptance ?? [];
  if (criteria.length === 0) return null;
  const lines = criteria.slice(0, mostCriteria).map((one) => inline(one, 400));
  return `### What #${state.issue.number} as a whole has to fulfil\n\n${bullets(lines)}`;
}

function howWorked(state: Orchestration, task: Task): string {
  const main = code(state.repo.defaultBranch);
  const done =
    task.plan.role === 'work'
      ? `Done when the pull request that closes this issue has landed on ${main}.`
      : `Done when the agent, in the role of ${task.plan.role}, has given its verdict${(task.plan.judges ?? []).length === 0 ? '' : ' and what it judges has landed'}.`;
  const persona = task.plan.persona === undefined ? '' : `, as **${inline(task.plan.persona)}**,`;
  const { agentReason } = task.plan;
  const reason = agentReason === undefined ? '' : ` (${inline(agentReason, 100)})`;
  const agent = `Agent ${code(agentOf(state, task))}${reason}${persona} works on it in a checkout of its own`;
  const lines = [
    ...(task.plan.role === 'work'
      ? [
          `${agent}; its changes come as a pull request from ${code(task.branch)}.`,
          `Whether it may land: ${verificationWords(state)}`,
        ]
      : [`${agent}; it says what it finds and lands nothing.`]),
    done,
    'Not wanted any more? Close this issue as *not planned*. Wants another attempt after a failure? Comment `/muster retry` here.',
  ];
  return `### How it is worked\n\n${bullets(lines)}`;
}

function neighbours({ plan }: Task): string | null {
  if (plan.neighbours.length === 0) return null;
  const titles = plan.neighbours.map((title) => `*${inline(title, 120)}*`).join(', ');
  return `<sub>Beside it in the list, and not part of this task: ${titles}</sub>`;
}

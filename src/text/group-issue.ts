/** A group issue: stands between the master issue and some of its sub-issues, because GitHub allows an issue only so many. */
import type { Orchestration } from '../core/model.ts';
import type { Shard } from '../core/plan.ts';
import { tasksOf } from '../core/shards.ts';
import { subIssueOf } from '../core/tasks.ts';
import { blocks, bullets, clip, inline, mostBodyChars, oneLine } from './markdown.ts';
import { shardTitle } from './shard-words.ts';
import { mostTitleChars } from './sub-issue.ts';

/** The title as plain text, the body as Markdown. */
export function renderGroupIssue(
  state: Orchestration,
  shard: Shard,
): { readonly title: string; readonly body: string } {
  const { issue, plan } = state;
  const tasks = tasksOf(state, shard);
  const name = plan === null ? shard.id : shardTitle(plan, shard);
  const lines = tasks.map((task) => {
    const sub = subIssueOf(task);
    return `${inline(task.plan.title, 160)}${sub === null ? '' : ` (#${sub.number})`}`;
  });
  const body = blocks([
    `Part of #${issue.number}${issue.title === '' ? '' : ` (${inline(issue.title, 120)})`}.`,
    `This issue only keeps sub-issues together: GitHub allows an issue ${plan?.room?.most ?? 100} of them, and #${issue.number} has more tasks than that. Nothing is worked on here itself; Muster closes it once every task below has ended well. A \`/muster\` command in a comment here is about these tasks.`,
    `### Tasks\n\n${bullets(lines)}`,
  ]);
  const whole = oneLine(issue.title) === '' ? `Tasks of #${issue.number}` : oneLine(issue.title);
  return { title: clip(`${clip(whole, 120)}: ${name}`, mostTitleChars), body: clip(body, mostBodyChars) };
}

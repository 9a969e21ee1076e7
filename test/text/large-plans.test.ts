/** What is posted about plans of many tasks: readable, and below GitHub's limit. */
import { describe, expect, it } from 'vitest';
import type { Orchestration, Task } from '../../src/core/model.ts';
import { defaultPolicy } from '../../src/core/plan.ts';
import { makeFailure } from '../../src/core/retry.ts';
import { moveTask } from '../../src/core/tasks.ts';
import { costsOf, publishedLimits } from '../../src/github/published-limits.ts';
import { compilePlan } from '../../src/text/compile-plan.ts';
import { renderGroupIssue } from '../../src/text/group-issue.ts';
import { mostBodyChars } from '../../src/text/markdown.ts';
import { creationMs, shardLines, shardTitle } from '../../src/text/shard-words.ts';
import { renderStatus } from '../../src/text/status.ts';
import { renderSubIssue } from '../../src/text/sub-issue.ts';
import { renderSummary } from '../../src/text/summary.ts';
import { sayEvent } from '../../src/text/terminal.ts';
import { Stage } from '../core/story.ts';

const long = 'with a title as long as people write them, and then some words more than that';

/** Sections of fifty; every third task needs the one before it. */
function planOf(tasks: number) {
  const lines = [...Array(tasks).keys()].map((n) => {
    const heading = n % 50 === 0 ? `\n## Part ${n / 50 + 1}\n\n` : '';
    return `${heading}- [ ] Task ${n + 1} ${long}${n % 3 === 2 ? ` (needs #${n})` : ''}\n`;
  });
  const body = lines.join('');
  const base = { settings: {}, flags: {}, subIssues: [], agents: ['default'], basePolicy };
  const compiled = compilePlan({ body, ...base, startsSharded: true });
  if (!compiled.ok) throw new Error(compiled.problems[0]?.message);
  return compiled.plan;
}

const basePolicy = { ...defaultPolicy, merge: 'auto', allowUnverified: true, maxWorkers: 50 } as const;

/** As it stands when this many of its tasks have landed and every tenth of them has failed; the rest waits. */
function halfDone(state: Orchestration, landed: number): Orchestration {
  const at = (n: number) => ({ number: 1_000 + n, id: n, nodeId: `I_${n}`, url: '' });
  const pull = (n: number) => ({ number: 3_000 + n, url: '', headSha: `sha-${n}` });
  const attempt = {
    ...{ number: 1, round: 1, agent: 'default', reason: '', assignedAt: 1, startedAt: 1_000, endedAt: 90_000 },
    ...{ progress: null, confinement: 'none', delivery: null, failure: null },
  };
  const failure = makeFailure('ci_failed', 'Check "ci" failed on 1234567.', ['expected 1, got 2']);
  const tasks = state.tasks.map((task, n): Task => {
    if (n >= landed) return moveTask(task, { status: 'dependency_resolution', sub: at(n) });
    const facts = { attempts: [attempt] };
    return n % 10 === 9
      ? moveTask(task, { status: 'failed', sub: at(n), pull: pull(n), failure, retryAt: null }, facts)
      : moveTask(task, { status: 'merged', sub: at(n), pull: pull(n), sha: `m-${n}`, at: 100_000 }, facts);
  });
  return { ...state, phase: 'running', plannedAt: 2, tasks };
}

describe.each([120, 300, 1000])('%i tasks', (tasks) => {
  const proposed = new Stage().planned(planOf(tasks)).state;
  const half = halfDone(proposed, tasks / 2);
  const states: readonly (readonly [string, Orchestration])[] = [
    ['planned', proposed],
    ['half done', half],
    ['done', halfDone(proposed, tasks)],
  ];

  it.each(states)('%s: the status and the summary are whole, and short enough', (_, state) => {
    const status = renderStatus(state, 2_000_000);
    expect(status.length).toBeLessThan(mostBodyChars);
    // what was cut off would have no end
    expect(status).toMatch(/<\/sub>$/);
    expect(status.split('<details>')).toHaveLength(status.split('</details>').length);
    const summary = renderSummary(state);
    expect(summary.length).toBeLessThan(mostBodyChars);
    expect(summary).toMatch(/<\/sub>$/);
  });

  it('half done: each group is folded and says how it stands', () => {
    const status = renderStatus(half, 2_000_000);
    const folded = [...status.matchAll(/<summary>(Part[^<]*): (\d+) of (\d+) landed/g)];
    expect(folded).toHaveLength(half.plan?.shards?.length ?? 0);
    const [landed, all] = [2, 3].map((at) => folded.reduce((sum, match) => sum + Number(match[at]), 0));
    expect([landed, all]).toEqual([half.tasks.filter(({ status: at }) => at === 'merged').length, tasks]);
  });

  it('half done: what failed stands in the summary however many landed', () => {
    const failed = half.tasks.flatMap((task) => (task.status === 'failed' ? [task.plan.title.slice(0, 30)] : []));
    expect(failed.length).toBeGreaterThan(0);
    const summary = renderSummary(half);
    for (const title of failed.slice(0, 20)) expect(summary).toContain(title);
  });

  it('a group issue names its tasks and the master issue', () => {
    for (const shard of proposed.plan?.shards ?? []) {
      const { title, body } = renderGroupIssue(proposed, shard);
      expect(title.length).toBeLessThanOrEqual(256);
      expect(body.length).toBeLessThan(mostBodyChars);
      expect(body).toMatch(/^Part of #7 \(Master\)\./);
      expect(body.match(/^- Task \d+/gm)).toHaveLength(shard.tasks.length);
    }
  });
});

describe('group issues in words', () => {
  it('a plan says which there are, and how long GitHub makes it take', () => {
    const plan = planOf(120);
    expect(shardLines(plan)).toEqual([
      "Group issues. GitHub allows an issue 100 sub-issues, so the sub-issues of 120 tasks stand under 2 group issues. Creating 122 issues takes about 3 min under GitHub's limit of 80 a minute and 500 an hour.",
      '  Part 1            50 tasks  tasks 1 to 50',
      '  Part 2 to Part 3  70 tasks  tasks 51 to 120',
    ]);
    expect(planOf(100)).not.toHaveProperty('shards');
  });

  it('a section in several groups is told apart by its tasks', () => {
    const tasks = planOf(120).tasks.map((task) => ({ ...task, section: 'All' }));
    const shards = [
      { id: 'g1', tasks: tasks.slice(0, 60).map(({ id }) => id) },
      { id: 'g2', tasks: tasks.slice(60).map(({ id }) => id) },
    ];
    const plan = { ...planOf(120), tasks, shards };
    expect(shards.map((shard) => shardTitle(plan, shard))).toEqual(['All (tasks 1 to 60)', 'All (tasks 61 to 120)']);
  });

  it('the local run says it too, and a sub-issue where it is kept', () => {
    const stage = new Stage().planned(planOf(120));
    const said = stage.history.map((recorded) => sayEvent(stage.state, recorded, () => '12:00:00')).join('\n');
    expect(said).toContain('stand under 2 group issues');
    const group = { number: 901, id: 901, nodeId: 'I_901', url: '' };
    stage.when({ type: 'group-issue-created', group: 'g1', issue: group });
    const [first] = stage.state.tasks;
    const { body } = first === undefined ? { body: '' } : renderSubIssue(stage.state, first);
    expect(body).toMatch(/^Part of #7 \(Master\), kept in the group issue #901, section \*\*Part 1\*\*\./);
  });

  it.each([10, 122, 330, 1010])('%i issues take as long as the limits that we keep to', (issues) => {
    const asking = { resource: 'graphql', kind: 'write', creations: 1 } as const;
    const costs = costsOf(asking, issues, publishedLimits, undefined).filter(({ bucket }) =>
      /creations/.test(bucket.name),
    );
    expect(costs).toHaveLength(2);
    const wait = ({ bucket, tokens }: (typeof costs)[number]): number =>
      (Math.max(0, tokens - bucket.most) * bucket.fillMs) / bucket.most;
    expect(creationMs(issues)).toBeCloseTo(Math.max(...costs.map(wait)), 0);
  });
});

import fc from 'fast-check';
import type { Root } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { describe, expect, it } from 'vitest';
import type { Orchestration } from '../../src/core/model.ts';
import type { Plan, PlannedEdge } from '../../src/core/plan.ts';
import { react } from '../../src/core/react.ts';
import { why } from '../../src/core/why.ts';
import { renderDiagnostic, renderDiagnosticClosing } from '../../src/text/diagnostic.ts';
import { figuresOf } from '../../src/text/figures.ts';
import { mostBodyChars } from '../../src/text/markdown.ts';
import { renderPrompt } from '../../src/text/prompt.ts';
import { renderPull } from '../../src/text/pull.ts';
import { renderReply } from '../../src/text/reply.ts';
import { sayPlan } from '../../src/text/say-plan.ts';
import { renderStatus } from '../../src/text/status.ts';
import { renderSubIssue } from '../../src/text/sub-issue.ts';
import { renderSummary } from '../../src/text/summary.ts';
import { sayEvent, sayStatus, saySummary } from '../../src/text/terminal.ts';
import { sayNext, sayWhy } from '../../src/text/waiting.ts';
import { answer, edge, plannedTask, planOf, Stage } from '../core/story.ts';
import { hostileTitles } from './hostile-titles.ts';
import { loadMermaid } from './mermaid-parser.ts';

const title = fc.oneof(fc.constantFrom(...hostileTitles), fc.string({ maxLength: 80, unit: 'binary' }));

const world = fc.record({
  titles: fc.array(title, { minLength: 1, maxLength: 7 }),
  edges: fc.array(fc.tuple(fc.nat(6), fc.nat(6), fc.constantFrom('needs' as const, 'lands-after' as const)), {
    maxLength: 8,
  }),
  merge: fc.constantFrom('auto' as const, 'manual' as const, 'on-approval' as const),
  failing: fc.constantFrom(0, 0.3, 0.7),
  required: fc.boolean(),
  seed: fc.string({ maxLength: 4 }),
});

function hostilePlan(titles: readonly string[], edges: readonly PlannedEdge[], merge: Plan['policy']['merge']): Plan {
  const tasks = titles.map((one, i) =>
    plannedTask(`t${i + 1}`, {
      title: one,
      text: `${one}\n\n- ${one}`,
      section: one,
      parents: [one],
      neighbours: [one],
      role: (['work', 'work', 'validate', 'analyze'] as const)[i % 4] ?? 'work',
      persona: one,
      outputs: [{ name: one, path: null }],
      agentReason: one,
    }),
  );
  const leftOut = titles.map((one) => ({ line: 3, title: one, reason: one }));
  const warnings = titles.map((one) => ({ line: 4, code: 'x', message: one }));
  return { ...planOf([], edges, { merge, verify: titles[0] ?? null }), tasks, leftOut, warnings, acceptance: titles };
}

function edgesOf(
  n: number,
  pairs: readonly (readonly [number, number, PlannedEdge['kind']])[],
): readonly PlannedEdge[] {
  const known = new Map<string, PlannedEdge>();
  for (const [a, b, kind] of pairs) {
    // an edge to an earlier task keeps it acyclic
    const [to, from] = [Math.min(a, b) % n, Math.max(a, b) % n];
    if (from > to) known.set(`${from}>${to}`, edge(`t${from + 1}`, `t${to + 1}`, kind));
  }
  return [...known.values()];
}

/** Every text that can be made of this state. */
function everything(state: Orchestration, now: number): readonly string[] {
  return [
    renderStatus(state, now),
    renderSummary(state),
    ...state.tasks.flatMap((task) => [
      renderSubIssue(state, task).body,
      renderPull(state, task).body,
      renderDiagnostic(state, task).body,
      renderDiagnosticClosing(state, task),
    ]),
    ...state.replies.map((reply) => renderReply(state, reply.say)),
  ];
}

function forTerminals(stage: Stage): readonly string[] {
  const { state, now, history } = stage;
  const whys = state.tasks.flatMap((task) => {
    const explained = why(state, task.plan.id, now);
    return explained === null ? [] : sayWhy(state, explained, now);
  });
  const events = history.map((recorded) => sayEvent(state, recorded)).filter((line) => line !== null);
  const plan = state.plan === null ? '' : sayPlan(state.plan);
  return [saySummary(state), sayStatus([state], now), sayNext(state, now), plan, ...events, ...whys];
}

/** Random worlds, and what is to hold in each of their states. */
function inEveryState(check: (stage: Stage) => void, numRuns = 12): void {
  fc.assert(
    fc.property(world, ({ titles, edges, merge, failing, required, seed }) => {
      const stage = new Stage();
      stage.planned(hostilePlan(titles, edgesOf(titles.length, edges), merge), {
        required: required ? ['ci | "x"'] : [],
      });
      const done = new Set<string>();
      for (let steps = 0; steps < 400; steps++) {
        check(stage);
        const due = react(stage.state, { coalesceMs: 0 }).find((one) => !done.has(one.key));
        if (due === undefined) break;
        done.add(due.key);
        stage.now = Math.max(stage.now + 1_000, due.notBefore);
        stage.when(...answer(stage, due.command, { seed, failing }));
      }
    }),
    { numRuns },
  );
}

const markdown = unified().use(remarkParse).use(remarkGfm).freeze();

function columnCounts(text: string): readonly (readonly number[])[] {
  const root: Root = markdown.parse(text);
  return root.children.flatMap((node) =>
    node.type === 'table' ? [node.children.map((row) => row.children.length)] : [],
  );
}

describe('every state that can be reached', () => {
  it('renders within GitHub limits and without holes', () => {
    inEveryState((stage) => {
      for (const text of everything(stage.state, stage.now)) {
        expect(text.length).toBeGreaterThan(0);
        expect(text.length).toBeLessThanOrEqual(mostBodyChars);
        expect(text).not.toMatch(/\bundefined\b|\bNaN\b|\[object /);
      }
      for (const task of stage.state.tasks) {
        for (const { title: one } of [
          renderSubIssue(stage.state, task),
          renderPull(stage.state, task),
          renderDiagnostic(stage.state, task),
        ]) {
          expect(one.length).toBeGreaterThan(0);
          expect(one.length).toBeLessThanOrEqual(256);
          expect(one).not.toMatch(/[\n\r]/);
        }
      }
    });
  });

  it('prints lines that no title can use to move the cursor', () => {
    inEveryState((stage) => {
      for (const text of forTerminals(stage)) expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    });
  });

  it('keeps every row of the status table at six cells', () => {
    inEveryState((stage) => {
      const [tasks] = columnCounts(renderStatus(stage.state, stage.now));
      expect(tasks).toEqual([6, ...stage.state.tasks.map(() => 6)]);
      const [, rows] = columnCounts(renderSummary(stage.state));
      expect(rows).toEqual([8, ...stage.state.tasks.map(() => 8)]);
    }, 5);
  });

  it('shows the same status when nothing but time passes', () => {
    inEveryState((stage) => {
      expect(renderStatus(stage.state, stage.now + 3_600_000)).toBe(renderStatus(stage.state, stage.now));
    });
  });

  it('has numbers that add up', () => {
    inEveryState((stage) => {
      const figures = figuresOf(stage.state);
      const done = figures.rounds.reduce((sum, round) => sum + round.done, 0);
      expect(done).toBe(figures.landed);
      expect(figures.rounds[0]?.of).toBe(figures.total);
      expect(figures.sumOfAttemptsMs).toBe(figures.tasks.reduce((sum, { ms }) => sum + ms, 0));
      expect(figures.criticalPathMs).toBeLessThanOrEqual(figures.sumOfAttemptsMs);
      if (figures.speedup !== null && figures.speedupBound !== null && stage.state.phase === 'finished')
        expect(figures.speedup).toBeLessThanOrEqual(figures.speedupBound + 1e-9);
    });
  });

  it('keeps data of others between the lines with the nonce', () => {
    const nonce = 'n0nce12345';
    inEveryState((stage) => {
      for (const task of stage.state.tasks) {
        const outside = renderPrompt(stage.state, task, nonce).replaceAll(
          new RegExp(`BEGIN ${nonce}\\n[\\s\\S]*?\\nEND ${nonce}`, 'g'),
          '',
        );
        expect(outside).not.toContain('<script>');
        expect(outside).not.toContain('- [ ]');
        expect(outside).not.toContain('boom');
      }
    });
  });
});

describe('hostile titles', () => {
  const edges = hostileTitles.slice(1).map((_, i) => edge(`t${i + 2}`, 't1', i % 2 === 0 ? 'needs' : 'lands-after'));
  const states = [
    new Stage().planned({ ...hostilePlan(hostileTitles, edges, 'auto') }).state,
    new Stage().planned({ ...hostilePlan([...hostileTitles].reverse(), [], 'manual') }).state,
  ];

  it('leave the picture valid for the real Mermaid parser', async () => {
    const mermaid = loadMermaid();
    for (const state of states) {
      const picture = /```mermaid\n([\s\S]*?)\n```/.exec(renderStatus(state, 0))?.[1] ?? '';
      expect(picture).toMatch(/graph (?:LR|TD)/);
      expect(picture.match(/^ {2}n\d+\[/gm)).toHaveLength(hostileTitles.length);
      await expect(mermaid.parse(picture)).resolves.toMatchObject({ diagramType: 'flowchart-v2' });
    }
    await expect(mermaid.parse('graph LR\n  n1["a"] b"]')).rejects.toThrow(/Parse error/);
  });

  it('open no element, image, list or link in the status comment', () => {
    for (const state of states) {
      const kinds = new Set<string>();
      const visit = (node: {
        readonly type: string;
        readonly children?: readonly unknown[];
        readonly url?: string;
        readonly value?: string;
      }): void => {
        kinds.add(node.type);
        if (node.type === 'link') expect(node.url).toMatch(/^(?:https?|mailto):/);
        if (node.type === 'html') expect(node.value).toMatch(/^<\/?(?:details|summary|sub)>/);
        for (const child of node.children ?? []) visit(child as Parameters<typeof visit>[0]);
      };
      visit(markdown.parse(renderStatus(state, 0)));
      for (const kind of ['image', 'delete', 'emphasis', 'linkReference', 'footnoteReference'])
        expect(kinds).not.toContain(kind);
    }
  });
});

describe('very long plans', () => {
  const many = Array.from({ length: 1_000 }, (_, i) => `Task ${i + 1}: ${'a long title '.repeat(8)}`);

  it('cut the table, say so, and stay below the limit', () => {
    const text = renderStatus(new Stage().planned(hostilePlan(many, [], 'auto')).state, 0);
    expect(text.length).toBeLessThanOrEqual(mostBodyChars);
    expect(text).toMatch(/and [\d,]+ more tasks: see the sub-issues/);
    expect(text).toContain('/muster help');
  });
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { edgeCommands, isPlannedNeed, nativeOf } from '../../src/core/edges.ts';
import { replay } from '../../src/core/evolve.ts';
import { findCycle } from '../../src/core/graph.ts';
import type { PlannedEdge } from '../../src/core/plan.ts';
import type { Signal } from '../../src/core/signals.ts';
import { subIssue } from './scenes.ts';
import { edge, plannedTask, planOf, repo, Stage } from './story.ts';

const ids = ['t1', 't2', 't3', 't4'];
const idOf = (id: string): number => 100 + Number(id.slice(1));
const pairs = ids.flatMap((from) => ids.filter((to) => to !== from).map((to) => [from, to] as const));
const isAcyclic = (edges: readonly (readonly [string, string])[]): boolean =>
  findCycle(
    ids,
    edges.map(([from, to]) => ({ from, to })),
  ) === null;

type Move =
  | {
      readonly is: 'set' | 'taken';
      readonly pair: readonly [string, string];
      readonly webhook: 'lost' | 'once' | 'late';
    }
  | { readonly is: 'text'; readonly edges: readonly (readonly [string, string])[] }
  | { readonly is: 'sweep'; readonly stale: boolean };

const pair = fc.constantFrom(...pairs);
const acyclic = fc.uniqueArray(pair, { maxLength: 4 }).filter(isAcyclic);
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    is: fc.constantFrom('set' as const, 'taken' as const),
    pair,
    webhook: fc.constantFrom('lost' as const, 'once' as const, 'late' as const),
  }),
  fc.record({ is: fc.constant('text' as const), edges: acyclic }),
  fc.record({ is: fc.constant('sweep' as const), stale: fc.boolean() }),
);

/** GitHub's own edges beside an orchestration whose tasks all wait (paused). GitHub refuses circles and doubles. */
class Forge {
  readonly stage: Stage;
  there = new Set<string>();
  /** As it was before the last change, for sweeps that lag behind. */
  before = new Set<string>();
  readonly late: Signal[] = [];

  constructor(stated: readonly (readonly [string, string])[]) {
    const edges = stated.map(([from, to]) => edge(from, to));
    this.stage = new Stage().planned(planOf(ids, edges, { approval: 'run' }));
    this.stage.record({ type: 'paused', by: 'ada' });
    this.stage.when(...ids.map((id) => ({ type: 'sub-issue-created', ...subIssue(id) }) as const));
    this.obey();
  }

  change(name: string, there: boolean): boolean {
    const arcs = [...this.there, ...(there ? [name] : [])].map((one) => one.split('>') as [string, string]);
    if (this.there.has(name) === there || (there && !isAcyclic(arcs))) return false;
    this.before = new Set(this.there);
    if (there) this.there.add(name);
    else this.there.delete(name);
    return true;
  }

  /** Carries out what we want of edges, until nothing is wanted. */
  obey(): void {
    for (let rounds = 0; rounds < 20; rounds++) {
      const [command] = edgeCommands(this.stage.state);
      if (command === undefined) return;
      if (command.kind !== 'add-edge' && command.kind !== 'remove-edge') throw new Error(command.kind);
      const { from, to } = command;
      const name = `${from}>${to}`;
      if (command.kind === 'remove-edge') {
        this.change(name, false);
        this.stage.when({ type: 'edge-removed', from, to });
      } else if (this.change(name, true)) this.stage.when({ type: 'edge-added', from, to });
      else this.stage.when({ type: 'edge-refused', from, to, message: 'no' });
    }
    throw new Error('what is wanted of edges never ends');
  }

  sweep(stale: boolean): void {
    const shown = [...(stale ? this.before : this.there)].map((name) => name.split('>'));
    const issues = ids.map((id) => ({
      id: idOf(id),
      blockers: shown.flatMap(([from, to = '']) => (from === id ? [idOf(to)] : [])),
      all: true,
    }));
    this.stage.when({ type: 'edges-seen', issues });
  }

  play(one: Move): void {
    this.stage.now += 1_000;
    if (one.is === 'sweep') this.sweep(one.stale);
    else if (one.is === 'text') this.edit(one.edges);
    else {
      const [from, to] = one.pair;
      const there = one.is === 'set';
      if (!this.change(`${from}>${to}`, there)) return;
      const told: Signal = { type: 'edge-told', blocked: idOf(from), blocking: idOf(to), there, by: 'grace' };
      if (one.webhook === 'once') this.stage.when(told, told);
      if (one.webhook === 'late') this.late.push(told);
    }
    this.obey();
  }

  edit(stated: readonly (readonly [string, string])[]): void {
    const { stage } = this;
    const tasks = ids.map((id) => plannedTask(id, { adopts: subIssue(id).issue }));
    const edges: readonly PlannedEdge[] = stated.map(([from, to]) => edge(from, to));
    const policy = stage.state.plan?.policy ?? planOf([]).policy;
    const edited = { by: 'grace', at: stage.now };
    stage.when({ type: 'issue-edited', number: 7, ...edited });
    const issue = { number: 7, nodeId: 'I_7', title: 'Master', url: '' };
    const facts = { repo, issue, requiredChecks: [], baseChecks: [], edited };
    const plan = { ...planOf([], edges), tasks, policy };
    stage.when({ type: 'plan-read', round: stage.state.readings, ...facts, plan: { ok: true, plan } });
    stage.when({ type: 'permission-known', source: stage.state.edits.change?.source ?? '', permission: 'write' });
  }

  /** Late webhooks come in any order, then time passes and sweeps show how it is. */
  settle(): void {
    this.stage.when(...this.late.splice(0).reverse());
    this.obey();
    for (let rounds = 0; rounds < 4; rounds++) {
      this.stage.now += 200_000;
      this.sweep(false);
      this.obey();
    }
  }
}

it('whatever people do, and however webhooks and sweeps tell of it: in the end we believe what is on GitHub', () => {
  fc.assert(
    fc.property(acyclic, fc.array(move, { maxLength: 12 }), (stated, moves) => {
      const forge = new Forge(stated);
      for (const one of moves) forge.play(one);
      forge.settle();
      const { state } = forge.stage;
      const { aside, buried, found } = nativeOf(state);
      for (const [from, to] of pairs) {
        const name = `${from}>${to}`;
        const counts = isPlannedNeed(state, name) || aside.includes(name);
        const refused = state.edgesRefused.includes(name);
        if (forge.there.has(name)) expect(counts, `${name} is there`).toBe(true);
        else expect(counts && !refused, `${name} is not there`).toBe(false);
      }
      expect(isAcyclic((state.plan?.edges ?? []).map(({ from, to }) => [from, to]))).toBe(true);
      expect(buried.filter((name) => isPlannedNeed(state, name))).toEqual([]);
      expect(found.filter((name) => buried.includes(name))).toEqual([]);
      expect(replay(forge.stage.history)).toEqual(state);
      const settled = state.seq;
      forge.settle();
      expect(forge.stage.state.seq).toBe(settled);
    }),
    { numRuns: 400 },
  );
});

it('a webhook for each change, or a sweep after each: the same dependencies count in the end', () => {
  const calm = fc.array(fc.record({ is: fc.constantFrom('set' as const, 'taken' as const), pair }), { maxLength: 8 });
  fc.assert(
    fc.property(acyclic, calm, (stated, moves) => {
      const ends = (['once', 'lost'] as const).map((webhook) => {
        const forge = new Forge(stated);
        forge.stage.now += 200_000;
        for (const one of moves) {
          forge.play({ ...one, webhook });
          forge.stage.now += 200_000;
          if (webhook === 'lost') forge.sweep(false);
          forge.obey();
        }
        forge.settle();
        const needs = (forge.stage.state.plan?.edges ?? []).filter(({ kind }) => kind === 'needs');
        return needs.map(({ from, to }) => `${from}>${to}`).sort();
      });
      expect(ends[0]).toEqual(ends[1]);
    }),
    { numRuns: 200 },
  );
});

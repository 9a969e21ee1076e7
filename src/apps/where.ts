/** Which orchestration an operator means: `owner/repo#12`, an address, a number alone, or nothing where one is enough. */
import type { Orchestration } from '../core/model.ts';
import { pullOf, subIssueOf } from '../core/tasks.ts';
import type { Store } from '../engine/ports.ts';

/** `number`: of a master issue, a sub-issue, a pull request or a diagnostic issue. */
export interface Where {
  readonly owner?: string;
  readonly name?: string;
  readonly number?: number;
}

export type Found =
  | { readonly kind: 'one'; readonly state: Orchestration }
  | { readonly kind: 'several'; readonly states: readonly Orchestration[] }
  | { readonly kind: 'none' };

/** Null for what is no reference. */
export function readWhere(word: string): Where | null {
  const short = /^([\w.-]{1,100})\/([\w.-]{1,100})#(\d{1,9})$/.exec(word);
  const address =
    /^https?:\/\/[^/\s]+\/([\w.-]{1,100})\/([\w.-]{1,100})\/(?:issues|pull)\/(\d{1,9})(?:[/?#]\S*)?$/.exec(word);
  const [, owner, name, number] = short ?? address ?? [];
  if (owner !== undefined && name !== undefined) return { owner, name, number: Number(number) };
  const alone = /^#?(\d{1,9})$/.exec(word)?.[1];
  return alone === undefined ? null : { number: Number(alone) };
}

/** The newest orchestration of each issue counts; without a number those that live, or else the ended ones. */
export async function findOrchestration(store: Store, where: Where): Promise<Found> {
  const states = (await newestStates(store)).filter((state) => isIn(state, where));
  const { number } = where;
  const live = states.filter(({ phase }) => phase !== 'finished' && phase !== 'cancelled' && phase !== 'refused');
  const named = number === undefined ? [] : states.filter((state) => state.issue.number === number);
  const inside = number === undefined ? [] : states.filter((state) => isPartOf(state, number));
  const meant = number === undefined ? (live.length > 0 ? live : states) : named.length > 0 ? named : inside;
  const [first] = meant;
  if (first === undefined) return { kind: 'none' };
  return meant.length === 1 ? { kind: 'one', state: first } : { kind: 'several', states: meant };
}

/** Oldest first. */
export async function allStates(store: Store): Promise<readonly Orchestration[]> {
  const rows = await store.findOrchestrations({});
  const states = await Promise.all(rows.map((row) => store.loadState(row.key)));
  return states.filter((state): state is Orchestration => state !== null);
}

async function newestStates(store: Store): Promise<readonly Orchestration[]> {
  const byIssue = new Map<string, Orchestration>();
  for (const state of await allStates(store))
    byIssue.set(`${state.repo.owner}/${state.repo.name}#${state.issue.number}`.toLowerCase(), state);
  return [...byIssue.values()];
}

export function isIn({ repo }: Orchestration, { owner, name }: Where): boolean {
  const same = (a: string, b: string | undefined): boolean => b === undefined || a.toLowerCase() === b.toLowerCase();
  return same(repo.owner, owner) && same(repo.name, name);
}

export function isPartOf(state: Orchestration, number: number): boolean {
  return state.tasks.some((task) =>
    [subIssueOf(task), pullOf(task), task.diagnostic?.issue].some((thing) => thing?.number === number),
  );
}

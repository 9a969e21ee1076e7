/**
 * Writing with GraphQL: many effects share one request, and each gets its own outcome by its alias.
 * GitHub may do some and refuse others in the same answer (`data` beside `errors[].path`).
 */
import type { EffectOutcome, EffectResult } from '../engine/ports.ts';
import { classifyFailure, classifyGraphqlError, type Failure, type Repetition, responseOf } from './classify.ts';
import { type AliasedMutation, mutate } from './documents.ts';
import type { Installation } from './installation.ts';
import { graphqlErrors, isRecord } from './limits.ts';
import { hasGraphqlWorked, judgeGraphql, learnFromGraphql } from './missing.ts';
import type { Operation } from './server.ts';

/** One effect as a mutation. `read` turns the alias's data into a result; null when it is not what was asked for. */
export interface Mutation extends AliasedMutation {
  readonly field: Operation;
  readonly input: Readonly<Record<string, unknown>>;
  readonly repetition: Repetition;
  readonly read: (data: unknown) => EffectResult | null;
  /** The same effect alone, where this server does not understand the mutation. */
  readonly byRest: () => Promise<EffectOutcome>;
  /** A second look at a definite no, where that may mean that it is so already. */
  readonly onRefused?: (refusal: Failure) => Promise<EffectOutcome>;
}

/** Whether GitHub counts each alias as one creation is undocumented; twenty stay far below 80 per minute. */
const PER_REQUEST = 20;

/** One outcome per mutation, in order; a request per twenty, one after the other. */
export async function performMutations(
  installation: Installation,
  mutations: readonly Mutation[],
  deadline: AbortSignal,
): Promise<readonly EffectOutcome[]> {
  const outcomes: EffectOutcome[] = [];
  for (let start = 0; start < mutations.length; start += PER_REQUEST) {
    outcomes.push(...(await send(installation, mutations.slice(start, start + PER_REQUEST), deadline)));
  }
  return outcomes;
}

async function send(
  installation: Installation,
  chunk: readonly Mutation[],
  deadline: AbortSignal,
): Promise<readonly EffectOutcome[]> {
  const variables = Object.fromEntries(chunk.map(({ input }, index) => [`m${index}`, input]));
  try {
    const data = await installation.graphql<unknown>(mutate(chunk), variables, deadline);
    for (const { field } of chunk) installation.server.clear(field);
    return chunk.map((mutation, index) => outcomeOf(mutation, aliasOf(data, index), null));
  } catch (error) {
    const partial = error instanceof Error ? Reflect.get(error, 'data') : null;
    const nothingDone = chunk.every((_, index) => (aliasOf(partial, index) ?? null) === null);
    const instead = nothingDone ? await otherwise(installation, chunk, error, deadline) : null;
    if (instead !== null) return instead;
    const outcomes: EffectOutcome[] = [];
    for (const [index, mutation] of chunk.entries()) {
      const outcome = failedOutcome(mutation, index, partial, error);
      const looks = outcome.status === 'refused' ? mutation.onRefused : undefined;
      outcomes.push(outcome.status === 'refused' && looks !== undefined ? await looks(outcome) : outcome);
    }
    return outcomes;
  }
}

/** What a server does that does not understand the request: nothing. So each effect is made in another way now. */
async function otherwise(
  installation: Installation,
  chunk: readonly Mutation[],
  error: unknown,
  deadline: AbortSignal,
): Promise<readonly EffectOutcome[] | null> {
  const { server } = installation;
  const fields = [...new Set(chunk.map(({ field }) => field))];
  const [first] = fields;
  const verdict = judgeGraphql(error);
  if (first === undefined || verdict === 'other' || verdict === 'failing') return null;
  if (verdict === 'refused' && hasGraphqlWorked(server)) return null;
  if (verdict === 'odd') {
    // it may have done something all the same: the usual looking before the next try decides
    for (const field of fields) learnFromGraphql(server, field, error);
    return null;
  }
  if (verdict === 'document' && fields.length > 1) {
    // only one of them may be unknown here
    const apart = new Map<Mutation, EffectOutcome>();
    for (const field of fields) {
      const alike = chunk.filter((mutation) => mutation.field === field);
      for (const [index, outcome] of (await send(installation, alike, deadline)).entries()) {
        const mutation = alike[index];
        if (mutation !== undefined) apart.set(mutation, outcome);
      }
    }
    return chunk.flatMap((mutation) => apart.get(mutation) ?? []);
  }
  learnFromGraphql(server, first, error);
  const outcomes: EffectOutcome[] = [];
  for (const { byRest } of chunk) outcomes.push(await byRest());
  return outcomes;
}

function failedOutcome(mutation: Mutation, index: number, partial: unknown, error: unknown): EffectOutcome {
  const errors = graphqlErrors(responseOf(error)?.data);
  const own = errors.find(({ path }) => path[0] === `m${index}`);
  // Errors about other aliases say nothing about this one.
  const general = errors.length === 0 || errors.some(({ path }) => !isAlias(path[0]));
  if (own) return outcomeOf(mutation, aliasOf(partial, index), classifyGraphqlError(own, mutation.repetition));
  return outcomeOf(mutation, aliasOf(partial, index), general ? classifyFailure(error, mutation.repetition) : null);
}

function isAlias(part: string | number | undefined): boolean {
  return typeof part === 'string' && /^m\d+$/.test(part);
}

function outcomeOf(mutation: Mutation, data: unknown, failure: Failure | null): EffectOutcome {
  const result = data === null || data === undefined ? null : mutation.read(data);
  if (result) return { status: 'done', result };
  return failure ?? { status: 'ambiguous', message: `GitHub answered ${mutation.field} without saying what it did` };
}

function aliasOf(data: unknown, index: number): unknown {
  return isRecord(data) ? data[`m${index}`] : null;
}

import { type RawBuilder, sql } from 'kysely';
import type { AddressedSignal, Claim, NewCommand, Store, StoredCommand } from '../engine/ports.ts';
import { closeAgentRun, openAgentRuns } from './agent-runs.ts';
import { isDue } from './commands.ts';
import { recordEffect } from './effects.ts';
import { toJson, toText, toTime } from './encoding.ts';
import { insertSignals } from './signals.ts';
import { countHeld, fromSlotsColumn, type Slot, takeSlots, toSlotsColumn } from './slots.ts';
import type { Connection, Tx } from './tables.ts';
import { inTransaction } from './transactions.ts';
import { insertWanted } from './wanted-commands.ts';

/** The port's request, and what only a database that several processes share needs. */
export type ClaimRequest = Parameters<Store['claim']>[1] & {
  /** The slots a command needs; it is claimed only when all are free. Null: this process does not take it at all. */
  readonly slots?: (command: StoredCommand, orchestration: string) => readonly Slot[] | null;
};

/**
 * The requested command first; empty when it is not due, when somebody else is claiming it right now or when its slots
 * are taken. What is read first only chooses; the claim is the conditional update after it, and what that returns is
 * what was claimed.
 */
export async function claimCommands(db: Connection, key: string, request: ClaimRequest): Promise<readonly Claim[]> {
  const first = await due(db, request.now, 1).where('key', '=', key).executeTakeFirst();
  if (first === undefined) return [];
  const peers =
    request.peers > 0 && first.kind !== 'run-attempt'
      ? await due(db, request.now, request.peers)
          .where('orchestration', '=', first.orchestration)
          .where('kind', 'in', request.kinds ?? [first.kind])
          .where('key', '<>', key)
          .execute()
      : [];
  const chosen = [first, ...peers].flatMap((row) => chosenFrom(row, request));
  if (chosen[0]?.key !== key) return [];
  const claims = chosen.some(({ slots }) => slots.length > 0)
    ? await claimWithSlots(db, chosen, request)
    : await claimFreely(db, chosen, request);
  const order = new Map(chosen.map((row, index) => [row.key, index]));
  return [...claims].sort((a, b) => (order.get(a.key) ?? 0) - (order.get(b.key) ?? 0));
}

interface Chosen {
  readonly key: string;
  readonly kind: string;
  readonly leaseUntil: number;
  readonly slots: readonly Slot[];
}

function chosenFrom(
  row: { readonly key: string; readonly kind: string; readonly orchestration: string; readonly payload: unknown },
  request: ClaimRequest,
): readonly Chosen[] {
  const command = row.payload as StoredCommand;
  const slots = request.slots === undefined ? [] : request.slots(command, row.orchestration);
  if (slots === null) return [];
  return [{ key: row.key, kind: row.kind, leaseUntil: request.now + request.leaseMs(command), slots }];
}

function due(db: Connection, now: number, limit: number) {
  return db
    .selectFrom('commands')
    .select(['key', 'orchestration', 'kind', 'payload'])
    .where(isDue(now))
    .orderBy('run_at')
    .limit(limit);
}

async function claimFreely(
  db: Connection,
  chosen: readonly Chosen[],
  request: ClaimRequest,
): Promise<readonly Claim[]> {
  const claims: Claim[] = [];
  for (const leaseUntil of new Set(chosen.map((row) => row.leaseUntil)))
    claims.push(...(await takeClaims(db, alike(chosen, leaseUntil), request)));
  return claims;
}

function alike(chosen: readonly Chosen[], leaseUntil: number): Taking {
  const rows = chosen.filter((row) => row.leaseUntil === leaseUntil);
  return { keys: rows.map(({ key }) => key), kind: rows[0]?.kind ?? '', leaseUntil, slots: [] };
}

/** In order; once the requested one finds no slot, none of its peers is asked for either. */
async function claimWithSlots(
  db: Connection,
  chosen: readonly Chosen[],
  request: ClaimRequest,
): Promise<readonly Claim[]> {
  return await inTransaction(db, async (tx) => {
    const names = chosen.flatMap(({ slots }) => slots.map(({ name }) => name));
    const held = await countHeld(tx, names, request.now);
    const claims: Claim[] = [];
    for (const [index, { key, kind, leaseUntil, slots }] of chosen.entries()) {
      if (takeSlots(held, slots))
        claims.push(...(await takeClaims(tx, { keys: [key], kind, leaseUntil, slots }, request)));
      else if (index === 0) break;
    }
    return claims;
  });
}

interface TakenRow {
  readonly key: string;
  readonly orchestration: string;
  readonly payload: unknown;
  readonly attempts: number;
  readonly created_at: Date;
}

/** Commands of one kind, to be claimed alike. */
interface Taking {
  readonly keys: readonly string[];
  readonly kind: string;
  readonly leaseUntil: number;
  readonly slots: readonly Slot[];
}

/** Whoever of several claimants locks a row first has it; the others skip it. */
async function takeClaims(
  db: Connection | Tx,
  { keys, kind, leaseUntil, slots }: Taking,
  { owner, now }: ClaimRequest,
): Promise<readonly Claim[]> {
  const held = toSlotsColumn(slots);
  // A list of keys and no row set: the planner does not know how short the latter is and reads the whole table.
  const { rows } = await sql<TakenRow>`
    with taken as (
      update commands
      set status = 'in_flight', attempts = attempts + 1, owner = ${owner}, lease_until = ${toTime(leaseUntil)},
          slots = ${held === null ? null : toJson(held)}::jsonb
      where key in (
        select key from commands where key = any(${keys}::text[]) and ${isDue(now)} for update skip locked
      )
      returning key, orchestration, payload, attempts, created_at
    )${kind === 'run-attempt' ? openAgentRuns(owner, now) : sql.raw('')}
    select key, orchestration, payload, attempts, created_at from taken
  `.execute(db);
  return rows.map((row) => ({
    key: row.key,
    orchestration: row.orchestration,
    command: row.payload as StoredCommand,
    attempts: row.attempts,
    owner,
    leaseUntil,
    createdAt: row.created_at.getTime(),
  }));
}

/**
 * A lease that ran out can still be extended while nobody else has the command, but its slots were free for others
 * meanwhile: where they are taken now, the claim is lost.
 */
export async function extendLease(db: Connection, claim: Claim, leaseUntil: number, now: number): Promise<boolean> {
  if (await beat(db, claim, leaseUntil, now, sql`(slots is null or lease_until > ${toTime(now)})`)) return true;
  const row = await db
    .selectFrom('commands')
    .select('slots')
    .where('key', '=', claim.key)
    .where('status', '=', 'in_flight')
    .executeTakeFirst();
  if (row === undefined || row.slots === null) return false;
  const slots = fromSlotsColumn(row.slots);
  return await inTransaction(db, async (tx) => {
    const held = await countHeld(
      tx,
      slots.map(({ name }) => name),
      now,
    );
    return takeSlots(held, slots) && (await beat(tx, claim, leaseUntil, now, sql`lease_until <= ${toTime(now)}`));
  });
}

async function beat(
  db: Connection | Tx,
  claim: Claim,
  leaseUntil: number,
  now: number,
  condition: RawBuilder<unknown>,
): Promise<boolean> {
  const { rows } = await sql`
    with held as (
      update commands set lease_until = ${toTime(leaseUntil)}
      where key = ${claim.key} and status = 'in_flight' and owner = ${claim.owner} and attempts = ${claim.attempts}
        and ${condition}
      returning key, attempts
    ), beat as (
      update agent_runs set heartbeat_at = ${toTime(now)}
      from held where agent_runs.command_key = held.key and agent_runs.attempt = held.attempts
    )
    select key from held
  `.execute(db);
  return rows.length === 1;
}

export async function completeClaim(
  db: Connection,
  claim: Claim,
  result: unknown,
  signals: readonly AddressedSignal[],
  now: number,
  followUps: readonly NewCommand[],
): Promise<boolean> {
  return await inTransaction(db, async (tx) => {
    const held = await endClaim(tx, claim, { status: 'done', result: toJson(result ?? null), done_at: toTime(now) });
    if (!held) return false;
    await recordEffect(tx, claim, result, now);
    await closeAgentRun(tx, claim, 'done', now);
    await insertWanted(tx, claim.orchestration, followUps, now);
    await insertSignals(tx, signals, now);
    return true;
  });
}

export async function setClaimAside(db: Connection, claim: Claim, now: number): Promise<boolean> {
  return await inTransaction(db, async (tx) => {
    const held = await endClaim(tx, claim, { status: 'superseded', done_at: toTime(now) });
    if (held) await closeAgentRun(tx, claim, 'cancelled', now);
    return held;
  });
}

export async function retryLater(
  db: Connection,
  claim: Claim,
  runAt: number,
  error: string,
  now: number,
): Promise<boolean> {
  return await inTransaction(db, async (tx) => {
    const held = await endClaim(tx, claim, { status: 'pending', run_at: toTime(runAt), last_error: toText(error) });
    if (held) await closeAgentRun(tx, claim, 'retry', now);
    return held;
  });
}

export async function giveUpClaim(
  db: Connection,
  claim: Claim,
  error: string,
  signals: readonly AddressedSignal[],
  now: number,
): Promise<boolean> {
  return await inTransaction(db, async (tx) => {
    const held = await endClaim(tx, claim, { status: 'dead', last_error: toText(error), done_at: toTime(now) });
    if (!held) return false;
    await closeAgentRun(tx, claim, 'dead', now);
    await insertSignals(tx, signals, now);
    return true;
  });
}

interface Ending {
  readonly status: 'done' | 'pending' | 'dead' | 'superseded';
  readonly result?: string;
  readonly run_at?: Date;
  readonly last_error?: string;
  readonly done_at?: Date;
}

/** The fence: only who holds this very try ends it. A zombie finds other attempts, another owner or another status. */
async function endClaim(tx: Tx, claim: Claim, ending: Ending): Promise<boolean> {
  const row = await tx
    .updateTable('commands')
    .set({ ...ending, lease_until: null })
    .where('key', '=', claim.key)
    .where('status', '=', 'in_flight')
    .where('owner', '=', claim.owner)
    .where('attempts', '=', claim.attempts)
    .returning('key')
    .executeTakeFirst();
  return row !== undefined;
}

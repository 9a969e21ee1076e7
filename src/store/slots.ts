import { sql } from 'kysely';
import { toTime } from './encoding.ts';
import type { Tx } from './tables.ts';
import { lockName } from './transactions.ts';

/** Something of which only `most` may be under way at once, in all processes together: `attempts`, `merge octo/demo`. */
export interface Slot {
  readonly name: string;
  readonly most: number;
}

/** Commands in flight under a valid lease that hold a slot of this name, by name. */
export type Held = Map<string, number>;

/**
 * Counts who holds these slots, and lets nobody else count them before this transaction has ended. What is counted after
 * the locks were granted is what all earlier ones have committed, because each statement sees the latest state.
 */
export async function countHeld(tx: Tx, names: readonly string[], now: number): Promise<Held> {
  const sorted = [...new Set(names)].sort();
  // in one order everywhere, so that two claimants cannot wait for each other
  for (const name of sorted) await lockName(tx, `slot ${name}`);
  const { rows } = await sql<{ name: string; held: number | string }>`
    select slot.name, count(*) as held
    from commands, jsonb_object_keys(commands.slots) as slot (name)
    where commands.status = 'in_flight' and commands.lease_until > ${toTime(now)} and slot.name = any(${sorted}::text[])
    group by slot.name
  `.execute(tx);
  return new Map(rows.map(({ name, held }) => [name, Number(held)]));
}

/** Takes the slots when all of them are free; otherwise none. */
export function takeSlots(held: Held, slots: readonly Slot[]): boolean {
  if (slots.some(({ name, most }) => (held.get(name) ?? 0) >= most)) return false;
  for (const { name } of slots) held.set(name, (held.get(name) ?? 0) + 1);
  return true;
}

/** As the row of a command keeps them. */
export function toSlotsColumn(slots: readonly Slot[]): Readonly<Record<string, number>> | null {
  return slots.length === 0 ? null : Object.fromEntries(slots.map(({ name, most }) => [name, most]));
}

export function fromSlotsColumn(column: Readonly<Record<string, number>> | null): readonly Slot[] {
  return Object.entries(column ?? {}).map(([name, most]) => ({ name, most }));
}

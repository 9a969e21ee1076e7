import { sql } from 'kysely';
import type { Clock } from '../engine/ports.ts';
import type { Connection } from './tables.ts';

export interface ServerClock {
  readonly now: Clock;
  /** Compares with the server again: clocks of machines drift. */
  readonly compare: () => Promise<void>;
}

const comparisons = 3;

/**
 * The server's time, by our clock and the difference between the two. A lease that one machine gives ends by the clock of
 * another, so all must live by one. `own` is this machine's clock.
 */
export async function serverClock(db: Connection, own: Clock): Promise<ServerClock> {
  let difference = 0;
  const compare = async (): Promise<void> => {
    let best = Number.POSITIVE_INFINITY;
    for (let n = 0; n < comparisons; n += 1) {
      const asked = own();
      const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(db);
      const answered = own();
      const at = rows[0]?.at;
      // the quickest answer says most exactly when, between question and answer, the server looked at its clock
      if (at === undefined || answered - asked >= best) continue;
      best = answered - asked;
      difference = Math.round(at.getTime() - (asked + answered) / 2);
    }
  };
  await compare();
  return { now: () => own() + difference, compare };
}

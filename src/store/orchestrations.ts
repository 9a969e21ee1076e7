import { sql } from 'kysely';
import type { Orchestration } from '../core/model.ts';
import type { Signal } from '../core/signals.ts';
import type { OrchestrationRow, Step, Store } from '../engine/ports.ts';
import { dueCommandsOf } from './commands.ts';
import { toJson, toTime } from './encoding.ts';
import { appendHistory, BrokenSequence, type Fold, loadState } from './history.ts';
import { writeProjection } from './projections.ts';
import { markSignalsDone, waitingSignals } from './signals.ts';
import type { Connection, Tx } from './tables.ts';
import { inTransaction } from './transactions.ts';
import { replaceWanted } from './wanted-commands.ts';

type Query = Parameters<Store['findOrchestrations']>[0];

/** `issue` finds the orchestration of that master issue and those that made it as a sub-issue. Oldest first. */
export async function findOrchestrations(db: Connection, query: Query): Promise<readonly OrchestrationRow[]> {
  let found = db.selectFrom('orchestrations').selectAll();
  if (query.owner !== undefined) found = found.where('owner', '=', query.owner);
  if (query.name !== undefined) found = found.where('name', '=', query.name);
  if (query.live !== undefined) found = found.where('live', '=', query.live);
  if (query.issue !== undefined) {
    const { issue } = query;
    found = found.where(sql<boolean>`(issue = ${issue} or sub_issues @> ${toJson([issue])}::jsonb)`);
  }
  const rows = await found.orderBy('created_at').orderBy('key').execute();
  return rows.map(({ key, id, owner, name, issue, live, sub_issues }) => ({
    key,
    id,
    owner,
    name,
    issue,
    live,
    subIssues: sub_issues,
  }));
}

/** `live` and `subIssues` are the step's. False also when the key is taken. */
export async function createOrchestration(
  db: Connection,
  row: OrchestrationRow,
  initial: Step,
  now: number,
): Promise<boolean> {
  return await inTransaction(db, async (tx) => {
    const { key, id, owner, name, issue } = row;
    const created = await tx
      .insertInto('orchestrations')
      .values({
        ...{ key, id, owner, name, issue },
        live: initial.live,
        sub_issues: toJson(initial.subIssues),
        created_at: toTime(now),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('key')
      .executeTakeFirst();
    if (created === undefined) return false;
    await writeStep(tx, key, 0, initial, now);
    return true;
  });
}

/** One pass of the loop in one transaction; see `Store.advance`. */
export async function advanceOrchestration(
  db: Connection,
  fold: Fold,
  key: string,
  step: (state: Orchestration, signals: readonly Signal[]) => Step | null,
  now: () => number,
): Promise<readonly string[] | null> {
  return await inTransaction(db, async (tx) => {
    const row = await tx
      .selectFrom('orchestrations')
      .select('key')
      .where('key', '=', key)
      // not FOR UPDATE, which rows that only refer to this one (a completion's) would wait for, and it for them
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (row === undefined) return null;
    const state = await loadState(tx, key, fold);
    if (state === null) throw new BrokenSequence(`${key} has neither snapshot nor events.`);
    const waiting = await waitingSignals(tx, key);
    const answer = step(
      state,
      waiting.map(({ signal }) => signal),
    );
    await markSignalsDone(tx, waiting, now());
    if (answer !== null) {
      await writeStep(tx, key, state.seq, answer, now());
      await updateRow(tx, key, answer);
    }
    return await dueCommandsOf(tx, key, now());
  });
}

async function writeStep(tx: Tx, key: string, expected: number, step: Step, now: number): Promise<void> {
  await appendHistory(tx, key, expected, step);
  await replaceWanted(tx, key, step.commands, now);
  await writeProjection(tx, step.projection, now);
}

async function updateRow(tx: Tx, key: string, step: Step): Promise<void> {
  const subIssues = toJson(step.subIssues);
  await sql`
    update orchestrations set live = ${step.live}, sub_issues = ${subIssues}::jsonb
    where key = ${key} and (live, sub_issues) is distinct from (${step.live}::boolean, ${subIssues}::jsonb)
  `.execute(tx);
}

import type { Claim, EffectResult } from '../engine/ports.ts';
import { toTime } from './encoding.ts';
import type { Tx } from './tables.ts';

/** What we own on GitHub because of this command, kept so that a thing deleted there is not silently made again. */
export async function recordEffect(tx: Tx, claim: Claim, result: unknown, now: number): Promise<void> {
  const made = isEffectResult(result) ? thingMade(result) : null;
  if (made === null) return;
  const row = { kind: claim.command.kind, external_id: made.id, url: made.url, at: toTime(now) };
  await tx
    .insertInto('effects')
    .values({ orchestration: claim.orchestration, key: claim.key, ...row })
    .onConflict((conflict) => conflict.columns(['orchestration', 'key']).doUpdateSet(row))
    .execute();
}

/** Issues and pull requests by number, comments by REST id, merges by commit. */
function thingMade(result: EffectResult): { readonly id: string; readonly url: string | null } | null {
  switch (result.kind) {
    case 'issue':
      return { id: String(result.issue.number), url: result.issue.url };
    case 'comment':
      return { id: String(result.comment.id), url: result.comment.url };
    case 'pull':
      return { id: String(result.number), url: result.url };
    case 'merged':
      return { id: result.sha, url: null };
    case 'permission':
    case 'plan-source':
    case 'done':
      return null;
  }
}

const kinds: Readonly<Record<EffectResult['kind'], true>> = {
  permission: true,
  'plan-source': true,
  issue: true,
  comment: true,
  pull: true,
  merged: true,
  done: true,
};

/** Commands that are not effects complete with results of their own; those name none of our kinds. */
function isEffectResult(result: unknown): result is EffectResult {
  if (typeof result !== 'object' || result === null || !('kind' in result)) return false;
  return typeof result.kind === 'string' && Object.hasOwn(kinds, result.kind);
}

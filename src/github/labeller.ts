import { textAt, timeAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { listAll } from './listing.ts';
import { unlessMissing } from './missing.ts';
import { isHuman } from './shapes.ts';

/** Questions in one look through a repository; the others are asked in the next. */
const MOST_QUESTIONS = 20;

/** `at`: milliseconds since the epoch; null where the server does not say. */
export interface Labelled {
  readonly by: string;
  readonly at: number | null;
}

export type WhoLabelled = (
  installation: Installation,
  repo: { readonly owner: string; readonly name: string },
  issues: readonly unknown[],
) => Promise<ReadonlyMap<unknown, Labelled>>;

/**
 * Who put a label on issues that have it: one request for an issue, once. A server that does not say so names nobody:
 * then the issue's author stands in, and needs the permission to command all the same. Bots are left out.
 */
export function createWhoLabelled(label: string): WhoLabelled {
  const known = new Map<number, Labelled | null>();
  return async (installation, repo, issues) => {
    const found = new Map<unknown, Labelled>();
    let asked = 0;
    for (const issue of issues) {
      const id = Number(valueAt(issue, 'id'));
      if (!known.has(id)) {
        if (asked === MOST_QUESTIONS) continue;
        asked += 1;
        known.set(id, await whoLabelled(installation, repo, issue, label));
      }
      const labelled = known.get(id) ?? null;
      if (labelled !== null) found.set(issue, labelled);
    }
    return found;
  };
}

async function whoLabelled(
  installation: Installation,
  { owner, name }: { readonly owner: string; readonly name: string },
  issue: unknown,
  label: string,
): Promise<Labelled | null> {
  const events = await unlessMissing(installation.server, 'issue-events', () =>
    listAll(
      installation.octokit,
      '/repos/{owner}/{repo}/issues/{issue_number}/events',
      { owner, repo: name, issue_number: valueAt(issue, 'number') },
      undefined,
    ),
  );
  const last = (events ?? []).findLast(
    (event) => valueAt(event, 'event') === 'labeled' && valueAt(event, 'label.name') === label,
  );
  const who = last === undefined ? valueAt(issue, 'user') : valueAt(last, 'actor');
  if (!isHuman(who)) return null;
  return { by: textAt(who, 'login'), at: last === undefined ? null : timeAt(last, 'created_at') };
}

/**
 * Webhooks that did not arrive: GitHub keeps them for three days and never sends them again by itself, so a slow sweep
 * asks for it. Sent again they keep their GUID, so that what did arrive after all counts once.
 */
import type { ProbotOctokit } from 'probot';
import { statusOf } from './classify.ts';
import { listAt, numberAt, optionalTextAt, textAt, timeAt, valueAt } from './fields.ts';
import { isLimit, isUnasked } from './missing.ts';

/** Requests that speak as the App itself, not as one of its installations. */
export interface AsApp {
  readonly octokit: Pick<ProbotOctokit, 'request'>;
}

/** Deliveries that have not arrived yet, by GUID: what GitHub was asked to do about them. */
export type LostDeliveries = Map<string, { readonly id: number; readonly tries: number; readonly nextAt: number }>;

/** GitHub keeps no delivery longer. */
const KEPT_MS = 3 * 86_400_000;
const PER_PAGE = 100;
/** One look reads no more pages; what lies behind them is for the sweeps of the repositories. */
const MOST_PAGES = 10;
/** Asked for in one look, a second apart where GitHub wants that; the others are next. */
const MOST_ASKED = 25;
/** Tries of one delivery, the first included: what is refused again and again will not be taken later either. */
const MOST_TRIES = 6;
/** Pause after a try that failed too, four times as long after each further one: 5 minutes to a day. */
const FIRST_PAUSE_MS = 5 * 60_000;
/** Each look reads this much again: lists lag. */
const OVERLAP_MS = 10 * 60_000;

/**
 * Asks GitHub to send again what failed since then (epoch ms, at most three days back) and has not arrived since, but
 * for what sweeps know better by now; answers how many. `lost` remembers from look to look what is still missing. Rejects when the list cannot be read.
 */
export async function redeliverFailed(
  app: AsApp,
  since: number,
  lost: LostDeliveries = new Map(),
  now: number = Date.now(),
): Promise<number> {
  note(await readDeliveries(app, Math.max(since, now - KEPT_MS)), lost, now);
  const due = [...lost].filter(([, { nextAt }]) => nextAt <= now).slice(0, MOST_ASKED);
  for (const [guid, { id, tries }] of due) {
    const gone = !(await askAgain(app, id));
    if (gone || tries + 1 >= MOST_TRIES) lost.delete(guid);
    else lost.set(guid, { id, tries: tries + 1, nextAt: now + FIRST_PAUSE_MS * 4 ** (tries - 1) });
  }
  return due.length;
}

interface Attempt {
  readonly id: number;
  readonly guid: string;
  readonly arrived: boolean;
}

/** Newest first. */
async function readDeliveries(app: AsApp, from: number): Promise<readonly Attempt[]> {
  const found: Attempt[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { data, headers } = await app.octokit.request('GET /app/hook/deliveries', {
      per_page: PER_PAGE,
      ...(cursor === null ? {} : { cursor }),
    });
    for (const row of listAt(data, '')) {
      if (timeAt(row, 'delivered_at') < from) return found;
      if (isOutdated(row)) continue;
      // 0 or nothing where nobody answered
      const status = Number(valueAt(row, 'status_code') ?? 0);
      found.push({ id: numberAt(row, 'id'), guid: textAt(row, 'guid'), arrived: status >= 200 && status < 300 });
    }
    cursor = nextCursor(headers.link);
    if (cursor === null) break;
  }
  return found;
}

const STATES: ReadonlySet<string> = new Set([
  'pull_request',
  'pull_request_review',
  'check_run',
  'check_suite',
  'status',
  'issue_dependencies',
]);

/**
 * What says how a thing was then: by now the sweeps have read how it is. A pull request that was closed and opened again
 * must not look closed once more.
 */
function isOutdated(row: unknown): boolean {
  const event = textAt(row, 'event');
  return STATES.has(event) || (event === 'issues' && optionalTextAt(row, 'action') === 'closed');
}

function nextCursor(link: unknown): string | null {
  const next = /<([^>]+)>;\s*rel="next"/.exec(String(link ?? ''))?.[1];
  return next !== undefined && URL.canParse(next) ? new URL(next).searchParams.get('cursor') : null;
}

/** What has arrived under any of its attempts is forgotten; of the rest the oldest come first, as things happened. */
function note(attempts: readonly Attempt[], lost: LostDeliveries, now: number): void {
  const tries = new Map<string, number>();
  for (const { guid } of attempts) tries.set(guid, (tries.get(guid) ?? 0) + 1);
  const arrived = new Set(attempts.filter((one) => one.arrived).map(({ guid }) => guid));
  for (const guid of arrived) lost.delete(guid);
  for (const { guid, id } of attempts.toReversed()) {
    const known = lost.get(guid);
    const count = Math.max(known?.tries ?? 0, tries.get(guid) ?? 0);
    if (arrived.has(guid) || count >= MOST_TRIES) continue;
    lost.set(guid, { id, tries: count, nextAt: known?.nextAt ?? now });
  }
}

/** False when GitHub has forgotten it, or will not send it any more. */
async function askAgain(app: AsApp, id: number): Promise<boolean> {
  try {
    await app.octokit.request('POST /app/hook/deliveries/{delivery_id}/attempts', { delivery_id: id });
    return true;
  } catch (error) {
    const status = statusOf(error);
    if (status === 404 || status === 422) return false;
    throw error;
  }
}

export interface RedeliveryLog {
  readonly info: (fields: Readonly<Record<string, unknown>>, message: string) => void;
  readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

/**
 * The same from the last look on, at most every `everyMs`; to be called as often as you like. Never rejects: what it
 * cannot do now it does later. A server without these routes is asked once.
 */
export function createRedelivery(
  app: AsApp,
  log: RedeliveryLog,
  options: { readonly everyMs: number; readonly now?: () => number },
): () => Promise<void> {
  const now = options.now ?? Date.now;
  const lost: LostDeliveries = new Map();
  let since = 0;
  let nextLook = 0;
  return async () => {
    const startedAt = now();
    if (startedAt < nextLook) return;
    nextLook = startedAt + options.everyMs;
    try {
      const asked = await redeliverFailed(app, since, lost, startedAt);
      since = startedAt - OVERLAP_MS;
      if (asked > 0) log.info({ deliveries: asked }, 'webhooks had not arrived; GitHub was asked to send them again');
    } catch (error) {
      if (isDefinite(error)) {
        nextLook = Number.POSITIVE_INFINITY;
        log.info({}, 'this server keeps no list of webhooks; what is lost is found by sweeps alone');
      } else log.warn({ error: String(error) }, 'lost webhooks could not be looked for; the next look tries again');
    }
  };
}

/** Asking again would change nothing: there is no such list here, or it is not for us, or it is not GitHub's. */
function isDefinite(error: unknown): boolean {
  if (isUnasked(error)) return true;
  const status = statusOf(error);
  return status !== null && (status === 501 || (status >= 400 && status < 500 && status !== 401)) && !isLimit(error);
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NotSentError, PausedError } from '../../src/github/errors.ts';
import { askingOf, type Limits, publishedLimits } from '../../src/github/published-limits.ts';
import type { SharedBudget } from '../../src/github/shared-budget.ts';
import { createSpending, freeOfCharge, type Spending } from '../../src/github/spending.ts';
import { type OpenStore, openStore } from '../../src/store/open-store.ts';
import { foldExample, noon } from '../store/examples.ts';
import { storeTemplate } from '../store/template.ts';
import { type PublishedLimits, passedLimits, published, type Sent } from '../world/limits.ts';
import { type VirtualTime, virtualTime } from '../world/virtual-time.ts';

let dir: string;
let time: VirtualTime;
let store: OpenStore;
let asked: string[];
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'muster-spending-'));
  time = virtualTime(noon);
  store = await openStore({ dir: join(dir, 'db'), now: time.now, fold: foldExample, template: await storeTemplate() });
  asked = [];
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const installation = 7;
const rest = askingOf('GET', '/repos/{owner}/{repo}/issues', null);
const query = askingOf('POST', '/graphql', 'query readPlan { viewer { login } }');
const comment = askingOf('POST', '/repos/{owner}/{repo}/issues/{issue_number}/comments', null);

/** What one of several processes knows, all over one database. */
function newProcess(limits: Limits = publishedLimits): Spending {
  const { budget } = store;
  const shared: SharedBudget = {
    now: time.now,
    take: (id, costs) => noted('take', budget.take(id, costs)),
    giveBack: (id, costs) => noted('giveBack', budget.giveBack(id, costs)),
    learn: (id, bucket, left) => noted('learn', budget.learn(id, bucket, left)),
    block: (id, until) => noted('block', budget.block(id, until)),
    sharers: () => Promise.resolve(2),
  };
  return createSpending({ limits, shared: () => shared, passing: time.passing }, installation);
}

function noted<T>(what: string, work: Promise<T>): Promise<T> {
  asked.push(what);
  return time.during(work);
}

/** Asks as often as it may until then; each request takes 100 ms, and a pause is waited for like the commands table does. */
async function hammer(spending: Spending, asking: typeof rest, until: number, sent: Sent[]): Promise<void> {
  while (time.now() < until) {
    try {
      await spending.spend(asking, undefined, async () => {
        const from = time.now();
        await time.passing(100);
        const { resource, kind, creations } = asking;
        sent.push({ from, to: time.now(), resource, write: kind === 'write', creations });
      });
    } catch (error) {
      if (!(error instanceof PausedError)) throw error;
      await time.passing(error.retryAfterMs);
    }
  }
}

async function load(processes: readonly Spending[], ms: number): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const until = noon + ms;
  const askings = [rest, rest, query, query, comment];
  await time.live(processes.flatMap((one) => askings.map((asking) => hammer(one, asking, until, sent))));
  return sent;
}

/** A server whose hours are one minute long. */
const quick: PublishedLimits = {
  hourMs: 60_000,
  minuteMs: 6_000,
  requestsPerHour: 80,
  restPointsPerMinute: 90,
  graphqlPointsPerMinute: 200,
  creationsPerMinute: 8,
  creationsPerHour: 12,
  writeGapMs: 100,
  atOnce: 10,
};

describe('two processes that ask for all they can get', { timeout: 120_000 }, () => {
  it('pass no published limit of a minute', async () => {
    const sent = await load([newProcess(), newProcess()], 70_000);
    expect(passedLimits(sent, published, 0)).toEqual([]);
    // and are not kept from what they may have
    const reads = sent.filter(({ resource, from }) => resource === 'core' && from < noon + 60_000);
    expect(reads.length).toBeGreaterThan(300);
    expect(sent.filter(({ write }) => write).length).toBeGreaterThan(30);
  });

  it('pass no published limit of an hour', async () => {
    const limits = { ...quick, slackMs: 500 };
    const sent = await load([newProcess(limits), newProcess(limits)], 130_000);
    expect(passedLimits(sent, quick, 0)).toEqual([]);
    expect(sent.filter(({ resource, write }) => resource === 'graphql' && !write).length).toBeGreaterThan(90);
    expect(sent.filter(({ creations }) => creations > 0).length).toBeGreaterThan(12);
  });

  it('would pass them all without the budget', async () => {
    const sent = await load([freeOfCharge, freeOfCharge], 150_000);
    const passed = passedLimits(sent, { ...published, atOnce: 8 }, 0);
    expect(passed.map((line) => line.replace(/^\d+ /, '').replace(/,.*/, ''))).toEqual([
      ...['REST requests an hour', 'GraphQL requests an hour', 'REST points a minute', 'GraphQL points a minute'],
      ...['creations a minute', 'creations an hour', 'ms between two writes', 'requests at once'],
    ]);
  });

  it('have no more than a hundred requests under way', async () => {
    const sent: Sent[] = [];
    const [one, other] = [newProcess(), newProcess()];
    const burst = [one, other].flatMap((each) =>
      Array.from({ length: 100 }, () => hammer(each, query, noon + 1, sent)),
    );
    await time.live(burst);
    expect(sent).toHaveLength(200);
    expect(passedLimits(sent, published, 0)).toEqual([]);
    expect(passedLimits(sent, { ...published, atOnce: 60 }, 0)).toHaveLength(1);
  });
});

describe('the budget of an installation', () => {
  const send = (): Promise<string> => Promise.resolve('sent');

  it('is asked for many reads at once, and gets back what was not needed', async () => {
    const one = newProcess();
    for (let at = 0; at < 60; at += 1) await one.spend(rest, undefined, send);
    expect(asked.length).toBeLessThan(10);
    await time.live([time.passing(5_000)]);
    asked = [];
    for (let at = 0; at < 5; at += 1) {
      await one.spend(rest, undefined, send);
      await time.live([time.passing(2_000)]);
    }
    // what comes now and then is taken one by one, and nothing is left lying about
    expect(asked.filter((what) => what === 'take')).toHaveLength(5);
    await time.live([time.passing(60_000)]);
    const { budgets } = await store.figures();
    const hourlyLeft = budgets.find(({ bucket }) => bucket === 'core-hour')?.left;
    expect(hourlyLeft).toBeGreaterThan(1_250 - 65);
  });

  it('is closed to all processes when one of them hears a retry-after', async () => {
    const [one, other] = [newProcess(), newProcess()];
    await other.spend(rest, undefined, send);
    await one.block(30_000);
    await expect(one.spend(rest, undefined, send)).rejects.toMatchObject({ retryAfterMs: 30_000 });
    await time.live([time.passing(1_000)]);
    const refused = await other.spend(comment, undefined, send).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PausedError);
    expect(refused).toMatchObject({ retryAfterMs: 29_000 });
    await time.live([time.passing(29_000)]);
    await expect(other.spend(rest, undefined, send)).resolves.toBe('sent');
  });

  it('holds back what was paid for when a retry-after came meanwhile', async () => {
    const one = newProcess();
    await one.spend(comment, undefined, send);
    const second = one.spend(comment, undefined, send).catch((error: unknown) => error);
    await one.block(5_000);
    await time.live([second]);
    expect(await second).toBeInstanceOf(PausedError);
  });

  it('gives the turn to write to one after another, and back when its holder died', async () => {
    const [one, other] = [newProcess(), newProcess()];
    let begun = (): void => {};
    const holds = new Promise<void>((resolve) => {
      begun = resolve;
    });
    void one.spend(comment, undefined, () => {
      begun();
      return new Promise(() => {});
    });
    await time.live([holds]);
    let sentAt = 0;
    const patient = async (): Promise<void> => {
      while (sentAt === 0)
        await other
          .spend(comment, undefined, async () => {
            sentAt = time.now();
          })
          .catch(({ retryAfterMs }: PausedError) => time.passing(retryAfterMs));
    };
    await time.live([patient()]);
    expect(sentAt - noon).toBeGreaterThanOrEqual(21_000);
    expect(sentAt - noon).toBeLessThan(25_000);
    await time.live([
      other.spend(comment, undefined, async () => expect(time.now() - sentAt).toBeGreaterThanOrEqual(1_000)),
    ]);
  });

  it('believes what GitHub says is left, and how much there is', async () => {
    const [one, other] = [newProcess(), newProcess()];
    const said = (limit: number, remaining: number, inSeconds = 600): Promise<void> =>
      one.learn({
        status: 200,
        headers: {
          'x-ratelimit-limit': String(limit),
          'x-ratelimit-remaining': String(remaining),
          'x-ratelimit-reset': String(noon / 1000 + inSeconds),
          'x-ratelimit-resource': 'core',
        },
      });
    await said(5_000, 4_900);
    expect(asked).toEqual([]);
    await said(5_000, 70);
    await said(5_000, 60);
    expect(asked).toEqual(['learn']);
    let sent = 0;
    const rush = Array.from({ length: 90 }, () =>
      other.spend(rest, undefined, async () => {
        sent += time.now() === noon ? 1 : 0;
      }),
    );
    await time.live(rush.map((each) => each.catch(() => {})));
    expect(sent).toBeGreaterThan(50);
    expect(sent).toBeLessThanOrEqual(70);
    await said(5_000, 40);
    await expect(one.spend(query, undefined, send)).rejects.toMatchObject({
      retryAfterMs: noon + 600_000 - time.now(),
    });
  });

  it('is not told by the limit of strangers, which comes with a refused token', async () => {
    const one = newProcess();
    const headers = { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(noon) };
    await one.learn({ status: 401, headers });
    await expect(one.spend(rest, undefined, send)).resolves.toBe('sent');
  });

  it('sends nothing while the database does not answer, nor past a deadline', async () => {
    const away = (): Promise<never> => Promise.reject(new Error('connection refused'));
    const shared = { now: time.now, take: away, giveBack: away, learn: away, block: away, sharers: away };
    const one = createSpending({ limits: publishedLimits, shared: () => shared }, installation);
    for (const asking of [rest, comment]) {
      const refused = await one.spend(asking, undefined, send).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(NotSentError);
      expect(String(refused)).toContain('the database does not say');
    }
    const late = newProcess().spend(rest, AbortSignal.abort(), send);
    await expect(late).rejects.toBeInstanceOf(NotSentError);
  });
});

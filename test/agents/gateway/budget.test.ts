import { describe, expect, it } from 'vitest';
import type { Ledger, MayGoOn } from '../../../src/agents/gateway/budget.ts';
import { withinBudget } from '../../../src/agents/gateway/budget.ts';
import { costOf, priceOf } from '../../../src/agents/gateway/prices.ts';
import { totalTokens } from '../../../src/agents/gateway/record.ts';
import { ask, begin, dialects } from './client.ts';
import { openPair } from './pair.ts';

const says = Array(20).fill({ say: 'On it goes.' });

describe('a budget', () => {
  it.each(dialects)('stops %s before the call that would be one too many', async (dialect) => {
    const { server, admit } = await openPair();
    server.scriptAt('a', says);
    const admission = await admit('a', dialect, { budget: { tokens: 2_000 } });
    const statuses: number[] = [];
    let last = '';
    for (let n = 0; n < 4; n++) {
      const heard = await ask({ base: admission.url, dialect, key: admission.key, stream: n % 2 === 0 });
      statuses.push(heard.status);
      last = heard.text;
    }
    expect(statuses).toEqual([200, 200, 402, 402]);
    expect(JSON.parse(last)).toHaveProperty('error.message', expect.stringMatching(/tokens, 2\d{3} of 2000\. A human/));
    expect(server.requests).toHaveLength(2);
    expect(admission.report()).toMatchObject({
      failure: 'budget',
      requests: 4,
      last: { kind: 'over_budget', status: 402 },
    });
  });

  it('in money stops as well', async () => {
    const { server, admit } = await openPair({ prices: { 'claude-*': { input: 1_000, output: 1_000 } } });
    server.scriptAt('a', says);
    const admission = await admit('a', 'anthropic', { budget: { costUsd: 1.5 } });
    const call = { base: admission.url, dialect: 'anthropic', key: admission.key } as const;
    expect([(await ask(call)).status, (await ask(call)).status, (await ask(call)).status]).toEqual([200, 200, 402]);
    expect(admission.report()).toMatchObject({ failure: 'budget', costUsd: 2.16 });
  });

  it('in money cannot be kept for a model without a price, and says so', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('a', says);
    const admission = await admit('a', 'anthropic', { budget: { costUsd: 100 } });
    const call = { base: admission.url, dialect: 'anthropic', key: admission.key } as const;
    expect((await ask(call)).status).toBe(200);
    const heard = await ask(call);
    expect(heard.status).toBe(402);
    expect(heard.text).toContain('no price is known for claude-sonnet-4-5');
  });

  it('cannot be got round by hanging up or by not asking for figures', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('a', says);
    const admission = await admit('a', 'openai-chat', { budget: { tokens: 100 } });
    const body = JSON.stringify({ model: 'gpt-5.1', stream: true, messages: [{ content: 'x'.repeat(400) }] });
    const call = { base: admission.url, dialect: 'openai-chat', key: admission.key, stream: true, body } as const;
    expect((await ask(call)).status).toBe(200);
    expect((await ask(call)).status).toBe(402);
  });

  it('cannot be got round by many calls at once', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('a', [{ fault: 'hang' }]);
    const admission = await admit('a', 'anthropic', { budget: { tokens: 2_500 } });
    const body = JSON.stringify({
      model: 'claude-sonnet-4-5',
      messages: [{ role: 'user', content: 'x'.repeat(4_000) }],
    });
    const call = { base: admission.url, dialect: 'anthropic', key: admission.key, body } as const;
    const hanging = [begin(call), begin(call), begin(call)];
    for (const one of hanging) one.on('error', () => {});
    for (const n of [1, 2, 3]) await server.seen((_) => server.requests.length >= n);
    const heard = await ask(call);
    expect(heard.status).toBe(402);
    expect(server.requests).toHaveLength(3);
    for (const one of hanging) one.destroy();
    for (const request of server.requests) await server.seen(() => request.hungUp);
    // none of them was answered, so nothing was spent after all
    expect(admission.report()).toMatchObject({ estimatedTokens: 0, requests: 4 });
    server.scriptAt('a', says);
    expect((await ask(call)).status).toBe(200);
  });

  it('leaves counting and lists free', async () => {
    const { server, admit } = await openPair();
    server.scriptAt('a', says);
    const { url, key } = await admit('a', 'anthropic', { budget: { tokens: 0 } });
    expect((await ask({ base: url, dialect: 'anthropic', key })).status).toBe(402);
    const path = '/v1/messages/count_tokens';
    expect((await ask({ base: url, dialect: 'anthropic', key, path })).status).toBe(200);
  });
});

describe('a wider ledger', () => {
  it('is asked before each call and told after it', async () => {
    const spent = new Map<string, number>();
    const ledger: Ledger = {
      mayGoOn: async (): Promise<MayGoOn> => {
        const all = [...spent.values()].reduce((sum, one) => sum + one, 0);
        return all >= 3_000 ? { ok: false, which: 'tokens of the day', limit: 3_000, spent: all } : { ok: true };
      },
      record: async (attempt, { usage }) => {
        if (usage !== null) spent.set(attempt, (spent.get(attempt) ?? 0) + totalTokens(usage));
      },
    };
    const { server, admit } = await openPair({ ledger });
    server.scriptAt('a', says);
    server.scriptAt('b', says);
    const [a, b] = [await admit('a', 'anthropic'), await admit('b', 'gemini')];
    const statuses: number[] = [];
    for (const { url, key } of [a, a, a]) statuses.push((await ask({ base: url, dialect: 'anthropic', key })).status);
    const heard = await ask({ base: b.url, dialect: 'gemini', key: b.key });
    expect([...statuses, heard.status]).toEqual([200, 200, 200, 402]);
    expect(heard.text).toContain('tokens of the day, 3240 of 3000');
    expect(Object.fromEntries(spent)).toEqual({ a: 3_240 });
    expect([a.report().failure, b.report().failure]).toEqual([null, 'budget']);
  });

  it('that fails lets nothing through', async () => {
    const ledger: Ledger = { mayGoOn: () => Promise.reject(new Error('no database')), record: () => {} };
    const lines: string[] = [];
    const { server, admit } = await openPair({ ledger, log: (_, message) => lines.push(message) });
    server.scriptAt('a', says);
    const admission = await admit('a', 'openai-responses');
    expect((await ask({ base: admission.url, dialect: 'openai-responses', key: admission.key })).status).toBe(503);
    expect(server.requests).toEqual([]);
    expect(lines).toEqual(['the ledger of the model gateway could not be asked']);
    expect(admission.report().failure).toBe('provider_error');
  });

  it('that cannot be told does not lose the answer', async () => {
    const ledger: Ledger = { mayGoOn: () => ({ ok: true }), record: () => Promise.reject(new Error('no database')) };
    const lines: string[] = [];
    const { server, admit } = await openPair({ ledger, log: (_, message) => lines.push(message) });
    server.scriptAt('a', says);
    const admission = await admit('a', 'anthropic');
    expect((await ask({ base: admission.url, dialect: 'anthropic', key: admission.key })).status).toBe(200);
    expect(admission.report().usage.outputTokens).toBe(30);
    expect(lines).toEqual(['the ledger of the model gateway could not be told']);
  });
});

describe('the rules', () => {
  const spent = { tokens: 10, costUsd: 0.5, unpriced: null };
  it.each([
    [{}, spent, true],
    [{ tokens: 11 }, spent, true],
    [{ tokens: 10 }, spent, false],
    [{ costUsd: 0.51 }, spent, true],
    [{ costUsd: 0.5 }, spent, false],
    [{ tokens: 11 }, { ...spent, unpriced: 'm' }, true],
    [{ costUsd: 9 }, { ...spent, unpriced: 'm' }, false],
    [{ tokens: 0 }, { tokens: 0, costUsd: 0, unpriced: null }, false],
  ])('%j with %j spent: %s', (budget, used, ok) => {
    expect(withinBudget(budget, used).ok).toBe(ok);
  });

  it('price by the exact name, then by the longest beginning', () => {
    const [any, opus, exact] = [1, 2, 3].map((input) => ({ input, output: 0 }));
    const prices = {
      '*': any ?? { input: 0, output: 0 },
      'claude-opus-*': opus ?? { input: 0, output: 0 },
      'claude-opus-5': exact ?? { input: 0, output: 0 },
    };
    expect([priceOf(prices, 'claude-opus-5'), priceOf(prices, 'claude-opus-6'), priceOf(prices, 'gpt')]).toEqual([
      exact,
      opus,
      any,
    ]);
    expect(priceOf({}, 'toString')).toBeNull();
    const usage = {
      inputTokens: 1_000_000,
      cachedTokens: 1_000_000,
      cacheWriteTokens: 1_000_000,
      outputTokens: 1_000_000,
    };
    expect(costOf({ m: { input: 2, output: 10 } }, 'm', usage)).toBe(16);
    expect(costOf({ m: { input: 2, output: 10, cached: 0.5, cacheWrite: 3 } }, 'm', usage)).toBe(15.5);
    expect(costOf({}, 'm', usage)).toBeNull();
    expect(costOf({ m: { input: 2, output: 10 } }, null, usage)).toBeNull();
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import type { Exchange } from '../../src/sandbox/context.ts';
import { asInstallation, startReceiver, startWithRepository } from '../sandbox/local-github.ts';
import { withBreakingChanges } from './breaking-changes.ts';
import { recordExchanges, violationsOf } from './exchanges.ts';

type Rest = Extract<Exchange, { kind: 'rest' }>;
type Webhook = Extract<Exchange, { kind: 'webhook' }>;

describe('a validator', () => {
  let created: Rest;
  let opened: Webhook;
  beforeAll(async () => {
    const record = recordExchanges();
    const receiver = await startReceiver('s');
    const webhook = { url: receiver.url, secret: 's' };
    const sandbox = await startWithRepository({ observe: record.observe, webhook });
    const bot = await asInstallation(sandbox);
    await bot('POST', '/repos/acme/shop/issues', { title: 'One' });
    created = record.exchanges.find(
      (one): one is Rest => one.kind === 'rest' && one.template.endsWith('/issues'),
    ) as Rest;
    opened = record.exchanges.find(
      (one): one is Webhook => one.kind === 'webhook' && one.event === 'issues',
    ) as Webhook;
    expect(await record.violations()).toEqual([]);
  });

  const found = async (change: Partial<Rest>): Promise<string[]> => violationsOf([{ ...created, ...change }]);
  const body = (change: object): { body: unknown } => ({ body: { ...(created.body as object), ...change } });

  it.each<[string, () => Partial<Rest>, string]>([
    [
      'an operation that GitHub does not have',
      () => ({ template: '/repos/{owner}/{repo}/tasks' }),
      'no such operation',
    ],
    [
      'a template with variables of other names',
      () => ({ template: '/repos/{org}/{repo}/issues' }),
      'no such operation',
    ],
    ['a method that it does not have there', () => ({ method: 'PUT' }), 'no such operation'],
    ['a status that it does not have there', () => ({ status: 206 }), 'no such status'],
    ['an answer without its body', () => ({ body: undefined }), 'must be object'],
    ['another answer than the status promises', () => ({ status: 200 }), 'no such status'],
    ['a member that is missing', () => body({ node_id: undefined }), "required property 'node_id'"],
    ['a member of another type', () => body({ number: '1' }), 'at /number: type: must be integer'],
    ['a word that is not one of the words', () => body({ state_reason: 'bored' }), 'at /state_reason: enum'],
    ['a date that is none', () => body({ created_at: 'yesterday' }), 'must match format "date-time"'],
    ['an address that is none', () => body({ url: 'issue 1' }), 'must match format "uri"'],
    ['something wrong deep inside', () => body({ user: { login: 'x' } }), 'at /user: required'],
    ['a member that was invented', () => body({ mood: 'good' }), 'at /mood: undocumented'],
    [
      'a request that GitHub would not take',
      () => ({ requestBody: { body: 'no title' } }),
      "required property 'title'",
    ],
    ['a member that a later version dropped', () => ({ apiVersion: '2026-03-10' }), 'at /assignee: undocumented'],
  ])('notices %s', async (_, change, message) => {
    expect(await found(change())).toContainEqual(expect.stringContaining(message));
  });

  it('notices a body where there should be none', async () => {
    const template = '/repos/{owner}/{repo}/issues/comments/{comment_id}';
    const gone = { method: 'DELETE', template, status: 204 };
    expect(await found({ ...gone, body: {} })).toEqual([
      `1 x DELETE ${template} 204 at /: body: GitHub describes no body here`,
    ]);
    expect(await found({ ...gone, body: undefined })).toEqual([]);
  });

  it('knows webhooks by event and action', async () => {
    expect(await violationsOf([opened])).toEqual([]);
    expect(await violationsOf([{ ...opened, action: 'admired' }])).toEqual([
      '1 x webhook issues.admired at /: event: GitHub describes no such event',
    ]);
    expect(await violationsOf([{ ...opened, event: 'issue_comment', action: 'created' }])).not.toEqual([]);
    const payload = { ...(opened.payload as object), repository: undefined };
    expect(await violationsOf([{ ...opened, payload }])).toContainEqual(expect.stringContaining("'repository'"));
  });

  it('counts what is wrong more than once', async () => {
    const wrong = { ...created, ...body({ number: 'x' }) };
    expect(await violationsOf([wrong, created, wrong])).toEqual([expect.stringMatching(/^2 x .* at \/number: type/)]);
  });
});

describe('a newer version of the description', () => {
  const described = (schema: object): Record<string, unknown> => {
    const changed = withBreakingChanges({ paths: {}, components: { schemas: { thing: schema } } }, '2026-03-10');
    return (changed.components as { schemas: { thing: Record<string, unknown> } }).schemas.thing;
  };
  const base = { required: ['a', 'b'], properties: { a: { type: 'string' }, b: { type: 'string', enum: ['x'] } } };

  it('has all changes up to it, in their order', () => {
    const changes = [
      { version: '2026-03-10', patch: { properties: { a: null }, required: ['b'] } },
      { version: '2026-03-10', patch: [{ op: 'replace', path: '/properties/b/type', value: 'integer' }] },
      { version: '2026-03-10', patch: [{ op: 'remove', path: '/properties/b/enum/0' }] },
      { version: '2027-01-01', patch: { properties: { b: null } } },
    ];
    expect(described({ ...base, 'x-github-breaking-changes': changes })).toMatchObject({
      required: ['b'],
      properties: { b: { type: 'integer', enum: [] } },
    });
    expect(described({ ...base, 'x-github-breaking-changes': changes }).properties).not.toHaveProperty('a');
  });

  it('refuses a kind of change that it does not know', () => {
    const patch = [{ op: 'move', from: '/a', path: '/b' }];
    const changes = [{ version: '2026-03-10', patch }];
    expect(() => described({ ...base, 'x-github-breaking-changes': changes })).toThrow('not known here');
  });
});

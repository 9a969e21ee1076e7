import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { asInstallation, asUser, clientWith, startWithRepository } from './local-github.ts';

const repo = '/repos/acme/shop';

describe('faults', () => {
  it('are read and merged over HTTP', async () => {
    const sandbox = await startWithRepository();
    const client = clientWith(sandbox, null);
    const merged = await client('PUT', '/_sandbox/faults', { webhooks: { drop: 0.5 }, seed: 9, listLagMs: 'junk' });
    expect(merged.body).toMatchObject({ seed: 9, listLagMs: 0, webhooks: { drop: 0.5, double: 0 } });
    expect(sandbox.faults.webhooks.drop).toBe(0.5);
    expect((await client('GET', '/_sandbox/faults')).body).toEqual(merged.body);
  });

  it('secondaryLimit refuses before anything lands', async () => {
    const sandbox = await startWithRepository();
    const client = await asInstallation(sandbox);
    sandbox.faults.secondaryLimit.rate = 1;
    const refused = await client('POST', `${repo}/issues`, { title: 'x' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([403, '1']);
    expect(refused.body.message).toContain('secondary rate limit');
    expect((await client('GET', '/rate_limit')).status).toBe(200);
    sandbox.faults.secondaryLimit.rate = 0;
    expect((await client('GET', `${repo}/issues`)).body).toEqual([]);
  });

  it('refuses too many requests, and content that comes too quickly, for as long as it says', async () => {
    const sandbox = await startWithRepository();
    const client = await asInstallation(sandbox);
    Object.assign(sandbox.faults, { retryAfterSeconds: 7, tooManyRequests: { rate: 1 } });
    const refused = await client('GET', `${repo}/issues`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
    expect(sandbox.requests().at(-1)).toMatchObject({ status: 429, retryAfter: 7, actor: 'installation' });
    Object.assign(sandbox.faults, { tooManyRequests: { rate: 0 }, creationLimit: { rate: 1 } });
    const quick = await client('POST', `${repo}/issues`, { title: 'x' });
    expect([quick.status, quick.headers.get('retry-after')]).toEqual([422, '7']);
    expect(quick.body.errors).toMatchObject([{ message: 'was submitted too quickly' }]);
    const nodeId = (await client('GET', repo)).body.node_id;
    const create = `mutation { a: createIssue(input: {repositoryId: "${nodeId}", title: "x"}) { issue { id } } }`;
    expect((await client.graphql(create)).errors).toMatchObject([{ message: 'was submitted too quickly' }]);
    expect((await client('GET', `${repo}/issues`)).body).toEqual([]);
  });

  it('partialGraphql loses one part of an answer to what has landed', async () => {
    const sandbox = await startWithRepository();
    const client = await asInstallation(sandbox);
    const nodeId = (await client('GET', repo)).body.node_id;
    const create = ['a', 'b'].map(
      (alias) => `${alias}: createIssue(input: {repositoryId: "${nodeId}", title: "${alias}"}) { issue { number } }`,
    );
    sandbox.faults.partialGraphql.rate = 1;
    const answer = await client.graphql(`mutation write { ${create.join(' ')} }`);
    const lost = Object.entries(answer.data ?? {}).filter(([, value]) => value === null);
    expect(lost).toHaveLength(1);
    expect(answer.errors).toMatchObject([{ path: [lost[0]?.[0]] }]);
    expect((await client('GET', `${repo}/issues`)).body).toHaveLength(2);
    const logged = sandbox.requests().find(({ graphqlFields }) => graphqlFields !== undefined);
    expect(logged?.graphqlFields).toEqual(['createIssue', 'createIssue']);
  });

  it('primaryLimit counts by account, resource and window', async () => {
    let now = Date.now();
    const sandbox = await startWithRepository({ now: () => new Date(now) });
    const [client, other] = [asUser(sandbox, 'hana'), asUser(sandbox, 'ivan')];
    sandbox.faults.primaryLimit = { limit: 2, windowSeconds: 60 };
    const ask = async (by: typeof client): Promise<unknown[]> => {
      const { status, headers } = await by('GET', repo);
      return [status, headers.get('x-ratelimit-remaining'), headers.get('x-ratelimit-resource')];
    };
    const asked = [await ask(client), await ask(client), await ask(client), await ask(other)];
    expect(asked).toEqual([
      [200, '1', 'core'],
      [200, '0', 'core'],
      [403, '0', 'core'],
      [200, '1', 'core'],
    ]);
    expect((await client.graphql('{ viewer { login } }')).data).toEqual({ viewer: { login: 'hana' } });
    now += 60_001;
    expect(await ask(client)).toEqual([200, '1', 'core']);
  });

  it('serverError sometimes hides a request that did land', async () => {
    const sandbox = await startWithRepository();
    const client = await asInstallation(sandbox);
    sandbox.faults.serverError.rate = 1;
    for (let at = 0; at < 12; at += 1) {
      expect((await client('POST', `${repo}/issues`, { title: `Issue ${at}` })).status).toBe(502);
    }
    sandbox.faults.serverError.rate = 0;
    const landed = Number((await client('GET', `${repo}/issues`)).body.length);
    expect(landed).toBeGreaterThan(0);
    expect(landed).toBeLessThan(12);
  });

  it('lateLanding answers only after landing, and lands when the client has hung up', async () => {
    const sandbox = await startWithRepository();
    const client = asUser(sandbox, 'hana');
    sandbox.faults.lateLanding = { rate: 1, delayMs: [200, 201] };
    const started = Date.now();
    await client('POST', `${repo}/issues`, { title: 'Patient' });
    expect(Date.now() - started).toBeGreaterThanOrEqual(195);

    const hangUp = new AbortController();
    const body = JSON.stringify({ title: 'Gone' });
    const sent = fetch(`${sandbox.url}${repo}/issues`, {
      method: 'POST',
      headers: { authorization: `token ${sandbox.userToken('hana')}` },
      body,
      signal: hangUp.signal,
    });
    const arrived = sandbox.requests().length;
    setTimeout(() => hangUp.abort(), 60);
    await expect(sent).rejects.toThrow();
    expect(sandbox.requests()).toHaveLength(arrived);
    expect((await client('GET', `${repo}/issues`)).body).toHaveLength(1);
    await sandbox.drained();
    expect((await client('GET', `${repo}/issues`)).body).toMatchObject([{ title: 'Gone' }, { title: 'Patient' }]);
  });

  it('a request that was never read completely does not land', async () => {
    const sandbox = await startWithRepository();
    const { port } = new URL(sandbox.url);
    const socket = connect(Number(port), '127.0.0.1');
    const head = `POST ${repo}/issues HTTP/1.1\r\nHost: x\r\nAuthorization: token ${sandbox.userToken('hana')}\r\n`;
    await new Promise<void>((sent) => socket.write(`${head}Content-Length: 100\r\n\r\n{"title":"half`, () => sent()));
    socket.destroy();
    await sandbox.drained();
    expect((await asUser(sandbox, 'hana')('GET', `${repo}/issues?state=all`)).body).toEqual([]);
  });

  it('listLagMs hides young things from lists but not from direct reads', async () => {
    let now = Date.now();
    const sandbox = await startWithRepository({ now: () => new Date(now) });
    const client = asUser(sandbox, 'hana');
    sandbox.faults.listLagMs = 5000;
    await client('POST', `${repo}/issues`, { title: 'Young' });
    const { id } = (await client('POST', `${repo}/issues/1/comments`, { body: 'young' })).body;
    const lists = async (): Promise<unknown[]> => {
      const found = await client.graphql(
        '{ repository(owner: "acme", name: "shop") { issue(number: 1) { comments(first: 5) { totalCount } } } }',
      );
      return [
        (await client('GET', `${repo}/issues`)).body.length,
        (await client('GET', `${repo}/issues/1/comments`)).body.length,
        (await client('GET', `${repo}/issues/comments`)).body.length,
        found.data?.repository?.issue?.comments?.totalCount,
      ];
    };
    expect(await lists()).toEqual([0, 0, 0, 0]);
    expect((await client('GET', `${repo}/issues/1`)).body.title).toBe('Young');
    expect((await client('GET', `${repo}/issues/comments/${id}`)).body.body).toBe('young');
    now += 6000;
    expect(await lists()).toEqual([1, 1, 1, 1]);
  });

  it('tokenTtlSeconds shortens tokens', async () => {
    let now = Date.now();
    const sandbox = await startWithRepository({ now: () => new Date(now) });
    sandbox.faults.tokenTtlSeconds = 5;
    const client = await asInstallation(sandbox);
    expect((await client('GET', repo)).status).toBe(200);
    now += 6000;
    await vi.waitFor(async () => expect((await client('GET', repo)).status).toBe(401));
  });
});

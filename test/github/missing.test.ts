import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/engine/ports.ts';
import { askEitherWay } from '../../src/github/missing.ts';
import { createGitHubPort } from '../../src/github/port.ts';
import { cloneAddress } from '../../src/github/push-access.ts';
import { createServer } from '../../src/github/server.ts';
import { repo, useWire, type Wire } from './wire.ts';

const connect = useWire();
const home = '/repos/acme/shop';
const ref = (number: number) => ({
  number,
  id: number * 11,
  nodeId: `I_${number}`,
  url: `https://forge.test/${number}`,
});
const edge = (from: number, to: number): Effect => ({ kind: 'add-edge', repo, blocked: ref(from), blocking: ref(to) });
const edit: Effect = { kind: 'edit-comment', repo, comment: { id: 9, nodeId: 'C_9', url: '' }, body: 'new' };
const sub: Effect = {
  kind: 'create-sub-issue',
  repo,
  repoNodeId: 'R_1',
  parent: { number: 1, nodeId: 'I_1' },
  title: 'One',
  body: 'Do it. <!-- m -->',
  labels: ['muster:task'],
  marker: '<!-- m -->',
};
const made = { number: 2, id: 22, node_id: 'I_2', html_url: 'https://forge.test/2', user: { login: 'muster[bot]' } };
const labels = ['muster', 'muster:task', 'muster:diagnostic'].map((name) => ({ name, node_id: `L_${name}` }));

async function perform(wire: Wire, ...effects: Effect[]) {
  return createGitHubPort(wire.app).perform(effects, AbortSignal.timeout(5000));
}

const done = { status: 'done', result: { kind: 'done' } };

describe('GraphQL that is not there', () => {
  it.each([404, 405, 501, 400])('%i on its address: over REST at once, and it is not asked again', async (status) => {
    const wire = await connect();
    wire.answer('POST', '/graphql', status, { message: 'No such thing' });
    wire.answer('PATCH', `${home}/issues/comments/9`, 200, {});
    wire.answer('PATCH', `${home}/issues/comments/9`, 200, {});
    expect(await perform(wire, edit)).toEqual([done]);
    expect(await perform(wire, edit)).toEqual([done]);
    expect(wire.app.server.gaps()).toEqual(['graphql']);
    expect(wire.logged().match(/No GraphQL/g)).toHaveLength(1);
  });

  it.each([
    [502, { message: 'Bad gateway' }, {}],
    [503, '<html>down</html>', {}],
    [403, { message: 'You have exceeded a secondary rate limit.' }, { 'retry-after': '1' }],
    [429, { message: 'slow down' }, {}],
    [200, { errors: [{ message: 'Something went wrong while executing your query.' }] }, {}],
    [200, { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] }, {}],
    [200, { data: null, errors: [{ type: 'NOT_FOUND', path: ['m0'], message: 'Could not resolve' }] }, {}],
  ])('%i %j is never taken for that', async (status, body, headers) => {
    const wire = await connect();
    wire.answer('POST', '/graphql', status, body, headers);
    const [outcome] = await perform(wire, edit);
    expect(outcome?.status).not.toBe('done');
    expect(wire.app.server.gaps()).toEqual([]);
  });

  it('a broken connection is not taken for that either', async () => {
    const wire = await connect();
    wire.breakOff('POST', '/graphql', 'ECONNRESET');
    expect(await perform(wire, edit)).toMatchObject([{ status: 'ambiguous' }]);
    expect(wire.app.server.gaps()).toEqual([]);
  });
});

describe('GraphQL that never worked', () => {
  const plan: Effect = { kind: 'read-plan', repo, issue: 5 };
  const byRest = (wire: Wire): void => {
    wire.answer('GET', home, 404, { message: 'Not Found' });
  };

  it('and refuses us, is not for us when REST takes the same token', async () => {
    const wire = await connect();
    wire.answer('POST', '/graphql', 403, { message: 'Resource not accessible by integration' });
    byRest(wire);
    expect(await perform(wire, plan)).toMatchObject([{ status: 'refused' }]);
    expect(wire.app.server.gaps()).toEqual(['graphql']);
  });

  it('and fails three times, is not there', async () => {
    const wire = await connect();
    for (let tries = 0; tries < 3; tries++) wire.answer('POST', '/graphql', 500, '<pre>Error</pre>');
    expect(await perform(wire, plan)).toMatchObject([{ status: 'transient' }]);
    expect(await perform(wire, plan)).toMatchObject([{ status: 'transient' }]);
    expect(wire.app.server.gaps()).toEqual([]);
    byRest(wire);
    expect(await perform(wire, plan)).toMatchObject([{ status: 'refused' }]);
    expect(wire.app.server.gaps()).toEqual(['graphql']);
  });

  it('but not where it had worked before', async () => {
    const wire = await connect();
    wire.answer('POST', '/graphql', 200, { data: { m0: { issueComment: { id: 'C_9' } } } });
    await perform(wire, edit);
    for (let tries = 0; tries < 4; tries++) wire.answer('POST', '/graphql', 500, '<pre>Error</pre>');
    for (let tries = 0; tries < 4; tries++) expect(await perform(wire, plan)).toMatchObject([{ status: 'transient' }]);
    wire.answer('POST', '/graphql', 403, { message: 'Resource not accessible by integration' });
    expect(await perform(wire, plan)).toMatchObject([{ status: 'broken' }]);
    expect(wire.app.server.gaps()).toEqual([]);
  });
});

describe('GitHub itself', () => {
  it.each(['https://api.github.com', 'https://api.acme.ghe.com'])(
    '%s lacks nothing, however long it is out of order',
    async (apiUrl) => {
      const server = createServer(apiUrl, { warn: () => {} });
      const down = Object.assign(new Error('no server'), {
        status: 502,
        response: { status: 502, headers: {}, data: '' },
      });
      for (let tries = 0; tries < 10; tries++) {
        const asked = askEitherWay(
          server,
          'readPlan',
          () => Promise.reject(down),
          () => Promise.resolve('by REST'),
        );
        await expect(asked).rejects.toBe(down);
      }
      expect([server.gaps(), server.speaks('readPlan')]).toEqual([[], true]);
    },
  );
});

describe('what others learned', () => {
  it('is taken over, what is a day old is asked anew', async () => {
    const wire = await connect();
    const note = (what: string, ageMs: number) => ({ key: `lacks https://api.forge.test ${what}`, value: true, ageMs });
    const kept = [note('graphql', 1000), note('operation readPlan', 0), note('dependencies', 25 * 3_600_000)];
    const written: string[] = [];
    await wire.app.server.recall({
      read: async (prefix) => kept.filter(({ key }) => key.startsWith(prefix)),
      write: async (key) => void written.push(key),
      erase: async () => {},
    });
    expect([...wire.app.server.gaps()]).toEqual(['graphql']);
    expect(wire.app.server.speaks('readPlan')).toBe(false);
    wire.app.server.learn('dependencies', 'test');
    expect(written).toEqual(['lacks https://api.forge.test dependencies']);
    await perform(wire, edit);
  });
});

describe('an App that a server does not tell about', () => {
  it('is named by its installations, of which number 0 is an example only', async () => {
    const wire = await connect();
    const page = { 'content-type': 'text/html' };
    wire.answer('GET', '/app', 200, '<!doctype html><div></div>', page);
    wire.answer('GET', '/app/installations?per_page=100&page=1', 200, [{ id: 0 }, { id: 3, app_slug: 'helper' }]);
    expect(await wire.app.identity()).toMatchObject({ slug: 'helper', login: 'helper[bot]' });
    wire.answer('GET', '/app/installations?per_page=100&page=1', 200, [{ id: 0 }, { id: 3, app_slug: 'helper' }]);
    expect((await wire.app.installations()).map(({ id }) => id)).toEqual([3]);
    await perform(wire, edit).catch(() => undefined);
  });

  it('is not accepted where that fails too', async () => {
    const wire = await connect();
    wire.answer('GET', '/app', 404, { message: 'Integration not found' });
    wire.answer('GET', '/app/installations?per_page=100&page=1', 404, { message: 'Integration not found' });
    await expect(wire.app.identity()).rejects.toMatchObject({ status: 404, message: 'Integration not found' });
    await perform(wire, edit).catch(() => undefined);
  });
});

describe('GraphQL that lacks something', () => {
  it.each([
    ["Field 'addBlockedBy' doesn't exist on type 'Mutation'", { extensions: { code: 'undefinedField' } }, 200],
    ['Cannot query field "addBlockedBy" on type "Mutation".', {}, 400],
    ['Variable "$m0" got invalid value; Field "issueId" is not defined by type "AddBlockedByInput".', {}, 400],
  ])('%s: that mutation alone goes over REST', async (message, more, status) => {
    const wire = await connect();
    wire.answer('POST', '/graphql', status, { errors: [{ message, ...more }] });
    wire.answer('POST', `${home}/issues/3/dependencies/blocked_by`, 201, {});
    wire.answer('POST', '/graphql', 200, { data: { m0: { issueComment: { id: 'C_9' } } } });
    expect(await perform(wire, edge(3, 2))).toEqual([done]);
    expect(await perform(wire, edit)).toEqual([done]);
    expect(wire.app.server.gaps()).toEqual(['graphql-parts']);
  });

  it('finds out which of several mutations it was', async () => {
    const wire = await connect();
    const unknown = {
      errors: [{ message: "Field 'addBlockedBy' doesn't exist", extensions: { code: 'undefinedField' } }],
    };
    wire.answer('POST', '/graphql', 200, unknown);
    wire.answer('POST', '/graphql', 200, { data: { m0: { issueComment: { id: 'C_9' } } } });
    wire.answer('POST', '/graphql', 200, unknown);
    wire.answer('POST', `${home}/issues/3/dependencies/blocked_by`, 201, {});
    expect(await perform(wire, edit, edge(3, 2))).toEqual([done, done]);
    expect(wire.app.server.speaks('updateIssueComment')).toBe(true);
    expect(wire.app.server.speaks('addBlockedBy')).toBe(false);
  });

  it('creates and links one by one where issues take no parent', async () => {
    const wire = await connect();
    wire.answer('GET', `${home}/labels?per_page=100&page=1`, 200, labels);
    wire.answer('POST', '/graphql', 200, {
      errors: [{ message: "InputObject 'CreateIssueInput' doesn't accept argument 'parentIssueId'" }],
    });
    wire.answer('POST', `${home}/issues`, 201, made);
    wire.answer('POST', `${home}/issues/1/sub_issues`, 201, {});
    expect(await perform(wire, sub)).toMatchObject([{ status: 'done', result: { issue: { number: 2, id: 22 } } }]);
  });

  it('answers without sense are looked after like lost ones, and given up for this mutation', async () => {
    const wire = await connect();
    wire.answer('POST', '/graphql', 200, '<html>welcome</html>', { 'content-type': 'text/html' });
    wire.answer('POST', '/graphql', 200, { data: null });
    wire.answer('POST', `${home}/issues/3/dependencies/blocked_by`, 201, {});
    expect(await perform(wire, edge(3, 2))).toMatchObject([{ status: 'ambiguous' }]);
    expect(await perform(wire, edge(3, 2))).toMatchObject([{ status: 'ambiguous' }]);
    expect(await perform(wire, edge(3, 2))).toEqual([done]);
  });
});

describe('REST routes that are not there', () => {
  it('a parent without sub-issues gets a plain issue; a parent that is gone does not', async () => {
    const wire = await connect();
    wire.app.server.learn('graphql', 'test');
    wire.answer('POST', `${home}/issues`, 201, made);
    wire.answer('POST', `${home}/issues/1/sub_issues`, 404, { message: 'Not Found' });
    wire.answer('GET', `${home}/issues/1`, 200, { number: 1 });
    wire.answer('POST', `${home}/issues`, 201, made);
    expect(await perform(wire, sub)).toMatchObject([{ status: 'done' }]);
    expect(await perform(wire, sub)).toMatchObject([{ status: 'done' }]);
    expect(wire.app.server.gaps()).toEqual(['graphql', 'sub-issues']);
  });

  it('a link that fails for a moment is looked for before the next try', async () => {
    const wire = await connect();
    wire.app.server.learn('graphql', 'test');
    wire.answer('POST', `${home}/issues`, 201, made);
    wire.answer('POST', `${home}/issues/1/sub_issues`, 502, { message: 'Bad gateway' });
    expect(await perform(wire, sub)).toMatchObject([{ status: 'ambiguous' }]);
    expect(wire.app.server.lacks('sub-issues')).toBe(false);
  });

  it('dependencies become lines, each edit upon the last', async () => {
    const wire = await connect();
    wire.app.server.learn('graphql', 'test');
    wire.app.server.learn('dependencies', 'test');
    wire.answer('GET', `${home}/issues/3`, 200, { number: 3, body: 'Do it.\n\n<!-- muster:x:12345678 -->\n' });
    wire.answer('PATCH', `${home}/issues/3`, 200, {});
    wire.answer('GET', `${home}/issues/3`, 200, { number: 3, body: 'Do it.\n\nNeeds #2\n' });
    expect(await perform(wire, edge(3, 2), edge(3, 2))).toEqual([done, done]);
  });

  it('permission comes from the list of collaborators, and an unknown person has none', async () => {
    const wire = await connect();
    const asking = (user: string): Effect => ({ kind: 'check-permission', repo, user });
    wire.answer('GET', `${home}/collaborators/ada/permission`, 404, { message: 'Not Found' });
    wire.answer('GET', `${home}/collaborators?per_page=100&page=1`, 200, [
      { login: 'Ada', permissions: { push: true } },
    ]);
    wire.answer('GET', `${home}/collaborators/eve/permission`, 404, { message: 'Not Found' });
    wire.answer('GET', `${home}/collaborators?per_page=100&page=1`, 404, { message: 'Not Found' });
    expect(await perform(wire, asking('ada'))).toMatchObject([{ result: { permission: 'write' } }]);
    expect(await perform(wire, asking('eve'))).toMatchObject([{ result: { permission: 'none' } }]);
  });

  it('finds its installation by the account', async () => {
    const wire = await connect();
    const other = { owner: 'beta', name: 'tool' };
    wire.answer('GET', '/repos/beta/tool/installation', 404, { message: 'Not Found' });
    wire.answer('GET', '/app/installations?per_page=100&page=1', 200, [
      { id: 7, account: { login: 'Beta' } },
      { id: 8, account: { login: 'gamma' } },
    ]);
    wire.answer('GET', '/installation/repositories?per_page=100&page=1', 404, { message: 'Not Found' });
    expect((await wire.app.installationFor(other)).id).toBe(7);
    await perform(wire, edit).catch(() => undefined);
  });
});

describe('merging elsewhere', () => {
  it('is patient with a pull request that lags behind its branch, and then says what a person can do', async () => {
    const wire = await connect();
    wire.app.server.learn('graphql', 'test');
    wire.app.server.routes.set('three-way-merge', 'there');
    const [old, sha] = ['a'.repeat(40), 'b'.repeat(40)];
    const merge: Effect = { kind: 'merge-pull', repo, number: 9, sha };
    const reasons: unknown[] = [];
    for (let tries = 0; tries < 4; tries++) {
      wire.answer('PUT', `${home}/pulls/9/merge`, 422, { message: 'Head sha is out of date' });
      wire.answer('GET', `${home}/pulls/9`, 200, { number: 9, state: 'open', head: { sha: old, ref: 'muster/1-a' } });
      wire.answer('GET', `${home}/git/ref/heads/muster/1-a`, 200, { object: { sha } });
      const [outcome] = await perform(wire, merge);
      reasons.push(outcome?.status === 'refused' && outcome.merge?.why);
    }
    expect(reasons).toEqual(['head-moved', 'head-moved', 'head-moved', 'other']);
  });

  it('closes the issue that the pull request names, once', async () => {
    const wire = await connect();
    wire.app.server.learn('graphql', 'test');
    wire.app.server.routes.set('three-way-merge', 'there');
    wire.answer('PUT', `${home}/pulls/9/merge`, 200, { sha: 'c0ffee', merged: true });
    wire.answer('GET', `${home}/pulls/9`, 200, {
      number: 9,
      body: 'Closes #2, closes #2, and fixes #3',
      state: 'closed',
    });
    wire.answer('GET', `${home}/issues/2`, 200, { number: 2, state: 'open' });
    wire.answer('PATCH', `${home}/issues/2`, 200, {});
    wire.answer('GET', `${home}/issues/3`, 200, { number: 3, state: 'closed' });
    const outcomes = await perform(wire, { kind: 'merge-pull', repo, number: 9, sha: 'b'.repeat(40) });
    expect(outcomes).toEqual([{ status: 'done', result: { kind: 'merged', sha: 'c0ffee' } }]);
    expect(wire.app.server.lacks('closing-words')).toBe(true);
  });
});

describe('lists', () => {
  const comment = { kind: 'create-comment', repo, issue: 5, body: 'b', marker: 'the mark' } as const;
  const page = (n: number) => `${home}/issues/5/comments?per_page=100&page=${n}`;
  const rows = (count: number, from: number) =>
    Array.from({ length: count }, (_, at) => ({ id: from + at, body: 'the mark', user: { login: 'muster[bot]' } }));

  it('without links are read on while they look full, and not for ever', async () => {
    const wire = await connect();
    wire.answer('GET', '/app', 200, { slug: 'muster' });
    wire.answer('GET', page(1), 200, rows(30, 200));
    wire.answer('GET', page(2), 200, rows(2, 100));
    const found = await createGitHubPort(wire.app).reconcile(comment, AbortSignal.timeout(5000));
    expect(found).toMatchObject({ result: { comment: { id: 100, nodeId: '', url: '' } } });
    wire.answer('GET', page(1), 200, rows(30, 200));
    wire.answer('GET', page(2), 200, rows(30, 200));
    await createGitHubPort(wire.app).reconcile(comment, AbortSignal.timeout(5000));
  });
});

describe('the address of git', () => {
  it.each([
    ['https://api.github.com', 'https://github.com/acme/shop.git', 'https://github.com/acme/shop.git'],
    ['https://api.github.com', null, 'https://github.com/acme/shop.git'],
    ['https://ghe.corp/api/v3', 'https://ghe.corp/acme/shop.git', 'https://ghe.corp/acme/shop.git'],
    ['https://api.acme.ghe.com', 'https://acme.ghe.com/acme/shop.git', 'https://acme.ghe.com/acme/shop.git'],
    ['https://forge.test', 'https://github.com/acme/shop.git', 'https://forge.test/acme/shop.git'],
    ['http://127.0.0.1:4000', 'https://forge.test/acme/shop.git', 'http://127.0.0.1:4000/acme/shop.git'],
    ['http://127.0.0.1:4000', 'http://localhost:5000/acme/shop.git', 'http://localhost:5000/acme/shop.git'],
    ['https://api.github.com', 'https://evil.test/acme/shop.git', 'https://github.com/acme/shop.git'],
  ])('of %s, which says %s', (api, claimed, address) => {
    expect(cloneAddress(api, claimed, repo)).toBe(address);
  });
});

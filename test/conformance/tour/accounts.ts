import { asUser, clientWith } from '../../sandbox/local-github.ts';
import { type Place, shop } from './place.ts';

/** The App, its installation and tokens, accounts, the repository and its people. */
export async function visitAccounts({
  app,
  bot,
  nobody,
  ada,
  rita,
  stan,
  sandbox,
  installation,
}: Place): Promise<void> {
  const tokens = `/app/installations/${sandbox.app.installationId}/access_tokens`;
  await app('GET', '/app', 200);
  await nobody('GET', '/app', 401);
  await app('GET', '/app/installations', 200);
  await app('GET', '/app/installations?per_page=1', 200);
  await app('POST', tokens, 201);
  await app('POST', tokens, 201, { permissions: { issues: 'read' } });
  await app('POST', tokens, 201, { repositories: ['shop'], permissions: { contents: 'write' } });
  await app('POST', tokens, 422, { repositories: ['no-such'] });
  await app('POST', tokens, 422, { permissions: { administration: 'write' } });
  await app('POST', '/app/installations/1000001/access_tokens', 404);
  await nobody('POST', tokens, 401);
  await bot('GET', '/installation/repositories', 200);
  await bot('GET', '/installation/repositories?per_page=1&page=2', 200);
  await ada('GET', '/installation/repositories', 403);
  await nobody('GET', '/installation/repositories', 401);
  await app('GET', `${shop}/installation`, 200);
  await app('GET', '/repos/acme/no-such/installation', 404);

  await bot('GET', '/users/ada', 200);
  await bot('GET', `/users/${sandbox.app.slug}[bot]`, 200);
  await bot('GET', '/users/acme', 200);
  await bot('GET', '/users/no-such-login', 404);
  await bot('GET', '/rate_limit', 200);
  await nobody('GET', '/rate_limit', 200);

  for (const ask of [bot, ada, rita, nobody]) await ask('GET', shop, 200);
  await ada('GET', '/repos/acme/vault', 200);
  await bot('GET', '/repos/acme/vault', 200);
  await nobody('GET', '/repos/acme/vault', 404);
  await stan('GET', '/repos/acme/vault', 404);
  for (const login of ['ada', 'wes', 'rita', 'stan']) {
    await bot('GET', `${shop}/collaborators/${login}/permission`, 200);
  }
  await bot('GET', `${shop}/collaborators/no-such-login/permission`, 404);

  await bot('POST', `${shop}/labels`, 201, { name: 'bug', color: 'd73a4a', description: 'Something is wrong' });
  await bot('POST', `${shop}/labels`, 201, { name: 'plain' });
  await bot('POST', `${shop}/labels`, 422, { name: 'bug', color: 'd73a4a' });
  await bot('POST', `${shop}/labels`, 422, { color: 'd73a4a' });
  await bot('POST', `${shop}/labels`, 422, { name: 'x'.repeat(51) });
  await rita('POST', `${shop}/labels`, 403, { name: 'mine' });
  await bot('GET', `${shop}/labels`, 200);
  await bot('GET', `${shop}/labels?per_page=1&page=2`, 200);

  const reader = await installation({ permissions: { metadata: 'read' } });
  await reader('GET', `${shop}/contents/README.md`, 403);
  await reader('POST', `${shop}/issues`, 403, { title: 'may not' });
  await reader('POST', `${shop}/issues/1/comments`, 403, { body: 'may not' });
  await reader('POST', `${shop}/pulls`, 403, { title: 'may not', head: 'a', base: 'main' });
  await reader('POST', `${shop}/pulls/1/reviews`, 403, { event: 'APPROVE' });
}

/** Answers that have nothing to do with what was asked. */
export async function visitGeneralRefusals(place: Place): Promise<void> {
  const { sandbox, bot } = place;
  const wrong = clientWith(sandbox, 'token ghs_wrong');
  if ((await wrong('GET', shop)).status !== 401) throw new Error('a wrong token was not refused');
  const odd = asUser(sandbox, 'ada');
  if ((await odd('GET', shop, undefined, { 'x-github-api-version': '1999-01-01' })).status !== 400) {
    throw new Error('an unknown API version was not refused');
  }
  await bot('POST', `${shop}/issues`, 400, ['not', 'an', 'object']);
  sandbox.faults.secondaryLimit.rate = 1;
  await bot('GET', shop, 403);
  sandbox.faults.secondaryLimit.rate = 0;
  sandbox.faults.serverError.rate = 1;
  await bot('GET', shop, 502);
  sandbox.faults.serverError.rate = 0;
}

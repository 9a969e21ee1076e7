import type { Json } from '../../sandbox/local-github.ts';
import { cloneAs } from '../../sandbox/work-tree.ts';
import { openIssue } from './issues.ts';
import { type Ask, type Place, shop } from './place.ts';

const pulls = `${shop}/pulls`;

async function openPull(as: Ask, fields: Record<string, unknown>): Promise<{ at: string; pull: Json }> {
  const pull = await as('POST', pulls, 201, { base: 'main', ...fields });
  return { at: `${pulls}/${pull.number}`, pull };
}

/** A pull request from its opening to its landing, and those that do not land. */
export async function visitPulls(place: Place): Promise<void> {
  const { bot, ada, wes, rita, work, sandbox } = place;
  const issue = await openIssue(wes, { title: 'To be closed by its pull request' });
  await work.push('topic', { 'topic.txt': 'one\n', 'README.md': '# Shop\n\nMore.\n' });
  sandbox.faults.mergeableNullFirst = true;
  const { at } = await openPull(bot, { title: 'Topic', head: 'topic', body: `Closes #${issue.number}` });
  await bot('GET', at, 200);
  sandbox.faults.mergeableNullFirst = false;
  await bot('GET', at, 200);
  await bot('POST', pulls, 422, { title: 'Again', head: 'topic', base: 'main' });
  await bot('POST', pulls, 422, { title: 'No head', head: 'no-such', base: 'main' });
  await bot('POST', pulls, 422, { head: 'topic', base: 'main' });
  await rita('PATCH', at, 403, { title: 'Not hers' });
  await bot('PATCH', at, 200, { title: 'Topic, renamed', body: 'Another text' });
  await bot('PATCH', at, 200, { body: `Closes #${issue.number}` });
  await bot('PATCH', at, 422, { state: 'sideways' });
  await bot('PATCH', at, 422, { base: 'no-such' });
  await bot('PATCH', at, 200, { state: 'closed' });
  await bot('GET', at, 200);
  await bot('PUT', `${at}/merge`, 405);
  await bot('PATCH', at, 200, { state: 'open' });

  await wes('POST', `${at}/reviews`, 200, { event: 'COMMENT', body: 'A remark' });
  await wes('POST', `${at}/reviews`, 200, { event: 'REQUEST_CHANGES', body: 'Not yet' });
  await ada('POST', `${at}/reviews`, 200, { event: 'APPROVE' });
  await wes('POST', `${at}/reviews`, 422, { event: 'COMMENT', body: '' });
  await bot('POST', `${at}/reviews`, 422, { event: 'APPROVE' });
  await bot('GET', `${at}/reviews`, 200);
  const stale = await bot('GET', at, 200);
  await work.push('topic', { 'topic.txt': 'two\n', 'renamed.md': 'x\n' });
  await sandbox.drained();
  await bot('GET', `${at}/files`, 200);
  await bot('GET', `${at}/commits`, 200);
  await bot('PATCH', `${shop}/issues/${stale.number}`, 200, { labels: ['bug'], assignees: ['ada'] });
  await bot('POST', `${shop}/issues/${stale.number}/comments`, 201, { body: 'On a pull request' });
  await bot('GET', `${shop}/issues/${stale.number}`, 200);

  await bot('PUT', `${at}/merge`, 409, { sha: stale.head?.sha });
  await rita('PUT', `${at}/merge`, 403);
  await bot('PUT', `${pulls}/9999/merge`, 404);
  await bot('PUT', `${at}/merge`, 422, { merge_method: 'glue' });
  await bot('PUT', `${at}/merge`, 200, { merge_method: 'merge' });
  await bot('PUT', `${at}/merge`, 405);
  for (const ask of [bot, wes]) await ask('GET', at, 200);
  await bot('GET', `${shop}/issues/${stale.number}`, 200);
  await bot('GET', `${shop}/issues/${issue.number}`, 200);
  await visitConflict(place);
  await visitProtected(place);
  for (const query of ['', '?state=all', '?state=closed&head=acme:topic&base=main', '?sort=updated&direction=desc']) {
    await bot('GET', `${pulls}${query}`, 200);
  }
  await bot('GET', `${pulls}?state=all&per_page=1&page=2`, 200);
  for (const path of ['', '/files', '/commits', '/reviews']) await bot('GET', `${pulls}/9999${path}`, 404);
  await wes('POST', `${pulls}/9999/reviews`, 404, { event: 'APPROVE' });
}

/** A draft, a change of base, and two heads that cannot both land. */
async function visitConflict({ bot, wes, work }: Place): Promise<void> {
  await work.git('fetch', '--quiet', 'origin');
  await work.push('left', { 'same.txt': 'left\n' }, { from: 'origin/main' });
  await work.push('right', { 'same.txt': 'right\n' }, { from: 'origin/main' });
  const left = await openPull(wes, { title: 'Left', head: 'left' });
  const right = await openPull(wes, { title: 'Right', head: 'acme:right', draft: true });
  await wes('PATCH', right.at, 200, { base: 'left' });
  await bot('GET', right.at, 200);
  await wes('PATCH', right.at, 200, { base: 'main' });
  await wes('PUT', `${left.at}/merge`, 200, {
    merge_method: 'squash',
    commit_title: 'Left',
    commit_message: 'Squashed',
  });
  await bot('GET', right.at, 200);
  await bot('PUT', `${right.at}/merge`, 405);
}

/** Where a check is required and branches go with their pull requests. */
async function visitProtected({ bot, wes, sandbox }: Place): Promise<void> {
  const vault = await cloneAs(sandbox, sandbox.userToken('wes'), 'acme/vault');
  const at = '/repos/acme/vault/pulls';
  await vault.push('bad', { broken: 'yes\n' });
  await vault.push('good', { 'good.txt': 'yes\n' });
  await sandbox.drained();
  const bad = await wes('POST', at, 201, { title: 'Bad', head: 'bad', base: 'main' });
  const good = await wes('POST', at, 201, { title: 'Good', head: 'good', base: 'main' });
  await bot('GET', `${at}/${bad.number}`, 200);
  await bot('PUT', `${at}/${bad.number}/merge`, 405);
  await bot('PUT', `${at}/${good.number}/merge`, 200, { sha: good.head?.sha });
  await bot('GET', `${at}/${good.number}`, 200);
  for (const branch of ['bad', 'main']) {
    await bot('GET', `/repos/acme/vault/commits/${branch}/check-runs`, 200);
    await bot('GET', `/repos/acme/vault/commits/${branch}/status`, 200);
  }
}

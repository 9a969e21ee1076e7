import type { Json } from '../../sandbox/local-github.ts';
import { type Ask, type Place, shop } from './place.ts';

const issues = `${shop}/issues`;

export async function openIssue(as: Ask, fields: Record<string, unknown>): Promise<{ number: string; id: number }> {
  const issue = await as('POST', issues, 201, fields);
  return { number: String(issue.number), id: Number(issue.id) };
}

/** Issues with their labels, comments and reactions. */
export async function visitIssues(place: Place): Promise<void> {
  const { bot, wes, rita, nobody } = place;
  const first = await openIssue(wes, { title: 'First', body: 'Text', labels: ['bug'], assignees: ['ada'] });
  const second = await openIssue(bot, { title: 'Second', labels: ['fresh'] });
  await openIssue(rita, { title: 'Without a body' });
  await bot('POST', issues, 422, {});
  await bot('POST', issues, 422, { title: 'x'.repeat(257) });
  await bot('POST', issues, 422, { title: 'Too long', body: 'x'.repeat(65_537) });
  await wes('POST', issues, 422, { title: 'Unknown assignee', assignees: ['no-such-login'] });
  await nobody('POST', issues, 401, { title: 'Who?' });

  const one = `${issues}/${first.number}`;
  await bot('GET', one, 200);
  await bot('GET', `${issues}/9999`, 404);
  await wes('PATCH', one, 200, { title: 'Changed', body: 'Changed too' });
  await bot('PATCH', one, 200, { labels: ['bug', { name: 'plain' }], assignees: [] });
  await bot('PATCH', one, 200, { labels: [], body: null });
  for (const reason of ['completed', 'not_planned', 'duplicate']) {
    await bot('PATCH', one, 200, { state: 'closed', state_reason: reason });
    await bot('GET', one, 200);
    await bot('PATCH', one, 200, { state: 'open' });
  }
  await rita('PATCH', one, 403, { title: 'Not hers' });
  await bot('PATCH', `${issues}/9999`, 404, { title: 'Nothing there' });
  await bot('PATCH', one, 422, { state: 'sideways' });

  await bot('POST', `${one}/labels`, 200, { labels: ['bug', 'made by labelling'] });
  await bot('POST', `${one}/labels`, 422, { labels: ['x'.repeat(51)] });
  await bot('DELETE', `${one}/labels/bug`, 200);
  await bot('DELETE', `${one}/labels/bug`, 404);
  await bot('GET', `${one}/events`, 200);
  await bot('GET', `${one}/events?per_page=1&page=2`, 200);
  await bot('GET', `${issues}/9999/events`, 404);
  await bot('POST', `${issues}/9999/labels`, 404, { labels: ['bug'] });

  for (const query of [
    'state=all',
    'labels=fresh',
    'creator=rita&state=all',
    'since=2020-01-01T00:00:00Z&sort=updated',
  ]) {
    await bot('GET', `${issues}?${query}&per_page=100`, 200);
  }
  await bot('GET', `${issues}?per_page=1&page=2`, 200);
  await bot('GET', `${issues}?since=whenever`, 422);
  await visitComments(place, second.number);
}

async function visitComments({ bot, wes, rita }: Place, number: string): Promise<void> {
  const made: Json = await bot('POST', `${issues}/${number}/comments`, 201, { body: 'From the App' });
  await wes('POST', `${issues}/${number}/comments`, 201, { body: 'From a person' });
  await bot('POST', `${issues}/${number}/comments`, 422, {});
  await bot('POST', `${issues}/${number}/comments`, 422, { body: 'x'.repeat(65_537) });
  await bot('POST', `${issues}/9999/comments`, 404, { body: 'Nothing there' });
  await bot('GET', `${issues}/${number}/comments`, 200);
  await bot('GET', `${issues}/9999/comments`, 404);
  await bot('GET', `${issues}/comments?since=2020-01-01T00:00:00Z&sort=updated&direction=desc`, 200);
  await bot('GET', `${issues}/comments?since=whenever`, 422);
  const comment = `${issues}/comments/${made.id}`;
  await bot('GET', comment, 200);
  await bot('PATCH', comment, 200, { body: 'Edited' });
  await wes('PATCH', comment, 200, { body: 'Edited by a person' });
  await rita('PATCH', comment, 403, { body: 'Not hers' });
  await bot('PATCH', comment, 422, { body: '' });
  for (const content of ['+1', 'eyes', 'rocket']) await bot('POST', `${comment}/reactions`, 201, { content });
  await bot('POST', `${comment}/reactions`, 200, { content: '+1' });
  await bot('POST', `${comment}/reactions`, 422, { content: 'applause' });
  await bot('POST', `${issues}/${number}/reactions`, 201, { content: 'eyes' });
  await bot('POST', `${issues}/${number}/reactions`, 200, { content: 'eyes' });
  await bot('POST', `${issues}/${number}/reactions`, 422, { content: 'applause' });
  await bot('POST', `${issues}/9999/reactions`, 404, { content: 'eyes' });
  await bot('GET', comment, 200);
  await bot('DELETE', comment, 204);
  await bot('GET', comment, 404);
  await bot('DELETE', comment, 404);
  await bot('POST', `${comment}/reactions`, 404, { content: '+1' });
}

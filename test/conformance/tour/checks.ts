import { type Place, shop } from './place.ts';

const runs = `${shop}/check-runs`;
const conclusions = ['success', 'failure', 'neutral', 'cancelled', 'skipped', 'timed_out', 'action_required'];

/** Check runs in all their states, on a commit with a branch and on one that only history has. */
export async function visitChecks({ bot, ada, work, sandbox }: Place): Promise<void> {
  const old = await work.push('checked', { 'checked.txt': '1\n' });
  const head = await work.push('checked', { 'checked.txt': '2\n' });
  await sandbox.drained();
  const output = { title: 'Title', summary: 'Summary', text: 'Text' };
  const queued = await bot('POST', runs, 201, { name: 'queued', head_sha: head });
  await bot('POST', runs, 201, { name: 'old', head_sha: old, status: 'in_progress', external_id: 'x', output });
  for (const conclusion of conclusions) {
    await bot('POST', runs, 201, {
      name: conclusion,
      head_sha: head,
      conclusion,
      details_url: 'https://example.com/log',
    });
  }
  const one = `${runs}/${queued.id}`;
  await bot('GET', one, 200);
  await bot('PATCH', one, 200, { status: 'in_progress', started_at: '2026-01-02T03:04:05Z' });
  await bot('PATCH', one, 200, { status: 'completed', conclusion: 'success', output });
  await bot('PATCH', one, 422, { status: 'completed', conclusion: 'splendid' });
  await bot('GET', one, 200);
  await bot('GET', `${runs}/999999`, 404);
  await bot('PATCH', `${runs}/999999`, 404, { status: 'queued' });
  await bot('POST', runs, 422, { name: 'nowhere', head_sha: '0'.repeat(39).concat('1') });
  await bot('POST', runs, 422, { head_sha: head });
  await ada('POST', runs, 403, { name: 'by hand', head_sha: head });
  for (const ref of ['checked', head, old, 'main']) {
    await bot('GET', `${shop}/commits/${ref}/check-runs`, 200);
    await bot('GET', `${shop}/commits/${ref}/status`, 200);
  }
  await bot('GET', `${shop}/commits/checked/check-runs?filter=all&check_name=queued&per_page=1`, 200);
  await bot('GET', `${shop}/commits/no-such/check-runs`, 422);
  await bot('GET', `${shop}/commits/no-such/status`, 422);
}

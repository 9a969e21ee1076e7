import { describe, expect, it } from 'vitest';
import { asInstallation, asUser, type Client, startReceiver, startWithRepository } from './local-github.ts';

const repo = '/repos/acme/shop';

async function headOf(client: Client): Promise<string> {
  return String((await client('GET', `${repo}/git/ref/heads/main`)).body.object?.sha);
}

describe('check runs', () => {
  it('go from created to completed, with their suite, and say so once', async () => {
    const hook = await startReceiver('s');
    const sandbox = await startWithRepository({ webhook: { url: hook.url, secret: 's' } });
    const app = await asInstallation(sandbox);
    const head_sha = await headOf(app);
    const made = await app('POST', `${repo}/check-runs`, {
      name: 'train',
      head_sha,
      status: 'in_progress',
      external_id: 'x1',
      output: { title: 'Waiting', summary: 'Soon' },
    });
    expect(made).toMatchObject({ status: 201, body: { status: 'in_progress', conclusion: null, external_id: 'x1' } });
    const path = `${repo}/check-runs/${made.body.id}`;
    const done = await app('PATCH', path, { conclusion: 'success', output: { title: 'Landed' } });
    expect(done.body).toMatchObject({
      status: 'completed',
      conclusion: 'success',
      output: { title: 'Landed', summary: 'Soon' },
      app: { slug: 'local-app' },
    });
    await app('PATCH', path, { output: { text: 'more' } });
    expect((await app('GET', path)).body).toMatchObject({ conclusion: 'success', output: { text: 'more' } });
    await sandbox.drained();
    const told = hook.deliveries.filter(({ event }) => event.startsWith('check_'));
    expect(told.map(({ event, action }) => `${event}.${action}`)).toEqual([
      'check_run.created',
      'check_run.completed',
      'check_suite.completed',
    ]);
    expect(told[2]?.payload.check_suite).toMatchObject({ conclusion: 'success', head_sha, latest_check_runs_count: 1 });
  });

  it('count only in their latest version, unless all are asked for', async () => {
    const sandbox = await startWithRepository();
    const app = await asInstallation(sandbox);
    const head_sha = await headOf(app);
    for (const conclusion of ['failure', 'success'])
      await app('POST', `${repo}/check-runs`, { name: 'a', head_sha, conclusion });
    await app('POST', `${repo}/check-runs`, { name: 'b', head_sha });
    const list = async (query: string): Promise<unknown[]> => {
      const { body } = await app('GET', `${repo}/commits/main/check-runs?${query}`);
      const runs = body.check_runs as unknown as { name: string; conclusion: string }[];
      expect(body.total_count).toBe(runs.length);
      return runs.map((run) => [run.name, run.conclusion]);
    };
    expect(await list('')).toEqual([
      ['b', null],
      ['a', 'success'],
    ]);
    expect(await list('filter=all&check_name=a')).toEqual([
      ['a', 'success'],
      ['a', 'failure'],
    ]);
    expect(await list('status=queued')).toEqual([['b', null]]);
  });

  it('are written by Apps only, for commits that exist', async () => {
    const sandbox = await startWithRepository();
    const app = await asInstallation(sandbox);
    const head_sha = await headOf(app);
    const ann = asUser(sandbox, 'ann', 'admin');
    expect((await ann('POST', `${repo}/check-runs`, { name: 'a', head_sha })).status).toBe(403);
    expect((await app('POST', `${repo}/check-runs`, { name: 'a', head_sha: 'f'.repeat(40) })).status).toBe(422);
    expect((await app('POST', `${repo}/check-runs`, { head_sha })).status).toBe(422);
    expect((await app('POST', `${repo}/check-runs`, { name: 'a', head_sha, status: 'completed' })).status).toBe(422);
    expect((await app('GET', `${repo}/check-runs/1`)).status).toBe(404);
  });

  it('show in the combined answers of a commit and a branch', async () => {
    const sandbox = await startWithRepository();
    await sandbox.createRepository({
      owner: 'acme',
      name: 'strict',
      requiredChecks: ['ci', 'lint'],
      seedFrom: { files: { a: 'a' } },
    });
    const ann = asUser(sandbox, 'ann');
    expect((await ann('GET', `${repo}/commits/main/status`)).body).toMatchObject({
      state: 'pending',
      total_count: 0,
      statuses: [],
    });
    expect((await ann('GET', `${repo}/rules/branches/main`)).body).toEqual([]);
    expect((await ann('GET', '/repos/acme/strict/rules/branches/main')).body).toMatchObject([
      {
        type: 'required_status_checks',
        parameters: { required_status_checks: [{ context: 'ci' }, { context: 'lint' }] },
      },
    ]);
    expect((await ann('GET', '/repos/acme/strict/rules/branches/any/other')).body).toEqual([]);
    expect((await ann('GET', '/repos/acme/strict/branches/main')).body.protected).toBe(true);
  });
});

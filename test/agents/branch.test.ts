import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PushAccess } from '../../src/agents/mirror.ts';
import { git } from '../../src/git/run.ts';
import { serveGit } from '../git/smart-http.ts';
import { eventually, exists, expectDelivered, expectFailed, listening, setUpBench, writeScript } from './bench.ts';

describe('the branch on GitHub', () => {
  it('is replaced by a later attempt when only Muster wrote to it', async () => {
    const bench = await setUpBench();
    const first = bench.spec();
    const one = expectDelivered(await bench.runner('echo one > a').run(first, listening()));
    const second = bench.spec({ attempt: 2, expectedHead: one.sha });
    const two = expectDelivered(await bench.runner('ls > seen; echo two > a').run(second, listening()));
    expect(await bench.head(first.branch)).toBe(two.sha);
    expect(await bench.read(two.sha, 'seen')).toBe('README.md\nseen\n');
    expect((await bench.subjectAndBody(`${two.sha}^`)).subject).toBe('Start');
  });

  it('is reached over smart HTTP with a token that no agent and no file below the data directory keeps', async () => {
    const bench = await setUpBench();
    const server = await serveGit(bench.base, { credential: 'x-access-token:ghs_secretsecret' });
    const pushAccess = (): Promise<PushAccess> =>
      Promise.resolve({ url: server.url('origin.git'), username: 'x-access-token', token: 'ghs_secretsecret' });
    const runner = bench.runner('env > env; echo 1 > a', { pushAccess, allowLocalPath: false });
    const delivery = expectDelivered(await runner.run(bench.spec(), listening()));
    expect(await bench.head(bench.spec().branch)).toBe(delivery.sha);
    expect(await bench.read(delivery.sha, 'env')).not.toContain('ghs_');
    expect(await readdir(join(bench.dataDir, 'askpass'))).toEqual([]);
    const local = bench.runner('true', { allowLocalPath: false }).run(bench.spec({ attempt: 2 }), listening());
    expect((await local).status).toBe('undecided');
  });

  it('keeps a commit of a human, on which the next attempt builds', async () => {
    const bench = await setUpBench();
    const spec = bench.spec();
    await bench.runner('echo one > a').run(spec, listening());
    const human = await bench.commit(spec.branch, { fix: 'by hand\n' }, 'Fix it by hand');
    const again = bench.spec({ attempt: 2 });
    const delivery = expectDelivered(await bench.runner('cat fix > seen').run(again, listening()));
    expect(await bench.read(delivery.sha, 'seen')).toBe('by hand\n');
    expect(delivery.baseSha).toBe(bench.baseSha);
    expect(delivery.files.map(({ path }) => path)).toEqual(['a', 'fix', 'seen']);
    const third = expectDelivered(await bench.runner('echo 3 > third').run(bench.spec({ attempt: 3 }), listening()));
    expect(await bench.files(third.sha)).toEqual(['README.md', 'a', 'fix', 'seen', 'third']);
    const untouched = expectDelivered(await bench.runner('true').run(bench.spec({ attempt: 4 }), listening()));
    expect(untouched.sha).toBe(third.sha);
    expect(human).not.toBe(third.sha);
  });

  it('moved while the agent worked: nothing is overwritten and nothing counted', async () => {
    const bench = await setUpBench();
    const spec = bench.spec();
    const gate = join(bench.base, 'shared', 'gate');
    await writeScript(join(bench.base, 'shared', 'agent.sh'), [
      `until [ -e ${gate} ]; do sleep 0.02; done`,
      'echo 1 > a',
    ]);
    const running = bench.runner(join(bench.base, 'shared', 'agent.sh')).run(spec, listening());
    await eventually(async () =>
      exists(join(bench.dataDir, 'work', 'acme', 'widgets', spec.orchestration, 't1', 'a1', 'io', 'task.json')),
    );
    const human = await bench.commit(spec.branch, { x: 'x' });
    await writeFile(gate, '');
    expect(await running).toMatchObject({ status: 'undecided', message: expect.stringContaining(spec.branch) });
    expect(await bench.head(spec.branch)).toBe(human);
  });

  it('that the server refuses is a failure with its words', async () => {
    const bench = await setUpBench();
    // Our git runs no hooks, so the refusal comes from a setting of the receiving repository.
    await git(['config', 'receive.maxInputSize', '10'], { gitDir: bench.origin });
    const failed = expectFailed(await bench.runner('head -c 5000 /dev/urandom > a').run(bench.spec(), listening()));
    expect(failed.class).toBe('github_refused');
  });

  it('already carries this very attempt: it is adopted, and the agent is not run again', async () => {
    const bench = await setUpBench();
    const spec = bench.spec({ verify: 'test -f a' });
    const runner = bench.runner('echo said; echo $$ > a');
    expect(await runner.adopt(spec)).toBeNull();
    const delivery = expectDelivered(await runner.run(spec, listening()));
    expect(await runner.adopt(spec)).toEqual(delivery);
    const elsewhere = bench.runner('exit 1', { dataDir: join(bench.base, 'other') });
    expect(await elsewhere.adopt(spec)).toEqual({ ...delivery, said: '' });
    expect(expectDelivered(await elsewhere.run(spec, listening())).sha).toBe(delivery.sha);
    expect(await elsewhere.adopt(bench.spec({ attempt: 2 }))).toBeNull();
    expect(await elsewhere.adopt(bench.spec({ task: 't9' }))).toBeNull();
  });

  it('could not be reached after the work: the next run pushes it without running the agent again', async () => {
    const bench = await setUpBench();
    const spec = bench.spec();
    let reachable = 1;
    const pushAccess = (): Promise<{ url: string; username: string; token: string }> => {
      reachable -= 1;
      const url = reachable >= 0 ? bench.origin : join(bench.base, 'nowhere.git');
      return Promise.resolve({ url, username: '', token: '' });
    };
    const result = await bench.runner('echo once > a', { pushAccess }).run(spec, listening());
    expect(result.status).toBe('undecided');
    const delivery = expectDelivered(await bench.runner('exit 1').run(spec, listening()));
    expect(await bench.read(delivery.sha, 'a')).toBe('once\n');
    expect(await bench.head(spec.branch)).toBe(delivery.sha);
  });
});

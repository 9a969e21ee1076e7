import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { asUser, onCleanup, startReceiver, temporaryDir } from './local-github.ts';

const program = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
const repo = '/repos/acme/shop';

interface Child {
  readonly url: string;
  readonly token: string;
  kill(): Promise<void>;
}

/** The local GitHub in a process of its own, over `dir`. */
async function startChild(dir: string, hook: string): Promise<Child> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', program, dir, hook], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onCleanup(kill);
  const text = await new Promise<string>((resolve, reject) => {
    let seen = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString('utf8');
      if (seen.includes('\n')) resolve(seen);
    });
    child.once('exit', (code) => reject(new Error(`the child ended with ${code}`)));
  });
  return { ...(JSON.parse(text) as { url: string; token: string }), kill };
}

async function reopen(dir: string): Promise<Sandbox> {
  const sandbox = await startSandbox({ dir });
  onCleanup(() => sandbox.close());
  return sandbox;
}

describe('kill -9', () => {
  it('amid writes loses nothing that was answered, and repeats nothing', async () => {
    const dir = temporaryDir();
    const { url: hook, deliveries } = await startReceiver('hush');
    const answered = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const child = await startChild(dir, hook);
      const headers = { authorization: `token ${child.token}` };
      let stopped = false;
      const write = async (worker: number): Promise<void> => {
        for (let at = 0; !stopped; at += 1) {
          const title = `r${round}w${worker}n${at}`;
          const sent = fetch(`${child.url}${repo}/issues`, {
            method: 'POST',
            headers,
            body: JSON.stringify({ title }),
          });
          const response = await sent.catch(() => null);
          if (response === null || response.status !== 201) return;
          answered.add(title);
        }
      };
      const writers = [write(0), write(1), write(2), write(3)];
      const enough = answered.size + 40;
      while (answered.size < enough) await new Promise((later) => setImmediate(later));
      await child.kill();
      stopped = true;
      await Promise.all(writers);
    }

    const sandbox = await reopen(dir);
    const client = asUser(sandbox, 'hana');
    const found: Array<{ title: string; number: number; node_id: string }> = [];
    for (let page = 1; ; page += 1) {
      const { body } = await client('GET', `${repo}/issues?state=all&per_page=100&direction=asc&page=${page}`);
      const issues = body as unknown as typeof found;
      found.push(...issues);
      if (issues.length < 100) break;
    }
    const titles = found.map((issue) => issue.title);
    expect(new Set(titles).size).toBe(titles.length);
    expect([...answered].filter((title) => !titles.includes(title))).toEqual([]);
    // At most one request per worker and kill was under way without an answer.
    expect(titles.length - answered.size).toBeLessThanOrEqual(12);
    expect(found.map((issue) => issue.number)).toEqual(found.map((_, at) => at + 1));
    expect(new Set(found.map((issue) => issue.node_id)).size).toBe(found.length);

    sandbox.setWebhook(hook);
    await sandbox.drained();
    const told = new Set(deliveries.map(({ payload }) => String(payload.issue?.title)));
    expect(titles.filter((title) => !told.has(title))).toEqual([]);
  });

  it('keeps keys, tokens, branches and permissions, and frees the directory', async () => {
    const dir = temporaryDir();
    const child = await startChild(dir, 'http://127.0.0.1:1/');
    const response = await fetch(`${child.url}${repo}/branches/main`);
    const before = (await response.json()) as { commit: { sha: string } };
    await expect(startSandbox({ dir })).rejects.toThrow('is in use by process');
    await child.kill();
    const sandbox = await reopen(dir);
    expect(sandbox.userToken('hana')).toBe(child.token);
    const client = asUser(sandbox, 'hana');
    expect((await client('GET', `${repo}/branches/main`)).body.commit?.sha).toBe(before.commit.sha);
    expect((await client('GET', `${repo}/collaborators/hana/permission`)).body.permission).toBe('write');
    const { app } = sandbox;
    await sandbox.close();
    expect((await reopen(dir)).app).toEqual(app);
  });
});

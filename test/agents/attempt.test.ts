import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectDelivered, expectFailed, listening, setUpBench } from './bench.ts';

describe('an attempt that goes well', () => {
  it('pushes what the agent left as one commit of ours on top of the base', async () => {
    const bench = await setUpBench();
    const runner = bench.runner('echo "I greeted."; echo hello > greeting.txt');
    const spec = bench.spec();
    const delivery = expectDelivered(await runner.run(spec, listening()));
    expect(await bench.head(spec.branch)).toBe(delivery.sha);
    expect(delivery).toMatchObject({
      baseSha: bench.baseSha,
      files: [{ path: 'greeting.txt', added: 1, deleted: 0 }],
      verify: null,
      said: 'I greeted.',
      warning: null,
    });
    expect(await bench.files(delivery.sha)).toEqual(['README.md', 'greeting.txt']);
    const commit = await bench.subjectAndBody(delivery.sha);
    expect(commit.subject).toBe('Add a greeting');
    expect(commit.body).toContain('Muster-Task: orch-1-20260101-0000/t1');
    expect(commit.body).toContain('Muster-Attempt: 1');
    expect(commit).toMatchObject({
      author: 'Muster (agent default)',
      email: '1+muster[bot]@users.noreply.example.org',
    });
  });

  it('gives the agent its prompt on stdin, a task file outside the tree and an environment built from nothing', async () => {
    const bench = await setUpBench();
    const runner = bench.runner('cat > prompt; cp "$MUSTER_TASK_FILE" task; env | sort > env; pwd > pwd', {
      agents: { default: { command: '', env: {} } },
    });
    expect(runner.agentNames()).toEqual(['default']);
    const named = bench.runner('', {
      agents: {
        default: {
          command:
            'cat > prompt; cp "$MUSTER_TASK_FILE" task; env | sort > env; touch "$HOME/h" "$TMPDIR/t" "/tmp/muster-test-$$"',
          env: { API_KEY: 'abc12345' },
        },
      },
    });
    const spec = bench.spec();
    const { sha } = expectDelivered(await named.run(spec, listening()));
    expect(await bench.read(sha, 'prompt')).toBe('Add a greeting.\n');
    expect(JSON.parse((await bench.read(sha, 'task')) ?? '')).toEqual({
      orchestration: spec.orchestration,
      issue: 7,
      title: 'Add a greeting',
      body: spec.body,
      section: 'Texts',
      attempt: 1,
      branch: spec.branch,
      base: 'main',
      role: 'work',
      outputs: [],
    });
    const names = ((await bench.read(sha, 'env')) ?? '').split('\n').map((line) => line.split('=')[0] ?? '');
    const fromShell = new Set(['PWD', 'OLDPWD', 'SHLVL', '_', 'MUSTER_RUN_MARK', '']);
    expect(names.filter((name) => !fromShell.has(name))).toEqual([
      ...['API_KEY', 'HOME', 'LANG', 'MUSTER_AGENT', 'MUSTER_ATTEMPT', 'MUSTER_BASE', 'MUSTER_BRANCH', 'MUSTER_ISSUE'],
      ...['MUSTER_ORCHESTRATION', 'MUSTER_OUTCOME_FILE', 'MUSTER_ROLE', 'MUSTER_TASK', 'MUSTER_TASK_FILE', 'PATH'],
      ...['TERM', 'TMPDIR'],
    ]);
  });

  it('finds a repository on its branch whose commits and configuration nobody else sees', async () => {
    const bench = await setUpBench();
    const runner = bench.runner(
      'git status --porcelain > .git/s; mv .git/s status; git branch --show-current > branch; git add -A && git commit -qm "mine" && echo more > more.txt',
    );
    const spec = bench.spec();
    const { sha } = expectDelivered(await runner.run(spec, listening()));
    expect(await bench.read(sha, 'status')).toBe('');
    expect(await bench.read(sha, 'branch')).toBe(`${spec.branch}\n`);
    expect(await bench.files(sha)).toEqual(['README.md', 'branch', 'more.txt', 'status']);
    expect((await bench.subjectAndBody(`${sha}^`)).subject).toBe('Start');
  });

  it('hears progress lines and passes over unreadable ones', async () => {
    const bench = await setUpBench();
    const lines = ['::muster {"percent":35,"stage":"implementation"}', '::muster {oops', '::muster {"percent":350}'];
    const runner = bench.runner(`${lines.map((line) => `echo '${line}'`).join('; ')}; echo done; echo 1 > a`);
    const hooks = listening();
    const delivery = expectDelivered(await runner.run(bench.spec(), hooks));
    expect(hooks.progress).toEqual([
      [35, 'implementation'],
      [100, ''],
    ]);
    expect(hooks.confinements).toHaveLength(1);
    expect(delivery.said).toBe('done');
  });

  it('cleans up behind itself', async () => {
    const bench = await setUpBench();
    await bench.runner('mkdir -p d/e && echo 1 > d/e/f && chmod 000 d/e').run(bench.spec(), listening());
    await bench.runner('mkdir d && echo 1 > d/f').run(bench.spec({ task: 't2', branch: 'muster/8' }), listening());
    const left = await readdir(join(bench.dataDir, 'work'), { recursive: true });
    expect(left.filter((path) => /\/(tree|home|tmp|io|root|index)$/.test(path))).toEqual([]);
    expect(await readdir(join(bench.dataDir, 'askpass')).catch(() => [])).toEqual([]);
  });
});

describe('an attempt that fails', () => {
  it.each([
    [
      'exit code 3 after changes',
      'echo 1 > a; echo "Error: it broke" >&2; echo later >&2; exit 3',
      'crashed',
      'exit code 3',
    ],
    ['nothing changed', 'echo all done', 'no_changes', 'changed no file'],
    ['only an ignored change', 'mkdir .git/x; echo 1 > .git/x/y', 'no_changes', 'changed no file'],
    ['no such command', 'no-such-agent --help', 'spawn_failed', 'could not be started'],
    ['killed', 'echo 1 > a; kill -9 $$', 'crashed', 'exit code 137'],
    [
      'a workflow',
      'mkdir -p .github/workflows; echo "on: push" > .github/workflows/x.yml',
      'policy_violation',
      '.github/workflows/x.yml',
    ],
    ['an escaping link', 'ln -s ../../etc/passwd a', 'policy_violation', 'a: a link that leaves'],
    ['a huge file', 'truncate -s 1T a', 'policy_violation', 'MB'],
  ])('%s', async (_name, command, failureClass, message) => {
    const bench = await setUpBench();
    const spec = bench.spec();
    const failed = expectFailed(await bench.runner(command).run(spec, listening()));
    expect(failed).toMatchObject({ class: failureClass, message: expect.stringContaining(message) });
    expect(await bench.head(spec.branch)).toBeNull();
  });

  it('names the most telling line last, without secrets and without paths of this machine', async () => {
    const bench = await setUpBench();
    const command = 'echo working; echo "Error: cannot log in with hunter2hunter2 at $PWD/x" >&2; echo bye >&2; exit 1';
    const agents = { default: { command, env: { API_TOKEN: 'hunter2hunter2' } } };
    const failed = expectFailed(await bench.runner('', { agents }).run(bench.spec(), listening()));
    expect(failed.evidence.slice(0, 2)).toEqual(['working', 'bye']);
    expect(failed.evidence.at(-1)).toMatch(/^Error: cannot log in with .* at x$/);
    expect(JSON.stringify(failed)).not.toContain('hunter2');
    expect(JSON.stringify(failed)).not.toContain(bench.base);
  });

  it('is stopped at its time limit, and when it falls silent', async () => {
    const bench = await setUpBench();
    const noisy = 'while :; do echo x; sleep 0.05; done';
    const late = await bench.runner(noisy).run(bench.spec({ wallMs: 400 }), listening());
    expect(expectFailed(late).class).toBe('timeout');
    const silent = await bench.runner('sleep 60', { idleMs: 300 }).run(bench.spec(), listening());
    expect(expectFailed(silent).class).toBe('stalled');
  });

  it('keeps the failed tree of the last attempt for a human', async () => {
    const bench = await setUpBench();
    await bench.runner('echo half > a; exit 1').run(bench.spec(), listening());
    await bench.runner('echo 2 > b; echo trouble; exit 1').run(bench.spec({ attempt: 2 }), listening());
    const kept = join(bench.dataDir, 'failed', 'acme+widgets+orch-1-20260101-0000+t1');
    expect((await readdir(join(kept, 'tree'))).filter((name) => name !== '.git')).toEqual(['README.md', 'b']);
    expect(await readFile(join(kept, 'agent.log'), 'utf8')).toContain('trouble');
  });

  it('names the configured agents when asked for another', async () => {
    const bench = await setUpBench();
    const runner = bench.runner('true');
    for (const agent of ['claude', 'constructor']) {
      const failed = expectFailed(await runner.run(bench.spec({ agent }), listening()));
      expect(failed).toMatchObject({ class: 'spawn_failed', message: expect.stringContaining('configured: default') });
    }
  });

  it('says so when the base branch does not exist', async () => {
    const bench = await setUpBench();
    const failed = expectFailed(await bench.runner('true').run(bench.spec({ base: 'nope' }), listening()));
    expect(failed).toMatchObject({ class: 'github_refused', message: expect.stringContaining('nope') });
  });
});

describe('an attempt nobody can judge', () => {
  it('is undecided when it is stopped', async () => {
    const bench = await setUpBench();
    const controller = new AbortController();
    const hooks = { ...listening(controller.signal), onProgress: () => controller.abort() };
    const command = `echo 1 > a; echo '::muster {"percent":1}'; sleep 60`;
    expect(await bench.runner(command).run(bench.spec(), hooks)).toMatchObject({ status: 'undecided' });
    expect(await bench.runner(command).run(bench.spec(), hooks)).toMatchObject({ status: 'undecided' });
    expect(await bench.head(bench.spec().branch)).toBeNull();
  });

  it('is undecided when GitHub cannot be reached', async () => {
    const bench = await setUpBench();
    const pushAccess = (): Promise<never> => Promise.reject(new Error('no token today'));
    const runner = bench.runner('true', { pushAccess });
    expect(await runner.run(bench.spec(), listening())).toEqual({ status: 'undecided', message: 'no token today' });
    expect(await runner.adopt(bench.spec())).toBeNull();
  });
});

describe('several attempts at once', () => {
  it('of one agent keep to its limit and share a mirror', async () => {
    const bench = await setUpBench();
    const counting = 'date +%s%N > start; sleep 0.2; date +%s%N > end';
    const agents = { default: { command: counting, env: {}, maxConcurrent: 1 } };
    const runner = bench.runner('', { agents });
    const specs = ['t1', 't2', 't3'].map((task) => bench.spec({ task, branch: `muster/${task}` }));
    const deliveries = (await Promise.all(specs.map((spec) => runner.run(spec, listening())))).map(expectDelivered);
    const spans = await Promise.all(
      deliveries.map(
        async ({ sha }) => [Number(await bench.read(sha, 'start')), Number(await bench.read(sha, 'end'))] as const,
      ),
    );
    spans.sort(([a], [b]) => a - b);
    for (const [index, [start]] of spans.entries())
      if (index > 0) expect(start).toBeGreaterThan(spans[index - 1]?.[1] ?? 0);
  });
});

import { access, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createAttemptRunner } from '../../src/agents/attempt.ts';
import type { AttemptRunnerOptions } from '../../src/agents/attempt-options.ts';
import { removeTree } from '../../src/agents/place.ts';
import type { AttemptHooks, AttemptResult, AttemptRunner, AttemptSpec } from '../../src/engine/ports.ts';
import { log as gitLog } from '../../src/git/history.ts';
import { commitTree, initBare, listTree, resolveRef, showFile, updateRef } from '../../src/git/plumbing.ts';
import { git } from '../../src/git/run.ts';

const SOMEBODY = { name: 'Somebody', email: 'somebody@example.org' };

/** A repository on "GitHub" (a bare one beside us), a data directory, and runners over them. */
export interface Bench {
  readonly base: string;
  readonly origin: string;
  readonly dataDir: string;
  readonly baseSha: string;
  runner(command: string, options?: Partial<AttemptRunnerOptions>): AttemptRunner;
  spec(over?: Partial<AttemptSpec>): AttemptSpec;
  /** Commits files on top of a branch (or of nothing) and moves it. */
  commit(branch: string, files: Readonly<Record<string, string>>, message?: string): Promise<string>;
  head(branch: string): Promise<string | null>;
  files(revision: string): Promise<string[]>;
  read(revision: string, path: string): Promise<string | null>;
  subjectAndBody(revision: string): Promise<{ subject: string; body: string; author: string; email: string }>;
}

export async function setUpBench(
  files: Readonly<Record<string, string>> = { 'README.md': '# Hello\n' },
): Promise<Bench> {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'muster-agents-')));
  onTestFinished(() => removeTree(base));
  const origin = join(base, 'origin.git');
  await mkdir(origin);
  await initBare(origin);
  const dataDir = join(base, 'data');
  const bench: Bench = {
    base,
    origin,
    dataDir,
    baseSha: '',
    runner(command, options = {}) {
      return createAttemptRunner({
        dataDir,
        agents: { default: { command, env: {} } },
        pushAccess: () => Promise.resolve({ url: origin, username: '', token: '' }),
        allowLocalPath: true,
        committer: { name: 'muster[bot]', email: '1+muster[bot]@users.noreply.example.org' },
        idleMs: 15_000,
        graceMs: 500,
        outputBytes: 64 * 1024,
        secrets: () => [],
        log: () => undefined,
        ...options,
      });
    },
    spec(over = {}) {
      return {
        key: 'acme/widgets/orch-1-20260101-0000.run-attempt.t1.1',
        orchestration: 'orch-1-20260101-0000',
        repo: { owner: 'acme', name: 'widgets', nodeId: 'R_1', defaultBranch: 'main', cloneUrl: origin },
        issue: 7,
        task: 't1',
        title: 'Add a greeting',
        body: 'Please add `greeting.txt`; see #1.',
        section: 'Texts',
        attempt: 1,
        agent: 'default',
        branch: 'muster/7-add-a-greeting',
        base: 'main',
        expectedHead: null,
        prompt: 'Add a greeting.\n',
        role: 'work',
        startBranch: null,
        resumes: false,
        outputs: [],
        wallMs: 20_000,
        verify: null,
        ...over,
      };
    },
    async commit(branch, changed, message = 'A commit by somebody') {
      return commitOn(origin, branch, changed, message);
    },
    head: (branch) => resolveRef(origin, `refs/heads/${branch}`),
    files: async (revision) => (await listTree(origin, revision)).map(({ path }) => path),
    async read(revision, path) {
      const bytes = await showFile(origin, revision, path);
      return bytes === null ? null : Buffer.from(bytes).toString('utf8');
    },
    async subjectAndBody(revision) {
      const [entry] = await gitLog(origin, revision, { limit: 1 });
      if (entry === undefined) throw new Error(`no commit ${revision}`);
      return { subject: entry.subject, body: entry.body, author: entry.author.name, email: entry.author.email };
    },
  };
  return { ...bench, baseSha: await bench.commit('main', files, 'Start') };
}

async function commitOn(
  gitDir: string,
  branch: string,
  files: Readonly<Record<string, string>>,
  message: string,
): Promise<string> {
  const ref = `refs/heads/${branch}`;
  const old = await resolveRef(gitDir, ref);
  const indexFile = join(dirname(gitDir), `index-${branch.replaceAll('/', '-')}`);
  await git(old === null ? ['read-tree', '--empty'] : ['read-tree', old], { gitDir, indexFile });
  for (const [path, content] of Object.entries(files)) {
    const { stdout } = await git(['hash-object', '-w', '--stdin'], { gitDir, input: content });
    await git(['update-index', '--add', '--cacheinfo', `100644,${stdout.trim()},${path}`], { gitDir, indexFile });
  }
  const { stdout } = await git(['write-tree'], { gitDir, indexFile });
  await rm(indexFile);
  const parents = old === null ? [] : [old];
  const sha = await commitTree(gitDir, { tree: stdout.trim(), parents, message, author: SOMEBODY, date: new Date(0) });
  await updateRef(gitDir, ref, sha, old);
  return sha;
}

/** Hooks that write down what they hear. */
export function listening(signal: AbortSignal = new AbortController().signal): AttemptHooks & {
  readonly confinements: string[];
  readonly progress: [number, string][];
} {
  const confinements: string[] = [];
  const progress: [number, string][] = [];
  return {
    confinements,
    progress,
    onStarted: (confinement) => confinements.push(confinement),
    onProgress: (percent, stage) => progress.push([percent, stage]),
    signal,
  };
}

export function expectDelivered(result: AttemptResult): Extract<AttemptResult, { status: 'delivered' }>['delivery'] {
  if (result.status !== 'delivered') throw new Error(`not delivered: ${JSON.stringify(result, null, 2)}`);
  return result.delivery;
}

export function expectFailed(result: AttemptResult): Extract<AttemptResult, { status: 'failed' }> {
  if (result.status !== 'failed') throw new Error(`not failed: ${JSON.stringify(result, null, 2)}`);
  return result;
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Polls until it is true; throws after `ms`. */
export async function eventually(look: () => Promise<boolean>, ms = 10_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error('it did not become true in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Living processes whose command line contains the text. */
export async function processesNamed(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'latin1').catch(() => '');
    if (line.includes(text)) found.push(Number(name));
  }
  return found;
}

export async function writeScript(path: string, lines: readonly string[]): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 });
  return path;
}

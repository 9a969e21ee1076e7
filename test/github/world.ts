/** A local GitHub with one repository and the App on it, for the tests of this room. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import type { Effect, EffectOutcome, EffectResult, RepoName } from '../../src/engine/ports.ts';
import { createGitHubApp, type GitHubApp, type GitHubAppOptions } from '../../src/github/app.ts';
import { createGitHubPort } from '../../src/github/port.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';

export const repo = { owner: 'acme', name: 'shop' };

export interface Forge {
  readonly sandbox: Sandbox;
  readonly app: GitHubApp;
  readonly port: ReturnType<typeof createGitHubPort>;
  /** `METHOD route` or `METHOD route operation` of every API request since the last look. */
  readonly requests: () => string[];
  /** REST as a human; parses the answer, throws on an error status. */
  readonly as: (login: string, method: string, path: string, body?: unknown) => Promise<Record<string, unknown>>;
  readonly perform: (...effects: Effect[]) => Promise<readonly EffectOutcome[]>;
  /** Pushes one commit on top of `from` (default: main) as the App would, and returns its sha. */
  readonly push: (branch: string, file: string, content: string, to?: RepoName, from?: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

export async function startForge(
  files: Record<string, string> = { 'README.md': '# Shop\n' },
  ci: NonNullable<SandboxOptions['ci']> = { enabled: false },
  apiVersion: NonNullable<GitHubAppOptions['apiVersion']> = '2022-11-28',
  prefix = '',
): Promise<Forge> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-github-'));
  const sandbox = await startSandbox({ dir: join(dir, 'forge'), ci });
  await sandbox.createRepository({ ...repo, seedFrom: { files } });
  const seen: string[] = [];
  const app = await createGitHubApp({
    appId: sandbox.app.id,
    privateKey: sandbox.app.privateKeyPem,
    webhookSecret: sandbox.app.webhookSecret,
    apiUrl: `${sandbox.url}${prefix}`,
    log: pino({ level: 'silent' }),
    pace: { minWriteGapMs: 0 },
    apiVersion,
    onRequest: (method, route, operation) => seen.push([method, route, operation].filter(Boolean).join(' ')),
  });
  const port = createGitHubPort(app);
  return {
    sandbox,
    app,
    port,
    requests: () => seen.splice(0),
    async as(login, method, path, body) {
      const response = await fetch(`${sandbox.url}${path}`, {
        method,
        headers: { authorization: `token ${sandbox.userToken(login)}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text === '' ? {} : JSON.parse(text);
    },
    perform: (...effects) => port.perform(effects, soon()),
    push: async (branch, file, content, to = repo, from = 'origin/main') => {
      // A token minted for this push alone, as agents' work is pushed.
      const access = await app.pushAccess(to);
      const work = join(dir, to.name);
      const address = Object.assign(new URL(access.url), { username: access.username, password: access.token }).href;
      await git(dir, 'init', '-q', work);
      await git(work, 'fetch', '-q', address, '+refs/heads/*:refs/remotes/origin/*');
      await git(work, 'checkout', '-q', '-B', branch, from);
      writeFileSync(join(work, file), content);
      await git(work, 'add', '-A');
      await git(work, 'commit', '-q', '-m', `work on ${branch}`);
      await git(work, 'push', '-q', '-f', address, `HEAD:refs/heads/${branch}`);
      return git(work, 'rev-parse', 'HEAD');
    },
    async close() {
      await sandbox.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Not the synchronous kind: the server being pushed to lives in this process. */
async function git(directory: string, ...args: string[]): Promise<string> {
  const who = ['-c', 'user.name=T', '-c', 'user.email=t@example.com'];
  return (await promisify(execFile)('git', ['-C', directory, ...who, ...args])).stdout.trim();
}

/** The deadline of a test's requests. */
export function soon(): AbortSignal {
  return AbortSignal.timeout(10_000);
}

/** The result of an outcome that should be `done`; the outcome itself tells what went wrong. */
export function resultOf<K extends EffectResult['kind']>(
  outcome: EffectOutcome | null | undefined,
  kind: K,
): Extract<EffectResult, { kind: K }> {
  if (outcome?.status === 'done' && isKind(outcome.result, kind)) return outcome.result;
  throw new Error(`expected ${kind}, got ${JSON.stringify(outcome)}`);
}

function isKind<K extends EffectResult['kind']>(
  result: EffectResult,
  kind: K,
): result is Extract<EffectResult, { kind: K }> {
  return result.kind === kind;
}

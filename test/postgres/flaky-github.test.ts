import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openHttpDoor } from '../../src/apps/http/server.ts';
import { openSandbox } from '../../src/apps/local/laptop.ts';
import { type Person, personAt } from '../../src/apps/local/person.ts';
import { startRuntime } from '../../src/apps/runtime.ts';
import type { Installation } from '../../src/github/installation.ts';
import type { Limits } from '../../src/github/published-limits.ts';
import type { FaultName, RequestLogEntry } from '../../src/sandbox/context.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { type PublishedLimits, passedLimits, sentIn } from '../world/limits.ts';
import { type Watch, watchStore } from '../world/watch.ts';
import { agentFile } from '../world/world.ts';
import { type PostgresServer, startPostgres } from './server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const [owner, name] = ['acme', 'shop'];

const repo = { owner, name };

/** GitHub's limits, made smaller and quicker: an "hour" takes half a minute. */
const small: PublishedLimits = {
  hourMs: 30_000,
  minuteMs: 10_000,
  requestsPerHour: 600,
  restPointsPerMinute: 150,
  graphqlPointsPerMinute: 300,
  creationsPerMinute: 20,
  creationsPerHour: 60,
  writeGapMs: 100,
  atOnce: 20,
};
/** How long a request may be on its way here, where everything runs on one machine that may be busy. */
const slackMs = 5_000;
/** A pause lasts longer than what was already on its way, and what another process had already taken. */
const pauseSeconds = 4;
const lateMs = 2_500;

interface Deployment extends Watch {
  readonly sandbox: Sandbox;
  readonly ada: Person;
  readonly installations: readonly Installation[];
  readonly list: (path: string) => Promise<readonly unknown[]>;
}

/** Two Apps that share one PostgreSQL; webhooks go to the first. */
async function deploy(limits: Limits | null): Promise<Deployment> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-flaky-'));
  const databaseUrl = await server.freshDatabase();
  const sandbox = await openSandbox({ dir, runTests: false });
  await sandbox.createRepository({
    owner,
    name,
    seedFrom: { files: { 'README.md': '# Shop\n', 'shared.txt': 'x\n' } },
  });
  const log = pino({ level: process.env.MUSTER_TEST_LOG ?? 'silent' }, pino.destination(2));
  const start = (member: string) => {
    const dataDir = join(dir, member);
    mkdirSync(dataDir);
    return startRuntime({
      appId: sandbox.app.id,
      privateKey: sandbox.app.privateKeyPem,
      webhookSecret: sandbox.app.webhookSecret,
      apiUrl: sandbox.url,
      limits,
      dataDir,
      databaseUrl,
      agents: { robot: { command: `'${process.execPath}' '${agentFile}'`, env: {} } },
      basePolicy: { agent: 'robot', merge: 'auto', allowUnverified: true, retryDelaySeconds: 1, attempts: 1 },
      tickMs: 1_000,
      graceMs: 2_000,
      coalesceMs: 500,
      httpDeadlineMs: 15_000,
      log,
    });
  };
  const runtimes = [await start('one'), await start('other')] as const;
  const door = await openHttpDoor(runtimes[0], { port: 0, host: '127.0.0.1', log });
  sandbox.setWebhook(`${door.url}/api/github/webhooks`, sandbox.app.webhookSecret);
  onTestFinished(async () => {
    await door.close();
    await Promise.all(runtimes.map((runtime) => runtime.close()));
    await sandbox.close();
    rmSync(dir, { recursive: true, force: true });
  });
  sandbox.setPermission(owner, name, 'ada', 'write');
  const token = sandbox.userToken('ada');
  const ada = personAt({ url: sandbox.url, token, login: 'ada', repo: `${owner}/${name}` });
  const installations = await Promise.all(runtimes.map(({ app }) => app.installationFor(repo)));
  const list = async (path: string): Promise<readonly unknown[]> => {
    const answer = await fetch(`${sandbox.url}/repos/${owner}/${name}${path}`, {
      headers: { authorization: `token ${token}` },
    });
    return (await answer.json()) as readonly unknown[];
  };
  return { sandbox, ada, installations, list, ...watchStore(runtimes[0].store) };
}

const background = Object.entries({
  creationLimit: 0.01,
  lateLanding: 0.1,
  partialGraphql: 0.05,
  secondaryLimit: 0.005,
  tooManyRequests: 0.005,
  serverError: 0.04,
  slow: 0.1,
}) as readonly [FaultName, number][];

/** All of it at once, and each at least once. Resolves when each has struck the App, or all is over. */
async function stir(sandbox: Sandbox, over: AbortSignal): Promise<void> {
  const { faults } = sandbox;
  Object.assign(faults, {
    retryAfterSeconds: pauseSeconds,
    tokenTtlSeconds: 5,
    mergeableNullFirst: true,
    listLagMs: 300,
    primaryLimit: { limit: small.requestsPerHour, windowSeconds: small.hourMs / 1_000 },
  });
  for (const [kind, rate] of background) faults[kind].rate = rate;
  for (const [kind, rate] of background) {
    faults[kind].rate = 1;
    while (!struck(sandbox.requests()).has(kind) && !over.aborted)
      await new Promise((resolve) => setTimeout(resolve, 5));
    faults[kind].rate = rate;
  }
}

function struck(log: readonly RequestLogEntry[]): ReadonlySet<string | undefined> {
  return new Set(log.filter(({ actor }) => actor !== 'ada').map(({ fault }) => fault));
}

/** As sweeps of a large repository would: all at once. What is not sent is not asked again. */
async function readALot(installations: readonly Installation[]): Promise<void> {
  await Promise.all(
    installations.flatMap(({ octokit }) =>
      Array.from({ length: 120 }, async () => {
        await octokit.request('GET /repos/{owner}/{repo}', { owner, repo: name }).catch(() => {});
      }),
    ),
  );
}

/** Titles name the files that are written: those of two plans must not be the same. */
const planOf = (name: string): string =>
  ['first', 'second (needs #1)', 'third fails', 'fourth'].map((what) => `- [ ] ${name} ${what}\n`).join('');

/** Two orchestrations from beginning to end; the request log of GitHub while they went on. */
async function play(deployment: Deployment): Promise<readonly RequestLogEntry[]> {
  const { sandbox, ada, installations, untilTold } = deployment;
  const calm = structuredClone(sandbox.faults);
  const issues = [await ada.openIssue('One', planOf('One')), await ada.openIssue('Other', planOf('Other'))];
  for (const issue of issues) await ada.comment(issue, '/muster run');
  const over = new AbortController();
  const stirring = stir(sandbox, over.signal);
  const reading = readALot(installations);
  for (const issue of issues) {
    const state = await untilTold(issue, 200_000);
    expect(state.phase).toBe('finished');
    expect(state.tasks.map(({ status }) => status)).toEqual(['merged', 'merged', 'failed', 'merged']);
    expect(state.stuck).toEqual([]);
  }
  await reading;
  over.abort();
  await stirring;
  const log = sandbox.requests();
  Object.assign(sandbox.faults, calm);
  return log;
}

const nameOf = (line: string): string => line.replace(/^\d+ /, '').replace(/,.*/, '');

describe('a rate-limited, slow, flaky GitHub', { timeout: 240_000 }, () => {
  it('is asked by two Apps for no more than it allows, and everything ends right', async () => {
    const deployment = await deploy({ ...small, slackMs });
    const log = await play(deployment);
    expect(passedLimits(sentIn(log), small, lateMs)).toEqual([]);
    expect([...struck(log)]).toEqual(expect.arrayContaining(background.map(([kind]) => kind)));
    const ofApp = log.filter(({ actor }) => actor === 'installation' || actor === 'anonymous');
    expect(ofApp.some(({ status }) => status === 401)).toBe(true);
    // whoever is refused without a fault was refused for asking too much
    expect(ofApp.filter(({ status, fault }) => (status === 403 || status === 429) && fault === undefined)).toEqual([]);
    const found = await Promise.all(
      [
        '/issues/1/sub_issues',
        '/issues/2/sub_issues',
        '/pulls?state=all',
        '/issues?labels=muster:diagnostic&state=all',
      ].map(deployment.list),
    );
    expect(found.map(({ length }) => length)).toEqual([4, 4, 6, 2]);
  });

  it('would be asked for more without the budget', async () => {
    const deployment = await deploy(null);
    const passed = passedLimits(sentIn(await play(deployment)), small, lateMs).map(nameOf);
    expect(passed).toContain('ms between two writes');
    expect(passed).toContain('REST points a minute');
  });
});

/** `muster start` on servers that speak GitHub's API in their own way, configured by its documented settings alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { log } from '../../src/git/history.ts';
import { git } from '../../src/git/run.ts';
import type { Shape } from '../world/plain-git.ts';
import { type PlainGitHub, startPlainGitHub } from '../world/plain-github.ts';
import type { PlainOptions } from '../world/plain-world.ts';

interface Run {
  readonly github: PlainGitHub;
  readonly dir: string;
  readonly child: ChildProcess;
  readonly logged: () => string;
  readonly until: (what: string, holds: () => boolean) => Promise<void>;
}

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const root = join(import.meta.dirname, '..', '..');
const files = {
  'README.md': '# Shop\n',
  'src/deep/one.txt': 'one\n',
  'shared.txt': 'nobody yet\n',
  '.github/muster.yml': 'merge: auto\nallow_unverified: true\n',
};

async function start(options: Partial<PlainOptions>): Promise<Run> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-other-'));
  closers.push(() => rmSync(dir, { recursive: true, force: true }));
  const github = await startPlainGitHub({ dir, files, lacks: [], ...options });
  closers.push(() => github.close());
  return startMuster(github, dir);
}

/** May be called again for the same directory once the one before has ended. */
async function startMuster(github: PlainGitHub, dir: string): Promise<Run> {
  const keyFile = join(dir, 'app.pem');
  writeFileSync(keyFile, github.privateKey);
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'src', 'apps', 'cli', 'main.ts'), 'start'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: dir,
      PORT: '0',
      APP_ID: '77',
      PRIVATE_KEY_PATH: keyFile,
      WEBHOOK_SECRET: github.webhookSecret,
      MUSTER_GITHUB_API_URL: github.url,
      MUSTER_DATA_DIR: join(dir, 'data'),
      MUSTER_AGENT_COMMAND: `'${process.execPath}' '${join(root, 'test', 'world', 'agent.mjs')}'`,
      MUSTER_TICK_SECONDS: '1',
      MUSTER_GRACE_MS: '500',
    },
  });
  closers.push(() => stop(child));
  let logged = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    logged += text;
  });
  const until: Run['until'] = async (what, holds) => {
    for (const end = Date.now() + 100_000; !holds(); ) {
      if (Date.now() > end || child.exitCode !== null)
        throw new Error(`not ${what}: ${logged.slice(-3_000)}\n${github.requests.slice(-60).join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await until('listening', () => logged.includes('muster listens for webhooks'));
  github.setWebhook(`http://127.0.0.1:${/"url":"[^"]*:(\d+)"/.exec(logged)?.[1]}/api/github/webhooks`);
  return { github, dir, child, logged: () => logged, until };
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

const titles = [
  'Lay the ground',
  'Build the house (needs #1)',
  'Plant the garden (needs #1)',
  'Move in (needs #2, #3)',
];
const body = `${titles.map((title) => `- [ ] ${title}`).join('\n')}\n`;

/** Asks for the work of four tasks by a comment, and checks everything that everybody can see of it in the end. */
async function carryOut(run: Run): Promise<Done> {
  const number = await run.github.openIssue('Build a home', body);
  await run.github.comment(number, '/muster run');
  return untilDone(run, number);
}

interface Done {
  readonly master: Shape;
  readonly subs: Shape[];
  readonly status: string;
}

async function untilDone({ github, until }: Run, number: number): Promise<Done> {
  const master = github.issues.find((issue) => issue.number === number);
  await until('closed', () => master.state === 'closed');
  const subs = titles.map((title) => github.issues.find((issue) => issue.title === title));
  expect(subs.map((sub) => sub?.state)).toEqual(['closed', 'closed', 'closed', 'closed']);
  expect(github.issues).toHaveLength(5);
  for (const sub of subs) expect(master.body).toMatch(new RegExp(`^- \\[x\\] .*\\(#${sub.number}\\)$`, 'm'));
  expect(github.pulls.map((pull) => [pull.title, pull.merged_at !== null]).sort()).toEqual(
    titles.map((title) => [title, true]).sort(),
  );
  const { gitDir } = github.repository;
  const listed = async (): Promise<number> =>
    (await git(['ls-tree', '-r', '--name-only', 'refs/heads/main', 'work/'], { gitDir })).stdout.trim().split('\n')
      .length;
  // a server whose merges forget is put right after it has told of the merge
  await expect.poll(listed, { timeout: 10_000 }).toBe(4);
  const ours = (await log(gitDir, 'refs/heads/main', { limit: 50 })).filter(({ author }) =>
    author.name.includes('agent'),
  );
  expect(ours).toHaveLength(4);
  const fsck = await git(['fsck', '--strict', '--no-dangling'], { gitDir });
  expect(fsck.stderr).toBe('');
  const bots = github.commentsOn(number).filter((comment) => comment.user.login !== 'ada');
  expect(bots).toHaveLength(2);
  expect(bots[0].body).toContain('4 of 4');
  return { master, subs, status: bots[0].body };
}

/** How often something that the server lacks was asked for all the same. */
function asked(github: PlainGitHub, pattern: RegExp): number {
  return github.requests.filter((request) => pattern.test(request)).length;
}

describe('the whole job on a server of another kind', () => {
  it('REST and git, without GraphQL', async () => {
    const run = await start({ checks: true });
    const { master, subs, status } = await carryOut(run);
    expect(master.subs).toEqual(subs.map((sub) => sub.id));
    expect(subs.map((sub) => sub.blockers)).toEqual([[], [subs[0].id], [subs[0].id], [subs[1].id, subs[2].id]]);
    expect(status).toContain('No GraphQL');
    expect(status).not.toContain('No sub-issues');
    // 👀 goes out beside the other first question: two may be on their way before either is answered
    expect(asked(run.github, /graphql/)).toBeLessThanOrEqual(2);
    expect(run.logged().match(/No GraphQL/g)).toHaveLength(1);
  }, 90_000);

  it('REST and git, without GraphQL, sub-issues, dependencies, rules, reviews and statuses; barely any fields', async () => {
    const run = await start({
      bare: true,
      closesIssues: false,
      lacks: [
        'sub_issues',
        'dependencies',
        'rules',
        'branches',
        'reviews',
        'statuses',
        'check-runs',
        'permission',
        'installation-of-repository',
        'repositories-of-installation',
      ],
    });
    const { subs, status } = await carryOut(run);
    const needs = (sub: Shape): string[] => sub.body.match(/^Needs #\d+$/gm) ?? [];
    expect(subs.map(needs).map((lines) => lines.sort())).toEqual([
      [],
      [`Needs #${subs[0].number}`],
      [`Needs #${subs[0].number}`],
      [`Needs #${subs[1].number}`, `Needs #${subs[2].number}`],
    ]);
    for (const words of ['No GraphQL', 'No sub-issues', 'No issue dependencies']) expect(status).toContain(words);
    for (const missing of [/sub_issues/, /dependencies/, /reviews/, /commits\/\w+\/status/])
      expect(asked(run.github, missing), String(missing)).toBeLessThanOrEqual(1);
    // the first 👀 goes out before anything is known of this server; its 404 may be about the comment
    for (const early of [/graphql/, /reactions/])
      expect(asked(run.github, early), String(early)).toBeLessThanOrEqual(2);
  }, 90_000);

  it('REST alone: no git over HTTP', async () => {
    const run = await start({ lacks: ['git'], trimsMessages: true });
    const { status } = await carryOut(run);
    expect(status).toContain('No git over HTTP');
    expect(asked(run.github, /info\/refs/)).toBeLessThanOrEqual(3);
  }, 90_000);

  it('REST alone, with merges that forget what landed before', async () => {
    const run = await start({ lacks: ['git', 'sub_issues', 'dependencies', 'statuses', 'rules'], naiveMerge: true });
    const { status } = await carryOut(run);
    expect(status).toContain('Merging forgets');
  }, 90_000);

  it.each([3, 4])(
    'puts right what merge %i forgot, or should have closed, when it is killed right after',
    async (nth) => {
      let merges = 0;
      let kill = (): void => {};
      const first = await start({
        lacks: ['sub_issues', 'dependencies', 'statuses', 'rules'],
        naiveMerge: true,
        closesIssues: false,
        onMerged: () => {
          merges += 1;
          if (merges === nth) kill();
        },
      });
      kill = () => first.child.kill('SIGKILL');
      const number = await first.github.openIssue('Build a home', body);
      await first.github.comment(number, '/muster run');
      await new Promise((resolve) => first.child.once('exit', resolve));
      const again = await startMuster(first.github, first.dir);
      const { status, subs } = await untilDone(again, number);
      expect(merges).toBe(4);
      expect(status).toContain('Merging forgets');
      expect(subs.map((sub) => sub.closed_at)).not.toContain(null);
    },
    120_000,
  );

  it.each([
    [405, null],
    [405, 'unsaid'],
    [409, null],
    [422, true],
  ] as const)(
    'does again what clashes, told by %i with mergeable %s',
    async (conflict, mergeable) => {
      const run = await start({ manners: { conflict, mergeable } });
      const both = ['One clashes', 'Two clashes'];
      const number = await run.github.openIssue('Both at once', both.map((title) => `- [ ] ${title}\n`).join(''));
      await run.github.comment(number, '/muster run');
      const master = run.github.issues.find((issue) => issue.number === number);
      await run.until('closed', () => master.state === 'closed');
      expect(run.github.pulls.filter((pull) => pull.merged_at !== null)).toHaveLength(2);
      expect(run.github.requests.filter((request) => / 4(05|09|22)$/.test(request)).length).toBeLessThan(8);
      const { gitDir } = run.github.repository;
      expect((await git(['show', 'refs/heads/main:shared.txt'], { gitDir })).stdout).toMatch(
        /^(one|two)-clashes was here/,
      );
    },
    120_000,
  );

  it('a server whose clock stands still, years ago', async () => {
    const run = await start({ manners: { clock: '2020-01-01T00:00:00Z', hooks: 'form' } });
    const { status } = await carryOut(run);
    expect(status).toContain('4 of 4');
  }, 120_000);

  it('by the label, below /api/v3, with a GraphQL that knows no mutation of ours', async () => {
    const refusal = {
      message: "Field 'createIssue' doesn't exist on type 'Mutation'",
      extensions: { code: 'undefinedField' },
    };
    const run = await start({
      prefix: '/api/v3',
      graphql: { status: 200, body: JSON.stringify({ errors: [refusal] }) },
    });
    const number = await run.github.openIssue('Two things', '- [ ] One\n- [ ] Two\n');
    await run.github.label(number, 'muster');
    const master = run.github.issues.find((issue) => issue.number === number);
    await run.until('closed', () => master.state === 'closed');
    expect(master.subs).toHaveLength(2);
    expect(run.github.requests).toContain('POST /api/graphql 200');
  }, 90_000);
});

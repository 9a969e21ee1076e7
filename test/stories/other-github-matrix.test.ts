/**
 * The whole job, from the label or a comment to merges, on servers that lack and mix up what a GitHub has. Every two of
 * these oddities meet in some row (`MUSTER_MATRIX=all`); an ordinary run takes those few in which each stands once. Each
 * server must end right, be asked a bounded number of things, and be told about.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openHttpDoor } from '../../src/apps/http/server.ts';
import { createLogger } from '../../src/apps/logger.ts';
import { startRuntime } from '../../src/apps/runtime.ts';
import { readSettings } from '../../src/apps/settings.ts';
import { git } from '../../src/git/run.ts';
import { storeTemplate } from '../store/template.ts';
import { eachValueOnce, pairwise, type Row } from '../world/pairs.ts';
import { type PlainGitHub, startPlainGitHub } from '../world/plain-github.ts';
import type { PlainManners } from '../world/plain-manners.ts';
import type { PlainOptions } from '../world/plain-world.ts';
import { agentFile } from '../world/world.ts';

type Lacks = PlainOptions['lacks'];
const html = 'text/html; charset=utf-8';
const json = 'application/json';

const factors = {
  missing: [
    { status: 404, body: '{"message":"Not Found","documentation_url":"https://forge.test/docs"}', type: json },
    { status: 404, body: '<html><body>No such page</body></html>', type: html },
    { status: 404, body: '', type: 'text/plain' },
    // as GitHub itself says it of what the App may not
    { status: 403, body: '{"message":"Resource not accessible by integration"}', type: json },
    { status: 405, body: '{"message":"Method Not Allowed"}', type: json },
    { status: 410, body: '{"message":"Gone"}', type: json },
    { status: 422, body: '{"message":"Unknown endpoint"}', type: json },
    { status: 501, body: '{"message":"Not implemented"}', type: json },
    { status: 500, body: '<pre>Cannot GET this</pre>', type: html },
    // one page for whatever is asked, as servers of single-page applications have it
    { status: 200, body: '<!doctype html><div id="app"></div>', type: html },
  ],
  graphql: [
    null,
    { status: 200, body: `{"errors":[{"message":"Cannot query field \\"subIssues\\" on type \\"Issue\\"."}]}` },
    { status: 200, body: `{"errors":[{"message":"Unknown type \\"AddBlockedByInput\\"."}],"data":null}` },
    { status: 400, body: '{"message":"Problems parsing JSON"}' },
    { status: 401, body: '{"message":"Bad credentials"}' },
    { status: 403, body: '{"message":"Resource not accessible by integration"}' },
    { status: 500, body: 'Internal Server Error', type: 'text/plain' },
    { status: 200, body: '{}' },
  ],
  issues: [
    [],
    ['sub_issues', 'sub_issues-write'],
    ['dependencies', 'dependencies-write'],
    ['sub_issues', 'sub_issues-write', 'dependencies', 'dependencies-write'],
    ['sub_issues-write', 'dependencies-write'],
  ] satisfies Lacks[],
  fields: ['all', 'barely any'],
  hooks: ['json', 'form', 'bare', 'none'] satisfies PlainManners['hooks'][],
  lists: ['whole', 'links', 'pages'],
  app: [
    [],
    ['installation-of-repository'],
    ['repositories-of-installation'],
    ['installation-of-repository', 'repositories-of-installation', 'app'],
  ] satisfies Lacks[],
  people: [[], ['permission'], ['permission', 'collaborators']] satisfies Lacks[],
  checks: [
    [],
    ['check-runs'],
    ['statuses'],
    ['check-runs', 'statuses', 'rules', 'branches', 'reviews'],
  ] satisfies Lacks[],
  git: ['http', 'api', 'api, without git/ref'],
  merges: ['as they should', 'forget', 'close nothing', 'say nothing'],
  mergeable: [null, true, 'unsaid'] satisfies PlainManners['mergeable'][],
  prefix: ['', '/api/v3', '/forge'],
  asked: ['label', 'comment'],
  token: ['classic', 'dotted', 'long'] satisfies PlainManners['token'][],
  author: ['app', 'account'] satisfies PlainManners['author'][],
  comments: [[], ['issues-comments']] satisfies Lacks[],
};

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const files = {
  'README.md': '# Shop\n',
  '.github/muster.yml': 'merge: auto\nallow_unverified: true\n',
};

interface Run {
  readonly github: PlainGitHub;
  readonly log: readonly string[];
}

async function start(row: Row<typeof factors>): Promise<Run> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-matrix-'));
  closers.push(() => rmSync(dir, { recursive: true, force: true }));
  const lacks: Lacks = [
    ...row.issues,
    ...row.app,
    ...row.people,
    ...row.checks,
    ...row.comments,
    ...(row.git === 'http' ? [] : ['git' as const]),
    ...(row.git === 'api, without git/ref' && !row.checks.some((one) => one === 'branches')
      ? ['git-ref' as const]
      : []),
  ];
  const github = await startPlainGitHub({
    dir,
    files,
    lacks,
    bare: row.fields !== 'all',
    prefix: row.prefix,
    naiveMerge: row.merges === 'forget',
    closesIssues: row.merges !== 'close nothing',
    checks: row.checks.some((one) => one === 'check-runs') ? 'statuses' : true,
    ...(row.graphql !== null && { graphql: row.graphql }),
    manners: {
      missing: row.missing,
      hooks: row.hooks,
      mergeable: row.mergeable,
      token: row.token,
      author: row.author,
      mergeAnswer: row.merges === 'say nothing' ? 'empty' : 'full',
      ...(row.lists !== 'whole' && { lists: row.lists === 'links' ? ('links' as const) : ('pages' as const) }),
    },
  });
  closers.push(() => github.close());
  // more than one page of what is none of ours
  if (row.lists === 'pages') for (let old = 1; old <= 35; old += 1) await github.openIssue(`Old ${old}`, 'long ago');
  const read = readSettings({
    PATH: process.env.PATH,
    HOME: dir,
    PORT: '0',
    APP_ID: '77',
    PRIVATE_KEY: github.privateKey,
    WEBHOOK_SECRET: github.webhookSecret,
    MUSTER_GITHUB_API_URL: github.url,
    MUSTER_DATA_DIR: join(dir, 'data'),
    MUSTER_AGENT_COMMAND: `'${process.execPath}' '${agentFile}'`,
    MUSTER_TICK_SECONDS: '1',
    MUSTER_GRACE_MS: '300',
  });
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const log: string[] = [];
  const logger = createLogger('debug', [], (line) => log.push(line));
  const runtime = await startRuntime({
    ...read.settings,
    coalesceMs: 300,
    httpDeadlineMs: 15_000,
    storeTemplate: await storeTemplate(),
    log: logger,
  });
  closers.push(() => runtime.close());
  const door = await openHttpDoor(runtime, { port: 0, log: logger });
  closers.push(() => door.close());
  github.setWebhook(`${door.url}/api/github/webhooks`);
  return { github, log };
}

const titles = ['Lay the ground', 'Build the house (needs #1)', 'Plant the garden (needs #1)'];

async function carryOut({ github, log }: Run, row: Row<typeof factors>): Promise<void> {
  // the owner where nobody else's permission can be asked for
  const owner = row.people.some((one) => one === 'collaborators');
  const number = await github.openIssue('Build a home', titles.map((title) => `- [ ] ${title}\n`).join(''), owner);
  if (row.asked === 'label') await github.label(number, 'muster', owner);
  else await github.comment(number, '/muster run', owner);
  const master = github.issues.find((issue) => issue.number === number);
  const merged = (): number => github.pulls.filter((pull) => pull.merged_at !== null).length;
  for (const end = Date.now() + 60_000; master.state !== 'closed'; ) {
    if (Date.now() > end)
      throw new Error(
        `not closed: ${log.filter((line) => !line.includes('"github request"')).join('')}\n${github.requests.slice(-40).join('\n')}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const subs = titles.map((title) => github.issues.filter((issue) => issue.title === title));
  // a server may tell of its last merge before Muster has closed what that should have closed
  const states = (): string[][] => subs.map((found) => found.map(({ state }) => state));
  await expect.poll(states, { timeout: 10_000 }).toEqual(titles.map(() => ['closed']));
  expect(merged()).toBe(3);
  expect(github.pulls).toHaveLength(3);
  const { gitDir } = github.repository;
  const listed = async (): Promise<string[]> =>
    (await git(['ls-tree', '-r', '--name-only', 'refs/heads/main', 'work/'], { gitDir })).stdout.trim().split('\n');
  await expect.poll(listed, { timeout: 10_000 }).toHaveLength(3);
  for (const [sub] of subs) expect(master.body).toMatch(new RegExp(`^- \\[x\\] .*\\(#${sub?.number}\\)$`, 'm'));
  const own = github.commentsOn(number).filter((comment) => comment.body.includes('<!-- muster:'));
  expect(own).toHaveLength(2);
  // the last edit of the status and the closing of the issue go out side by side
  await expect.poll(() => own[0].body, { timeout: 10_000 }).toContain('3 of 3');
  const [{ body: status }] = own;
  expect(status).toContain(row.graphql?.status === 200 && row.graphql.body !== '{}' ? 'GraphQL lacks' : 'GraphQL');
  if (row.issues.some((one) => one === 'sub_issues')) expect(status).toContain('No sub-issues');
  if (row.issues.some((one) => one === 'dependencies')) expect(status).toContain('No issue dependencies');
  if (row.git !== 'http') expect(status).toContain('No git over HTTP');
  if (row.checks.some((one) => one === 'statuses')) expect(status).toContain('statuses cannot be read');
  // a server that fails at what it does not have is asked three times before that is believed
  const failed = log.filter((line) => /given up|"level":50/.test(line) && !line.includes('tried again'));
  expect(failed).toEqual([]);
  expect(log.join('')).not.toMatch(/ghs_/);
  // of three tasks; pages of two rows, and comments that can be listed by issue only, take the most
  const many = row.lists === 'links' || row.comments.length > 0;
  expect(github.requests.length).toBeLessThan(many ? 1_000 : 400);
  // sweeps go on, one or two of them in this time; what goes round in circles asks far more
  const before = github.requests.length;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(github.requests.length - before, 'requests when all is done').toBeLessThan(many ? 200 : 60);
}

const all = pairwise(factors, 7);
// every oddity once in an ordinary run; MUSTER_MATRIX=all, or numbers of rows, for every two of them
const asked = process.env.MUSTER_MATRIX ?? '';
const numbers = asked.split(',').map(Number);
const rows =
  asked === 'all'
    ? all
    : asked === ''
      ? eachValueOnce<typeof factors>(all)
      : all.filter((_, index) => numbers.includes(index));

describe('the whole job on servers with several oddities each', () => {
  for (const row of rows)
    it(`${all.indexOf(row)}: ${JSON.stringify(row)}`, async () => carryOut(await start(row), row), 90_000);
});

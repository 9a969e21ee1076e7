import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../world/world.ts';

const main = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'cli', 'main.js');

interface Played {
  /** The document of --json. */
  readonly json: Json;
  /** What people read meanwhile. */
  readonly told: () => string;
  /** The local GitHub's answer below the repository's address, as anybody would get it. */
  readonly api: (path: string) => Promise<Json>;
  /** Ctrl-C, and the exit code. */
  readonly leave: () => Promise<number | null>;
}

let running: ChildProcess | null = null;
afterEach(async () => {
  // a failed test leaves it up; asked nicely, it removes what it has written
  if (running !== null && running.exitCode === null && running.kill('SIGINT')) await once(running, 'close');
  running = null;
});

/** Plays a demo to its end and leaves its local GitHub up. */
async function play(name: string, ...options: readonly string[]): Promise<Played> {
  const child = spawn(process.execPath, [main, 'demo', name, '--json', '--serve', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  const closed = once(child, 'close') as Promise<[number | null]>;
  let [stdout, stderr] = ['', ''];
  const served = new Promise<void>((resolve) => {
    // the two pipes are read in no particular order
    const look = (): void => {
      if (stderr.includes('Ctrl-C ends it.') && stdout.endsWith('\n}\n')) resolve();
    };
    child.stderr.on('data', (text) => {
      stderr += text;
      look();
    });
    child.stdout.on('data', (text) => {
      stdout += text;
      look();
    });
  });
  await Promise.race([
    served,
    closed.then(([code]) => Promise.reject(new Error(`the demo ended with ${code}:\n${stderr.slice(-4_000)}`))),
  ]);
  const json = JSON.parse(stdout);
  const { origin } = new URL(json.url);
  return {
    json,
    told: () => stderr,
    api: async (path) => (await fetch(`${origin}/repos/${json.repository}${path}`)).json(),
    leave: async () => {
      child.kill('SIGINT');
      return (await closed)[0];
    },
  };
}

/** Subjects of main from the newest to the first, along first parents. */
async function history({ api }: Played): Promise<readonly string[]> {
  const subjects: string[] = [];
  for (let at: string | undefined = 'main'; at !== undefined; ) {
    const { commit, parents }: Json = await api(`/commits/${at}`);
    subjects.push(commit.message.split('\n')[0]);
    at = parents[0]?.sha;
  }
  return subjects;
}

/** What everybody can see at the end: issues, pull requests, main and its checks. */
async function look(played: Played): Promise<{
  readonly master: Json;
  readonly subs: readonly Json[];
  readonly pulls: readonly Json[];
  readonly diagnostics: readonly Json[];
  readonly subjects: readonly string[];
}> {
  const { api, json } = played;
  const checks = await api('/commits/main/check-runs');
  expect(checks.check_runs.map((run: Json) => run.conclusion)).toEqual(['success']);
  return {
    master: await api(`/issues/${json.issue}`),
    subs: await api(`/issues/${json.issue}/sub_issues`),
    pulls: await api('/pulls?state=all&per_page=100&direction=asc'),
    diagnostics: await api('/issues?labels=muster:diagnostic&state=all'),
    subjects: await history(played),
  };
}

const isMerged = (pull: Json): boolean => pull.merged_at !== null;
const isClosed = (issue: Json): boolean => issue.state === 'closed';
const minutes = 150_000;

describe('muster demo cart', () => {
  it(
    'starts nothing before the plan of twelve is turned down and the one of five approved; all five land',
    async () => {
      const played = await play('cart', '--seed', '3');
      const { master, subs, pulls, diagnostics, subjects } = await look(played);
      expect(master.state).toBe('closed');
      expect(master.body.match(/^- \[x\] /gm)).toHaveLength(5);
      expect(subs).toHaveLength(5);
      expect(subs.every(isClosed)).toBe(true);
      expect(pulls).toHaveLength(5);
      expect(pulls.every(isMerged)).toBe(true);
      expect(diagnostics).toEqual([]);
      expect(subjects.filter((subject) => subject.startsWith('Merge pull request'))).toHaveLength(5);
      // the master issue, five sub-issues, five pull requests: the plan of twelve made none
      expect(await played.api('/issues?state=all&per_page=100')).toHaveLength(11);
      const comments = await played.api(`/issues/${master.number}/comments`);
      const typed = comments.filter((one: Json) => one.user.login === 'maintainer').map((one: Json) => one.body);
      const run = '/muster run --max-workers 5';
      expect(typed).toEqual([run, '/muster reject', run, '/muster approve']);
      expect(comments[1].body).toMatch(/12 tasks/);
      expect(played.json).toMatchObject({ demo: 'cart', asExpected: true, exitCode: 0, phase: 'finished' });
      expect(played.json.figures).toMatchObject({ landed: 5, total: 5 });
      expect(played.json.measured.greenChangesOfMain).toBe(5);
      expect(played.told()).toMatch(
        /plan read: 12 tasks[\s\S]*plan rejected[\s\S]*plan read: 5 tasks[\s\S]*plan approved/,
      );
      expect(await played.leave()).toBe(0);
    },
    minutes,
  );
});

describe('muster demo bugbash', () => {
  it(
    'lands nine of ten in two batches, files one diagnostic issue, and ends with exit code 1 as it says',
    async () => {
      const played = await play('bugbash');
      const { master, subs, pulls, diagnostics, subjects } = await look(played);
      expect(master.state).toBe('open');
      expect(subs).toHaveLength(10);
      const failed = subs.filter((sub) => !isClosed(sub));
      expect(failed.map((sub) => sub.title)).toEqual(['Export service: time-out of large exports']);
      expect(pulls).toHaveLength(9);
      expect(pulls.every(isMerged)).toBe(true);
      expect(subjects.filter((subject) => subject.startsWith('Merge pull request'))).toHaveLength(9);
      const [diagnostic] = diagnostics;
      expect(diagnostics).toHaveLength(1);
      expect(diagnostic.state).toBe('open');
      expect(diagnostic.body).toMatch(/stopped after 20 s/);
      expect(diagnostic.body).toMatch(/test_large_export: \d+ of 100000 records written/);
      expect(diagnostic.body).toContain(`/muster retry #${failed[0]?.number}`);
      // the barrier: four were done when the fifth failed, and only then the next five began
      const before = pulls.filter((pull) => pull.number < diagnostic.number).map((pull) => pull.title.split(' ')[0]);
      expect(before.sort()).toEqual(['Auth', 'Email', 'Payment', 'Search']);
      expect(played.json).toMatchObject({ asExpected: true, exitCode: 1 });
      expect(played.json.expected).toEqual({ landed: 9, of: 10, exitCode: 1 });
      const exported = played.json.tasks.find((task: Json) => task.title.startsWith('Export'));
      expect(exported).toMatchObject({ status: 'failed', pull: null, attempts: 1, failure: { class: 'timeout' } });
      expect(played.told()).toMatch(/meant to show: 9 of 10 landed and exit code 1 \(a partial success/);
      expect(await played.leave()).toBe(1);
    },
    minutes,
  );
});

describe('muster demo typescript', () => {
  it(
    'lands configuration first and each directory after the one it is built on, main green after each',
    async () => {
      const played = await play('typescript');
      const { master, subs, pulls, subjects } = await look(played);
      expect(master.state).toBe('closed');
      expect(subs).toHaveLength(8);
      expect(pulls.filter(isMerged)).toHaveLength(8);
      const merged = subjects.flatMap((subject) => /^Merge pull request #(\d+)/.exec(subject)?.[1] ?? []).reverse();
      expect(merged.map(Number)).toEqual(played.json.measured.landedInOrder);
      const titles = merged.map((number) => pulls.find((pull) => pull.number === Number(number)).title);
      expect(titles.slice(0, 3).every((title) => !title.startsWith('Migrate'))).toBe(true);
      const directories = titles.slice(3).map((title) => title.split(/[ /]/)[1]);
      expect(directories).toEqual(['utils', 'models', 'services', 'api', 'middleware']);
      expect(played.json.measured).toMatchObject({ greenChangesOfMain: 8, typescriptFiles: 76, javascriptFiles: 0 });
      const { content } = await played.api('/contents/models/part1.ts');
      expect(Buffer.from(content, 'base64').toString()).toMatch(/^export function plus1\(value: Amount\): Amount \{$/m);
      expect(played.json).toMatchObject({ asExpected: true, exitCode: 0 });
      expect(await played.leave()).toBe(0);
    },
    minutes,
  );
});

describe('muster demo apidocs', () => {
  it(
    'documents 115 endpoints with eight agents at once',
    async () => {
      const played = await play('apidocs');
      const { master, subs, pulls, diagnostics } = await look(played);
      expect(master.state).toBe('closed');
      expect(subs.every(isClosed)).toBe(true);
      expect(pulls.filter(isMerged)).toHaveLength(8);
      expect(diagnostics).toEqual([]);
      let endpoints = 0;
      for (const pull of pulls) {
        const [file] = await played.api(`/pulls/${pull.number}/files`);
        const { content } = await played.api(`/contents/${file.filename}`);
        endpoints += Buffer.from(content, 'base64').toString().split('\n## ').length - 1;
      }
      expect(endpoints).toBe(115);
      expect(played.json.measured).toMatchObject({ endpointsDocumented: 115, examplesTested: 115 });
      expect(played.json).toMatchObject({ asExpected: true, exitCode: 0 });
      // eight at once: together they worked longer than all of it took
      expect(played.json.figures.speedup).toBeGreaterThan(1);
      expect(await played.leave()).toBe(0);
    },
    minutes,
  );
});

describe('muster demo payment', () => {
  it(
    'runs out of time once, is mended and tried again by a person, and lands each pull request after its review',
    async () => {
      const played = await play('payment');
      const { master, subs, pulls, diagnostics, subjects } = await look(played);
      expect(master.state).toBe('closed');
      expect(subs.every(isClosed)).toBe(true);
      expect(pulls).toHaveLength(5);
      expect(pulls.every(isMerged)).toBe(true);
      for (const pull of pulls) {
        const reviews = await played.api(`/pulls/${pull.number}/reviews`);
        expect(reviews.map((review: Json) => [review.user.login, review.state])).toEqual([['maintainer', 'APPROVED']]);
        expect(Date.parse(pull.merged_at)).toBeGreaterThanOrEqual(Date.parse(reviews[0].submitted_at));
      }
      expect(diagnostics.map((issue) => issue.state)).toEqual(['closed']);
      expect(diagnostics[0].body).toMatch(/webhook_delivery_test: call \d failed/);
      // four had landed when the tests were mended, and the fifth came after that
      const mended = subjects.indexOf('Mock webhook delivery in tests');
      expect(subjects.slice(0, mended).join()).toMatch(/^Merge pull request #\d+ from \S*integration-test-suite$/);
      expect(subjects.slice(mended + 1, -1)).toHaveLength(4);
      expect(played.json.figures.rounds).toEqual([
        { round: 1, done: 4, of: 5 },
        { round: 2, done: 1, of: 1 },
      ]);
      expect(played.json).toMatchObject({ asExpected: true, exitCode: 0 });
      expect(played.told()).toMatch(/failed \(time limit\)[\s\S]*4 pull requests are merged, 1 waits for review/);
      expect(await played.leave()).toBe(0);
    },
    minutes,
  );
});

describe('muster demo --list', () => {
  const list = async (...options: readonly string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [main, 'demo', '--list', ...options])).stdout;

  it('tells each example in one line, with the end it is meant to have', async () => {
    const lines = (await list()).trim().split('\n').slice(1);
    const known = ['simserv', 'cart', 'bugbash', 'typescript', 'apidocs', 'websocket', 'payment'];
    expect(lines.map((line) => line.split(' ')[0])).toEqual(known);
    expect(lines[2]).toMatch(/^bugbash +9 of 10 +exit 1 +\S.*on purpose\.$/);
    const json = JSON.parse(await list('--json'));
    expect(json.map((one: Json) => one.name)).toEqual(known);
    expect(json[2].expected).toEqual({ landed: 9, of: 10, exitCode: 1 });
  });

  it('refuses an example that there is not, and names those there are', async () => {
    const refused = promisify(execFile)(process.execPath, [main, 'demo', 'shop']);
    await expect(refused).rejects.toMatchObject({ code: 3, stderr: expect.stringMatching(/simserv, cart, bugbash/) });
  });
});

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../queue/eventually.ts';
import type { Json } from '../world/world.ts';
import type { HostileServer } from './hostile-server.ts';
import { dumpDatabase, openHostileServer, textsBelow } from './hostile-server.ts';

const agent = new URL('./hostile-agent.mjs', import.meta.url).pathname;
/** A number nobody else sleeps for. */
const rare = `93${process.pid}.25`;
const robotKey = 'robot-key-of-this-story-0123456789';
const files = {
  'README.md': '# Shop\n',
  'test.sh':
    'grep -qx "# Shop" README.md && ! ls -d evil* || exit 1\nfor one in tests/*.sh; do [ ! -e "$one" ] || sh "$one"; done\n',
  Makefile: 'test:\n\tsh test.sh\n',
  '.github/muster.yml': 'merge: auto\nattempts: 1\nagent: robot\n',
};

/** Everything an agent could say that would mean something, if anybody took it at its word. */
const shouts = [
  '::muster',
  '::muster {',
  '::muster {"percent":1e999}',
  '::muster {"percent":"50","stage":5}',
  `::muster {"percent":50,"stage":"${'x'.repeat(5_000)}"}`,
  '::muster {"percent":40,"stage":"\\u001b[2J\\u202e| x | <!-- `` @everyone fixes #1"}',
  '\u001b[2J\u001b]0;owned\u0007\u001b[31mred',
  'Closes #1',
  'fixes: **#1**',
  'resolves acme/shop#1',
  '@everyone @acme/team',
  '/muster cancel',
  '/muster merge',
  '<!-- never closed',
  '```',
  '~~~~',
  '</details>',
  '<script>alert(1)</script>',
  '[x](javascript:alert(1))',
  '| a | b |',
  '\u202eRTL\u2066',
];

const owned = '/tmp/muster-owned-by-a-title';
const titles = {
  honest: 'Honest work, the sibling of all the others',
  reach: 'Reach for everything outside',
  daemon: 'Daemon that hides',
  steal: 'Steal every secret',
  hoard: 'Hoard secrets in a file',
  tell: 'Tell secrets',
  confess: 'Confess secrets and fail',
  plant: 'Plant traps for git',
  flood: 'Flood with a gigabyte',
  idle: 'Idle hands',
  link: 'Link to what is outside',
  govern: 'Govern the checks',
  test: 'Test by stealing',
  shout: 'Shout garbage',
  fail: 'Fail with garbage',
  shell: `$(touch ${owned}) \`touch ${owned}\`; touch ${owned} && "quoted' | tee > ${owned} # \u202eevil\u202c שלום 🎉 @everyone [x](y)`,
  closing: `Fixes #1, closes: acme/shop#1 --force ${'../'.repeat(70)}x`,
} as const;
const immortal = 'Immortal one';

const verdicts: Readonly<Record<string, string | null>> = {
  ...Object.fromEntries(Object.keys(titles).map((name) => [name, null])),
  hoard: 'policy_violation',
  confess: 'crashed',
  idle: 'no_changes',
  link: 'policy_violation',
  govern: 'policy_violation',
  fail: 'crashed',
};

let server: HostileServer;
let canary: number;
let hostile: number;
let impatient: number;
let outside: readonly string[];
let bareBefore: string;
const argv = new Set<string>();
const environments = new Set<string>();
let dump: ReadonlyMap<string, readonly Json[]>;

function git(...args: readonly string[]): string {
  return execFileSync('git', ['--git-dir', server.gitDir, ...args], { encoding: 'latin1', maxBuffer: 2 ** 28 });
}

function onMain(path: string): string {
  return git('show', `main:${path}`);
}

/** The work of a task by name, as it landed. */
function work(name: keyof typeof titles): string {
  const path = git('ls-tree', '--name-only', '-r', 'main', 'work/').split('\n');
  const found = path.find((one) => one.endsWith(`-t${Object.keys(titles).indexOf(name) + 1}.txt`));
  return onMain(found ?? `no work of ${name}`);
}

function bareFiles(): string {
  const hooks = existsSync(join(server.gitDir, 'hooks')) ? readdirSync(join(server.gitDir, 'hooks')).join() : '';
  return `${readFileSync(join(server.gitDir, 'config'), 'utf8')}\n${hooks}`;
}

function processes(): readonly { readonly pid: number; readonly argv: string; readonly environment: string }[] {
  const read = (pid: string, file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'latin1');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid: Number(pid), argv: read(pid, 'cmdline'), environment: read(pid, 'environ') }));
}

/** The server, this test, a child of the server that has not become another program yet, and the compiler beside both. */
function isOurs({ pid, argv: line }: { readonly pid: number; readonly argv: string }): boolean {
  return pid === process.pid || line === '' || line.includes('cli/main.ts') || line.includes('esbuild');
}

/** Sibling trees: the minute in an orchestration's name is not known in advance. */
function siblings(issue: number): readonly string[] {
  const minutes = [0, 60_000].map((later) => new Date(Date.now() + later).toISOString().slice(0, 16));
  return minutes.flatMap((minute) =>
    Object.keys(titles).map((_, index) => {
      const orchestration = `orch-${issue}-${minute.replaceAll('-', '').replaceAll(':', '').replace('T', '-')}`;
      return join(server.dataDir, 'agents', 'work', 'acme', 'shop', orchestration, `t${index + 1}`, 'a1', 'tree');
    }),
  );
}

/** The summary and every diagnostic issue. */
async function isTold(issue: number): Promise<boolean> {
  const comments = await server.api(`/issues/${issue}/comments`);
  if (!comments.some((one: Json) => one.user.type === 'Bot' && one.body.includes('| Success |'))) return false;
  const diagnostics = await server.api('/issues?labels=muster:diagnostic&state=all&per_page=100');
  return diagnostics.length === 1 + Object.values(verdicts).filter((why) => why !== null).length;
}

beforeAll(async () => {
  server = await openHostileServer({
    files,
    agentCommand: (dir) => `'${process.execPath}' '${agent}' '${dir}/targets.json'`,
    agentEnv: { ROBOT_API_KEY: robotKey, ROBOT_NAME: 'tin' },
  });
  canary = await server.ada.openIssue('Must stay open', 'Nobody may close me by naming me.');
  const list = Object.values(titles).map((title) => `- [ ] ${title}`);
  hostile = await server.ada.openIssue('A bad day', `${list.join('\n')}\n`);
  impatient = await server.ada.openIssue('No patience', `- [ ] ${immortal}\n`);
  outside = [
    '/etc/muster-was-here',
    '/usr/local/bin/muster-was-here',
    join(server.dir, 'evil'),
    join(server.dataDir, 'evil'),
    join(import.meta.dirname, 'muster-was-here'),
    join(server.dir, 'went-off'),
    owned,
  ];
  bareBefore = bareFiles();
  const targets = {
    rare,
    outside,
    shouts,
    dataDir: server.dataDir,
    bare: server.gitDir,
    github: server.githubDir,
    repo: 'acme/shop',
    url: server.sandbox.url,
    keyFile: server.keyFile,
    config: server.configFile,
    mark: join(server.dir, 'went-off'),
    siblings: siblings(hostile),
    // as if it had found them somewhere
    secrets: [server.sandbox.app.webhookSecret, server.sandbox.app.privateKeyPem, robotKey],
  };
  writeFileSync(join(server.dir, 'targets.json'), JSON.stringify(targets));
  const watching = setInterval(() => {
    for (const one of processes()) {
      argv.add(one.argv);
      if (!isOurs(one)) environments.add(one.environment);
    }
  }, 250);
  await server.ada.comment(hostile, '/muster run --max-workers 6 --timeout 60');
  await server.ada.comment(impatient, '/muster run --timeout 4');
  await server.until('told', async () => (await isTold(hostile)) && (await isTold(impatient)), 90_000);
  clearInterval(watching);
}, 120_000);
afterAll(() => server.close(), 30_000);

describe('a day with hostile agents, through the whole product', () => {
  it('leaves no process behind', () => {
    expect(processes().filter((one) => one.argv.split('\0').includes(rare))).toEqual([]);
    const below = processes().filter(({ pid }) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(join(server.dataDir, 'agents', 'work'));
      } catch {
        return false;
      }
    });
    expect(below).toEqual([]);
  });

  it('leaves no trace outside, and GitHub as it was', async () => {
    for (const path of outside) expect(existsSync(path), path).toBe(false);
    expect(bareFiles()).toBe(bareBefore);
    expect((await server.api(`/issues/${canary}`)).state).toBe('open');
    expect(onMain('README.md')).toBe('# Shop\n');
    await server.sandbox.drained();
    const tips = git('log', '--first-parent', '--format=%H', 'main').trim().split('\n');
    for (const tip of tips) {
      const { check_runs: runs } = await server.api(`/commits/${tip}/check-runs`);
      expect(runs.map((run: Json) => run.conclusion)).toEqual(['success']);
    }
  });

  it('did not touch the sibling', () => {
    expect(work('honest')).toBe('honest\n');
    expect(onMain('seen-t1.txt')).toBe('.github\nMakefile\nREADME.md\ntest.sh\nwork\n');
  });

  it('takes titles for data', async () => {
    const pulls = await server.api('/pulls?state=all&per_page=100');
    const titled = pulls.map((pull: Json) => pull.title.replaceAll('\u200b', ''));
    expect(titled).toContain(
      `$(touch ${owned}) touch ${owned}; touch ${owned} && "quoted' | tee > ${owned} # evil שלום 🎉 @everyone x`,
    );
    expect(titled).toContain(titles.closing);
    for (const branch of git('for-each-ref', '--format=%(refname)').trim().split('\n'))
      expect(branch).toMatch(/^refs\/(?:heads\/(?:main|muster\/[a-z0-9-]+)|pull\/\d+\/\w+|[a-z]+\/[\w/-]+)$/);
    for (const message of git('log', '--all', '--format=%B%x00').split('\0'))
      expect(message).not.toMatch(/(?:fix|clos|resolv)[a-z]*[\s:*]+(?:acme\/shop)?#1\b/i);
  });

  it('shows what agents print as text, and obeys none of it', async () => {
    const pulls = await server.api('/pulls?state=all&per_page=100');
    const shouted = pulls.find((pull: Json) => pull.title === titles.shout).body;
    const diagnostics = await server.api('/issues?labels=muster:diagnostic&state=all&per_page=100');
    const failed = diagnostics.find((issue: Json) => issue.title.includes(titles.fail)).body;
    for (const body of [shouted, failed]) {
      const [fence = ''] = /^`{4,}text\n[\s\S]*?\n`{4,}$/m.exec(body) ?? [];
      for (const said of ['@everyone @acme/team', '<script>alert(1)</script>', '/muster cancel', '<!-- never closed'])
        expect(fence).toContain(said);
      const around = body.replace(fence, '');
      expect(around).not.toMatch(/@everyone|<script>|never closed/);
      for (const control of ['\u001b', '\u0007', '\u202e', '\u2066']) expect(body).not.toContain(control);
    }
  });

  it('lets a test that an agent wrote find nothing either', async () => {
    const pulls = await server.api('/pulls?state=all&per_page=100');
    const { head } = pulls.find((pull: Json) => pull.title === titles.test);
    const { check_runs: runs } = await server.api(`/commits/${head.sha}/check-runs`);
    expect(runs.map((run: Json) => run.output.text)).toEqual([expect.stringMatching(/looking\n[\s\S]*\nlooked$/)]);
    expect(leaksIn(runs[0].output.text)).toEqual([]);
  });

  it('finds no secret that is not the agent’s own', () => {
    const loot = onMain('loot.txt');
    expect(loot.length).toBeGreaterThan(500);
    expect(loot).not.toContain('CONTROL');
    expect(leaksIn(loot)).toEqual([]);
  });

  it('stands to the end, and stops when it is told to', async () => {
    // after a flood the inbox rests for a moment before it is read on
    await eventually(async () => {
      const health = await fetch(server.webhookUrl.replace('/api/github/webhooks', '/healthz'));
      expect(health.status).toBe(200);
      expect(((await health.json()) as Json).components.inbox).toEqual({ ok: true, waiting: 0, failed: 0 });
    });
    expect(await server.stop()).toBe(0);
    dump = await dumpDatabase(server.dataDir);
  }, 30_000);

  it('comes to the right verdicts', () => {
    const titlesOf = new Map((dump.get('tasks') ?? []).map((task) => [task.id, task.title.trim()]));
    const found = new Map(
      (dump.get('workflows') ?? []).map((row) => [
        titlesOf.get(row.task_id),
        `${row.status} ${row.result?.failure ?? ''}`.trim(),
      ]),
    );
    expect(found.get(immortal)).toBe('failed timeout');
    const seen = Object.fromEntries(
      Object.keys(titles).map((name, index) => [
        name,
        [...found.values()][
          (dump.get('workflows') ?? []).findIndex(
            (row) => row.task_id.includes(`orch-${hostile}-`) && row.task_id.endsWith(`/t${index + 1}`),
          )
        ],
      ]),
    );
    const wanted = Object.entries(verdicts).map(([name, why]) => [name, why === null ? 'merged' : `failed ${why}`]);
    expect(seen).toEqual(Object.fromEntries(wanted));
    const heard = (dump.get('events') ?? []).filter((event) => event.type === 'command-heard');
    expect(heard.map((event) => event.payload.request.by)).toEqual(['ada', 'ada']);
  });

  it('stores, logs and shows no secret anywhere', async () => {
    const shown = await Promise.all(
      ['/issues?state=all&per_page=100', '/issues/comments?per_page=100', '/pulls?state=all&per_page=100'].map(
        server.api,
      ),
    );
    expect(leaksIn(JSON.stringify(shown))).toEqual([]);
    expect(leaksIn(git('log', '--all', '-p', '--text', '--format=%an %ae %cn %ce %B'))).toEqual([]);
    expect(leaksIn(JSON.stringify([...dump]))).toEqual([]);
    expect(server.logged().length).toBeGreaterThan(1_000);
    expect(leaksIn(server.logged())).toEqual([]);
    expect(argv.size).toBeGreaterThan(20);
    expect(leaksIn([...argv].join('\n'))).toEqual([]);
    // an agent has its own key, and nobody has ours
    expect(leaksIn([...environments].join('\n'))).toEqual(['robot']);
    for (const [path, text] of textsBelow(server.dataDir)) {
      // the tree of a failed attempt is kept as the agent left it
      if (!path.includes('/failed/') || !path.includes('/tree/')) expect(leaksIn(text), path).toEqual([]);
    }
  });
});

/** Names of the secrets that stand in a text in some spelling; agents were given three of them to spread. */
function leaksIn(text: string): readonly string[] {
  const { app } = server.sandbox;
  const secrets: readonly (readonly [string, string])[] = [
    ['webhook secret', app.webhookSecret],
    ['robot', robotKey],
    ['ada', server.sandbox.userToken('ada')],
    ...app.privateKeyPem
      .split('\n')
      .slice(1, -2)
      .map((line): [string, string] => ['private key', line]),
    ...server.minted().map((token): [string, string] => ['installation token', token]),
  ];
  const spelt = (value: string): readonly string[] => [
    value,
    encodeURIComponent(value),
    ...[0, 1, 2].map((before) =>
      Buffer.from(`${'x'.repeat(before)}${value}`)
        .toString('base64')
        .slice(4, -4),
    ),
  ];
  return [
    ...new Set(secrets.filter(([, value]) => spelt(value).some((one) => text.includes(one))).map(([name]) => name)),
  ];
}

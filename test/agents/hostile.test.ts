import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { attemptPlace } from '../../src/agents/place.ts';
import { type Confinement, confinementWorks, detectConfinement } from '../../src/proc/confine.ts';
import {
  type Bench,
  eventually,
  exists,
  expectDelivered,
  expectFailed,
  listening,
  processesNamed,
  setUpBench,
  writeScript,
} from './bench.ts';

const run = promisify(execFile);

/** Every confinement this machine offers; the weaker one is what a server without bubblewrap gets. */
const offered: Confinement[] = [];
for (const how of ['bwrap', 'unshare'] as const) if (await confinementWorks(how)) offered.push(how);

/** An agent script that lies outside of everything Muster owns, and where its traps leave their mark when they go off. */
async function hostileScript(bench: Bench, lines: readonly string[]): Promise<{ command: string; mark: string }> {
  const mark = join(bench.base, 'mark', 'went-off');
  await mkdir(join(bench.base, 'mark'));
  const script = await writeScript(join(bench.base, 'script', 'agent.sh'), lines);
  return { command: `${script} ${mark}`, mark };
}

/** Everything in a work tree or a HOME that makes some git command start a program. */
const TRAPS = [
  'trap=".git/trap.sh"; printf \'#!/bin/sh\\necho off > %s\\ncat\\n\' "$1" > $trap; chmod +x $trap; full=$PWD/$trap',
  'mkdir -p .git/hooks; for hook in pre-commit post-checkout post-index-change reference-transaction pre-push; do',
  '  cp $trap .git/hooks/$hook; done',
  'for scope in --local --global; do',
  '  git config $scope core.fsmonitor "$full"; git config $scope core.hooksPath "$PWD/.git/hooks"',
  '  for part in clean smudge process; do git config $scope filter.evil.$part "$full"; done',
  '  git config $scope diff.external "$full"; git config $scope diff.evil.textconv "$full"',
  '  git config $scope core.sshCommand "$full"; git config $scope credential.helper "$full"',
  '  git config $scope core.pager "$full"; git config $scope gpg.program "$full"; git config $scope commit.gpgSign true',
  'done',
  'echo "* filter=evil diff=evil" > .gitattributes; cp .gitattributes .git/info/attributes',
  'git init -q nested; cp .git/config nested/.git/config; echo n > nested/n; cp .gitattributes nested/',
  'echo changed > src/a.txt; ln -s .git/trap.sh link; exit 0',
];

/** A number nobody else sleeps for. */
function rareSeconds(): string {
  return `${90_000 + (process.pid % 1000)}.${String(performance.now()).replace('.', '').slice(0, 8)}`;
}

it('plants traps that do go off under a git that is not on its guard', async () => {
  const bench = await setUpBench();
  const { command, mark } = await hostileScript(bench, TRAPS);
  const tree = join(bench.base, 'tree');
  await mkdir(join(tree, 'src'), { recursive: true });
  const options = { cwd: tree, env: { PATH: process.env.PATH, HOME: bench.base } };
  await run('/bin/sh', ['-c', `git init -q && ${command} < /dev/null`], options);
  for (const unwary of ['git status', 'git add -A']) {
    await rm(mark, { force: true });
    await run('/bin/sh', ['-c', `${unwary} < /dev/null`], options).catch(() => undefined);
    expect(await exists(mark)).toBe(true);
  }
});

it('is confined in the strongest way this machine offers', async () => {
  expect(await detectConfinement()).toBe(offered[0] ?? 'none');
});

describe.each(offered)('a hostile agent under %s', (confinement) => {
  it('leaves no daemon, however well it hides', async () => {
    const bench = await setUpBench();
    const seconds = rareSeconds();
    const hide = `cd /; trap "" TERM HUP INT QUIT; sleep ${seconds} & while :; do echo x >> "$0"; sleep 0.01; done`;
    const { command } = await hostileScript(bench, [
      'echo work > a',
      `setsid env -i /bin/sh -c 'setsid /bin/sh -c "$1" "$2" & exit 0' sh '${hide}' "$PWD/later" < /dev/null > /dev/null 2>&1 &`,
      'until [ -s later ]; do sleep 0.01; done',
      'exit 0',
    ]);
    const spec = bench.spec();
    const delivery = expectDelivered(await bench.runner(command, { confinement }).run(spec, listening()));
    expect(await processesNamed(seconds)).toEqual([]);
    expect(delivery.warning).toBeNull();
    expect(delivery.files.map(({ path }) => path)).toEqual(['a', 'later']);
  });

  it('dies at its time limit although it ignores every polite signal', async () => {
    const bench = await setUpBench();
    const seconds = rareSeconds();
    const { command } = await hostileScript(bench, ['trap "" TERM HUP INT', `while :; do sleep ${seconds}; done`]);
    const runner = bench.runner(command, { confinement, graceMs: 200 });
    expect(expectFailed(await runner.run(bench.spec({ wallMs: 500 }), listening())).class).toBe('timeout');
    expect(await processesNamed(seconds)).toEqual([]);
  });

  it('can print without end, and the memory of the orchestrator stays flat', async () => {
    const bench = await setUpBench();
    const { command } = await hostileScript(bench, [
      'head -c 1073741824 /dev/zero',
      'yes "::muster {\\"percent\\":50}" | head -c 104857600',
      'echo 1 > a; echo; echo "the end"',
    ]);
    const before = process.memoryUsage().rss;
    let most = before;
    const sampling = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    const runner = bench.runner(command, { confinement });
    const delivery = expectDelivered(await runner.run(bench.spec({ wallMs: 60_000 }), listening()));
    clearInterval(sampling);
    expect(most - before).toBeLessThan(200 * 1024 * 1024);
    expect(delivery.said.length).toBeLessThan(2_100);
    expect(delivery.said).toContain('the end');
  }, 60_000);

  it('can change neither its sibling nor anything outside', async () => {
    const bench = await setUpBench();
    const gate = join(bench.base, 'gate', 'open');
    await mkdir(join(bench.base, 'gate'));
    const sibling = bench.spec({ task: 't2', branch: 'muster/sibling' });
    const theirs = attemptPlace(bench.dataDir, sibling);
    const wait = `echo honest > work; until [ -e ${gate} ]; do sleep 0.02; done; ls -A > seen`;
    const honest = bench.runner(wait, { confinement }).run(sibling, listening());
    await eventually(() => exists(join(theirs.tree, 'work')));
    const { command, mark } = await hostileScript(bench, [
      `for place in ${theirs.tree} ../../../t2/a1/tree /proc/[0-9]*/root${theirs.tree} /proc/[0-9]*/cwd; do`,
      '  echo evil > "$place/work"; echo evil > "$place/evil"; rm -rf "$place/README.md"',
      'done',
      'echo evil > "$1"; echo evil > /etc/muster-was-here; echo evil > /usr/bin/muster-was-here',
      `echo evil > ${bench.origin}/config; echo evil >> ${bench.base}/script/agent.sh`,
      `ls -A ${bench.dataDir} ${bench.dataDir}/mirrors > visible; cat ${bench.base}/key >> visible`,
      'grep -l gate/open /proc/[0-9]*/cmdline >> visible',
      'echo own > own; rm -f evil; git checkout -q README.md; exit 0',
    ]);
    await writeFile(join(bench.base, 'key'), 'private key');
    const runner = bench.runner(command, { confinement, hidden: [join(bench.base, 'key')] });
    const hostile = await runner.run(bench.spec(), listening());
    await writeFile(gate, '');
    const unharmed = expectDelivered(await honest);
    expect(await bench.files(unharmed.sha)).toEqual(['README.md', 'seen', 'work']);
    expect(await bench.read(unharmed.sha, 'work')).toBe('honest\n');
    for (const path of [mark, '/etc/muster-was-here', '/usr/bin/muster-was-here'])
      expect(await exists(path)).toBe(false);
    expect(await readFile(join(bench.origin, 'config'), 'utf8')).not.toContain('evil');
    expect(await readFile(join(bench.base, 'script', 'agent.sh'), 'utf8')).not.toMatch(/^evil/m);
    const delivery = expectDelivered(hostile);
    expect(await bench.read(delivery.sha, 'visible')).toBe(`${bench.dataDir}:\nwork\n`);
  });

  it('plants hooks, filters and monitors that never go off on our side', async () => {
    const bench = await setUpBench({ 'README.md': '# Hello\n', 'src/a.txt': 'a\n' });
    const { command, mark } = await hostileScript(bench, TRAPS);
    const spec = bench.spec({ verify: 'git status; cat src/a.txt' });
    const delivery = expectDelivered(await bench.runner(command, { confinement }).run(spec, listening()));
    const again = bench.spec({ attempt: 2 });
    expectDelivered(await bench.runner('echo 2 > b', { confinement }).run(again, listening()));
    expect(await exists(mark)).toBe(false);
    expect(await bench.read(delivery.sha, 'src/a.txt')).toBe('changed\n');
    expect(await bench.files(delivery.sha)).toEqual(
      ['.gitattributes', 'README.md', 'link', 'nested/.gitattributes', 'nested/n', 'src/a.txt'].sort(),
    );
  });

  it.each([
    ['its directory by a link', 'cd ..; mv tree moved && ln -s /etc tree; exit 0'],
    ['its .git by a link', 'rm -rf .git; ln -s /etc .git; exit 0'],
    ['its .git by a pointer', 'rm -rf .git; echo "gitdir: /etc" > .git; exit 0'],
  ])('gains nothing by replacing %s', async (_what, line) => {
    const bench = await setUpBench();
    const { command } = await hostileScript(bench, [line]);
    const failed = expectFailed(await bench.runner(command, { confinement }).run(bench.spec(), listening()));
    expect(failed.class).toBe('no_changes');
  });

  it('cannot turn a switch of the kernel, nor undo its confinement', async () => {
    const bench = await setUpBench();
    const { command } = await hostileScript(bench, [
      'value=$(cat /proc/sys/kernel/core_pattern)',
      '( printf %s "$value" > /proc/sys/kernel/core_pattern ) && echo switch >> won',
      'umount -l /proc && echo umount >> won; mount -o remount,rw / && echo remount >> won',
      'unshare -r mount -o remount,rw / && echo userns >> won; [ -e /dev/mem ] && echo mem >> won',
      'ls /dev | grep -E "^(vd|sd|nvme|xvd|loop)" && echo disk >> won',
      'grep CapEff /proc/self/status | grep -v 0000000000000000 && echo caps >> won',
      'exit 0',
    ]);
    const result = await bench.runner(command, { confinement }).run(bench.spec(), listening());
    expect(expectFailed(result).class).toBe('no_changes');
  });

  it('is reported with the confinement that held it', async () => {
    const bench = await setUpBench();
    const hooks = listening();
    await bench.runner('true', { confinement }).run(bench.spec(), hooks);
    expect(hooks.confinements).toEqual([expect.stringMatching(new RegExp(`^${confinement}: .*read-only or hidden`))]);
    expect(await readdir(bench.dataDir)).not.toContain('agent');
  });
});

describe('without any confinement', () => {
  it('an attempt still works, says that nothing protects it, and ends what it finds', async () => {
    const bench = await setUpBench();
    const seconds = rareSeconds();
    const hooks = listening();
    const command = `setsid sleep ${seconds} > /dev/null 2>&1 & echo 1 > a`;
    expectDelivered(await bench.runner(command, { confinement: 'none' }).run(bench.spec(), hooks));
    expect(hooks.confinements).toEqual([expect.stringMatching(/^none: /)]);
    expect(await processesNamed(seconds)).toEqual([]);
  });

  it('a directory replaced by a link is not harvested', async () => {
    const bench = await setUpBench();
    const command = 'cd .. && mv tree moved && ln -s /etc tree';
    const failed = expectFailed(await bench.runner(command, { confinement: 'none' }).run(bench.spec(), listening()));
    expect(failed).toMatchObject({ class: 'policy_violation', message: expect.stringContaining('replaced') });
  });
});

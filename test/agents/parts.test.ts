import { describe, expect, it } from 'vitest';
import { collectEvidence, lastWords } from '../../src/agents/evidence.ts';
import { attemptPlace, pathPart, placeAt } from '../../src/agents/place.ts';
import { createProgressGate, parseProgress } from '../../src/agents/progress.ts';
import type { AgentEnd } from '../../src/agents/runner.ts';
import { createSlots } from '../../src/agents/slots.ts';
import { judgeHarvest, judgeRun, judgeVerify, warningAbout } from '../../src/agents/verdict.ts';
import { type ChangedEntry, findViolations } from '../../src/agents/violations.ts';

const place = placeAt('/data/work/a/b/orch/t1/a1');

describe('a progress line', () => {
  it.each([
    ['::muster {"percent":35,"stage":"implementation"}', { percent: 35, stage: 'implementation' }],
    ['::muster {"percent":12.6}', { percent: 13, stage: '' }],
    ['::muster {"percent":-4,"stage":"a\\nb\\u001b[31m"}', { percent: 0, stage: 'a b [31m' }],
    ['::muster {"percent":400,"stage":7}', { percent: 100, stage: '' }],
    ['::muster {"percent":"35"}', null],
    ['::muster {"stage":"x"}', null],
    ['::muster null', null],
    ['::muster [1', null],
    [' ::muster {"percent":1}', null],
    ['hello', null],
  ])('%s', (line, expected) => expect(parseProgress(line)).toEqual(expected));

  it('has a stage of at most 60 characters', () => {
    expect(parseProgress(`::muster {"percent":1,"stage":"${'x'.repeat(500)}"}`)?.stage).toHaveLength(60);
  });
});

describe('news of progress', () => {
  it('pass when they are new, twenty at once and then one per second', () => {
    let now = 0;
    const isNews = createProgressGate(() => now);
    const tell = (percent: number): boolean => isNews({ percent, stage: '' });
    expect([tell(1), tell(1), tell(2)]).toEqual([true, false, true]);
    const passed = Array.from({ length: 50 }, (_, index) => tell(3 + index)).filter(Boolean);
    expect(passed).toHaveLength(18);
    now = 900;
    expect(tell(70)).toBe(false);
    now = 2_100;
    expect([tell(71), tell(72), tell(73)]).toEqual([true, true, false]);
  });
});

describe('a name in a path', () => {
  it.each([
    ['orch-1-20260101-0000', 'orch-1-20260101-0000'],
    ['..', '_'],
    ['../../etc', '__.._etc'],
    ['-rf', '_rf'],
    ['a b/c\n', 'a_b_c_'],
    ['', '_'],
  ])('%j', (name, expected) => expect(pathPart(name)).toBe(expected));

  it('keeps attempts of equally named orchestrations of two repositories apart', () => {
    const name = { orchestration: 'orch-1', task: 't1', attempt: 2 };
    const repo = { nodeId: '', defaultBranch: 'main', cloneUrl: '' };
    const one = attemptPlace('/d', { ...name, repo: { ...repo, owner: 'a', name: 'x' } });
    const two = attemptPlace('/d', { ...name, repo: { ...repo, owner: 'a', name: 'y' } });
    expect(one.dir).toBe('/d/work/a/x/orch-1/t1/a2');
    expect(two.dir).not.toBe(one.dir);
  });
});

describe('what may not leave an attempt', () => {
  const limits = { fileBytes: 100, totalBytes: 150, files: 3 };
  const entry = (path: string, over: Partial<ChangedEntry> = {}): ChangedEntry => ({
    ...{ path, status: 'A', oldMode: '000000', newMode: '100644', sha: 'f'.repeat(40), size: 1, linkTarget: null },
    ...over,
  });
  const link = (path: string, linkTarget: string): ChangedEntry => entry(path, { newMode: '120000', linkTarget });

  it.each([
    [entry('.github/workflows/ci.yml')],
    [entry('.GitHub/Workflows/ci.yml')],
    [entry('.github/workflows/ci.yml', { status: 'D', newMode: '000000' })],
    [entry('.github/workflows', { newMode: '120000', linkTarget: '../x' })],
    [entry('.github/muster.yml', { status: 'M' })],
    [entry('sub', { newMode: '160000' })],
    [entry('a/.git/config')],
    [entry('a/.GIT/config')],
    [entry('GIT~1/config')],
    [entry('big', { size: 101 })],
    [link('a', '/etc/passwd')],
    [link('a', '..')],
    [link('a/b', '../../x')],
    [link('a', 'b/../../x')],
    [link('a', 'b/../c')],
    [link('a', '')],
  ])('%j', (change) => expect(findViolations([change], limits)).toEqual([expect.stringContaining(`${change.path}: `)]));

  it.each([
    [entry('.github/dependabot.yml')],
    [entry('docs/.github/workflows/x.yml')],
    [entry('.gitignore')],
    [entry('a', { newMode: '100755' })],
    [entry('big', { size: 0, status: 'D', newMode: '000000' })],
    [link('a', 'b/c')],
    [link('a/b/c', '../../d')],
    [link('a/b', './c')],
  ])('but %j may', (change) => expect(findViolations([change], limits)).toEqual([]));

  it('counts files and bytes over all', () => {
    const many = ['a', 'b', 'c', 'd'].map((path) => entry(path, { size: 50 }));
    expect(findViolations(many, limits)).toEqual([
      '4 files changed; at most 3 are accepted',
      expect.stringContaining('of files changed; at most'),
    ]);
  });
});

describe('the verdict', () => {
  const end: AgentEnd = {
    exitCode: 0,
    signal: null,
    cause: 'exited',
    detail: null,
    stdout: '',
    stderr: '',
    outputBytes: 0,
    survivors: 0,
    durationMs: 1_500,
  };
  const limits = { wallMs: 1_800_000, idleMs: 300_000 };

  it.each([
    [{}, null],
    [{ exitCode: 1 }, 'crashed'],
    [{ exitCode: null, signal: 'SIGKILL' }, 'crashed'],
    [{ cause: 'cancelled', exitCode: null }, 'cancelled'],
    [{ cause: 'timeout' }, 'timeout'],
    [{ cause: 'stalled' }, 'stalled'],
    [{ cause: 'spawn_failed', exitCode: null }, 'spawn_failed'],
  ] as const)('on an end with %j is %s', (over, expected) => {
    expect(judgeRun({ ...end, ...over }, limits)?.class ?? null).toBe(expected);
  });

  const pass = { verdict: 'pass', outcome: '', notes: '', artifacts: [] } as const;
  const fail = { ...pass, verdict: 'fail' } as const;
  const changed = { kind: 'changed', tree: 'x' } as const;
  const unchanged = { kind: 'unchanged' } as const;
  const refused = { kind: 'refused', violations: ['a: no', 'b: no'] } as const;

  it.each([
    [changed, 'work', null, null],
    [changed, 'work', fail, null],
    [unchanged, 'work', pass, 'no_changes'],
    [refused, 'work', pass, 'policy_violation'],
    [refused, 'review', pass, 'policy_violation'],
    [unchanged, 'review', pass, null],
    [changed, 'validate', pass, null],
    [unchanged, 'analyze', null, 'no_outcome'],
    [unchanged, 'validate', fail, null],
  ] as const)('on %j by %s saying %j is %s', (harvest, role, outcome, expected) => {
    expect(judgeHarvest(harvest, role, outcome)?.class ?? null).toBe(expected);
  });

  it('names the first violation and counts the others', () => {
    expect(judgeHarvest(refused, 'work', null)?.message).toContain('a: no (and 1 more)');
  });

  it('on a verify run is its exit code', () => {
    const run = { command: 'npm test', ok: false, cause: 'exited', exitCode: 2, evidence: [] } as const;
    expect(judgeVerify(null)).toBeNull();
    expect(judgeVerify({ ...run, ok: true, exitCode: 0 })).toBeNull();
    expect(judgeVerify(run)?.message).toBe('The verify command `npm test` ended with exit code 2.');
    expect(judgeVerify({ ...run, cause: 'timeout' })?.message).toContain('in time');
  });

  it('warns of processes left behind and of an agent that does not believe in its own work', () => {
    expect(warningAbout(end, 'work', pass, true)).toBeNull();
    expect(warningAbout({ ...end, survivors: 2 }, 'work', pass, true)).toContain('2');
    expect(warningAbout(end, 'work', fail, true)).toContain('did not succeed');
    expect(warningAbout(end, 'review', pass, false)).toBeNull();
    expect(warningAbout(end, 'review', pass, true)).toContain('not kept');
  });
});

describe('evidence', () => {
  it('puts the most telling line last and keeps 20 lines of 300 characters', () => {
    const stdout = Array.from({ length: 40 }, (_, index) => `line ${index}`).join('\n');
    const stderr = `TypeError: x is undefined\n${'y'.repeat(1000)}\n`;
    const lines = collectEvidence({ stdout, stderr }, place, []);
    expect(lines).toHaveLength(20);
    expect(lines.at(-1)).toBe('TypeError: x is undefined');
    expect(lines.at(-2)).toHaveLength(301);
    expect(lines[0]).toBe('line 22');
  });

  it('holds no colours, no control characters, no progress lines, no secrets and no paths of ours', () => {
    const stdout = `\u001b[31mred\u001b[0m\r\n::muster {"percent":1}\na\u0007b\n${place.tree}/src/x.ts ${place.home}/.npm\ntop-secret-value\n`;
    const lines = collectEvidence({ stdout, stderr: '' }, place, ['top-secret-value']);
    expect(lines.slice(0, 3)).toEqual(['red', 'a b', 'src/x.ts ~/.npm']);
    expect(lines).toHaveLength(4);
    expect(lines[3]).not.toContain('top-secret-value');
  });

  it('of nothing is nothing; last words are cut at their beginning', () => {
    expect(collectEvidence({ stdout: '', stderr: '\n \n' }, place, [])).toEqual([]);
    const words = lastWords(
      Array.from({ length: 15 }, (_, index) => `${index}${'z'.repeat(250)}`).join('\n'),
      place,
      [],
    );
    expect(words.length).toBeLessThanOrEqual(2_002);
    expect(words.startsWith('…')).toBe(true);
    expect(words).toContain('14zzz');
  });
});

describe('slots of an agent', () => {
  it('are given first come, first served, and given back once', async () => {
    const slots = createSlots((agent) => (agent === 'one' ? 1 : undefined));
    const { signal } = new AbortController();
    const order: number[] = [];
    const first = await slots.take('one', signal);
    const second = slots.take('one', signal).then((release) => {
      order.push(2);
      return release;
    });
    const third = slots.take('one', signal).then((release) => {
      order.push(3);
      return release;
    });
    expect(await slots.take('many', signal)).not.toBeNull();
    expect(order).toEqual([]);
    first?.();
    first?.();
    const release = await second;
    expect(order).toEqual([2]);
    release?.();
    await third;
    expect(order).toEqual([2, 3]);
  });

  it('are not waited for after the signal', async () => {
    const slots = createSlots(() => 1);
    const controller = new AbortController();
    const { signal } = new AbortController();
    const first = await slots.take('one', signal);
    const waiting = slots.take('one', controller.signal);
    controller.abort();
    expect(await waiting).toBeNull();
    expect(await slots.take('one', controller.signal)).toBeNull();
    first?.();
    expect(await slots.take('one', signal)).not.toBeNull();
  });
});

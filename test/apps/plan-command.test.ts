import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { planCommand } from '../../src/apps/cli/plan.ts';
import { CommandFailed } from '../../src/apps/exit-codes.ts';

const dir = mkdtempSync(join(tmpdir(), 'muster-plan-'));
const before = process.exitCode;
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = before;
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the command prints about a file with this in it, and the exit code it leaves. */
function plan(text: string | Uint8Array, ...args: string[]): Promise<Ended> {
  const file = join(dir, 'PLAN.md');
  writeFileSync(file, text);
  return planFile(file, ...args);
}

async function planFile(file: string, ...args: string[]): Promise<Ended> {
  const heard = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    vi.spyOn(process[name], 'write').mockImplementation((part) => {
      heard[name] += String(part);
      return true;
    });
  try {
    await planCommand().parseAsync([file, ...args], { from: 'user' });
    return { code: process.exitCode, ...heard };
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return { code: error.exitCode, stdout: heard.stdout, stderr: error.message };
  } finally {
    vi.restoreAllMocks();
  }
}

const tooMany = Array.from({ length: 1_001 }, (_, n) => `- [ ] Item ${n}`).join('\n');
const deep = Array.from({ length: 60 }, (_, n) => `${'  '.repeat(n)}- [ ] Level ${n}`).join('\n');

describe('muster plan', () => {
  it.each([
    ['1,001 items', tooMany, 'too-many-tasks'],
    ['a cycle', '- [ ] Egg (needs #2)\n- [ ] Hen (needs #1)\n', 'cycle'],
    ['65,537 characters', `- [ ] A\n${'x'.repeat(65_529)}`, 'too-long'],
  ])('says in its JSON too why it refuses %s, once', async (_, text, code) => {
    const ended = await plan(text, '--json');
    expect(ended.code).toBe(4);
    const warnings: readonly { readonly code: string }[] = JSON.parse(ended.stdout).warnings;
    expect(warnings.filter((warning) => warning.code === code)).toHaveLength(1);
    expect(ended.stderr).not.toBe('');
  });

  it('does not call items ticked that are nested too deeply, and says which lines it passed over', async () => {
    const ended = await plan(deep);
    expect(ended.code).toBe(0);
    expect(ended.stdout).not.toContain('ticked');
    expect(ended.stdout).toMatch(/line 34: .*too deeply[\s\S]*and 24 more/);
  });

  it.each([
    ['bytes', Uint8Array.of(0x2d, 0xff, 0xfe)],
    ['UTF-16', Buffer.from('- [ ] A\n', 'utf16le')],
  ])('refuses %s that are not UTF-8', async (_, bytes) => {
    const ended = await plan(bytes, '--json');
    expect([ended.code, ended.stdout]).toEqual([3, '']);
    expect(ended.stderr).toContain('UTF-8');
  });

  it('reads a byte order mark and CRLF like any other file', async () => {
    const plain = await plan('# T\n\n- [ ] A\n- [ ] B (needs #1)\n', '--json');
    expect(JSON.parse(plain.stdout).waves).toEqual([[0], [1]]);
    expect((await plan('\ufeff# T\r\n\r\n- [ ] A\r\n- [ ] B (needs #1)\r\n', '--json')).stdout).toBe(plain.stdout);
  });
});

describe('what muster plan shows a person', () => {
  const body = `## Part 1
- [ ] Create the parser
- [ ] Create the printer
## Part 2 (after Part 1)
- [ ] Publish both
- [ ] Write tests for the parser (needs #1)
`;

  it('the order and why, in the words of the text; what several wait for is one line', async () => {
    const { stdout, code } = await plan(body);
    expect(code).toBe(0);
    expect(stdout).toContain('line 4: 3 needs 1, 2 ("after Part 1", phases)');
    expect(stdout).toContain('line 6: 4 needs 1 ("needs #1")');
  });

  it('proposals with their evidence, which hold nothing back', async () => {
    const { stdout } = await plan('- [ ] Create the parser\n- [ ] Write tests for the parser\n');
    expect(stdout).toContain('p1: 2 needs 1 (tests what "Create the parser" makes ("parser"))');
    expect(stdout).toContain('2 tasks, 0 dependencies');
  });

  const fine = ['Data', 'Pages', 'Mail']
    .map((part) => `## ${part}\n- [ ] Cart ${part} one\n- [ ] Cart ${part} two\n- [ ] Cart ${part} three\n`)
    .join('\n');

  it('groups of a list that is cut too fine, and the plan with them', async () => {
    const shown = await plan(fine);
    expect(shown.stdout).toContain('Fewer, larger tasks (--grouped): 9 could be 3');
    const grouped = await plan(fine, '--grouped');
    expect(grouped.stdout).toMatch(/^3 tasks, 0 dependencies[\s\S]*1 {2}Data .*\n +- Cart Data one/);
    expect(grouped.stdout).not.toContain('Fewer');
    const json = JSON.parse((await plan(fine, '--json')).stdout);
    expect(json.grouping).toMatchObject([
      { title: 'Data', tasks: [0, 1, 2] },
      { title: 'Pages', tasks: [3, 4, 5] },
      { title: 'Mail', tasks: [6, 7, 8] },
    ]);
    expect(json.warnings.map(({ code }: { readonly code: string }) => code)).toEqual(['over-granular']);
  });

  it('a list without boxes, with --as-list', async () => {
    const list = '1. First thing\n2. Second thing (needs #1)\n';
    const refused = await plan(list);
    expect([refused.code, refused.stdout]).toEqual([0, expect.stringContaining('--as-list')]);
    expect((await plan(list, '--as-list')).stdout).toMatch(/^2 tasks, 1 dependency/);
  });
});

describe('the settings that muster plan goes by', () => {
  const repo = join(dir, 'repo');
  const file = join(repo, 'plans', 'PLAN.md');
  const settings = join(repo, '.github', 'muster.yml');
  const git = (...args: string[]): void => {
    execFileSync('git', ['-C', repo, '-c', 'user.name=a', '-c', 'user.email=a@b.test', ...args], { stdio: 'pipe' });
  };
  const commit = (text: string): void => {
    for (const path of [join(repo, 'plans'), join(repo, '.github')]) mkdirSync(path, { recursive: true });
    writeFileSync(file, '- [ ] A\n- [ ] B\n');
    writeFileSync(settings, text);
    execFileSync('git', ['init', '-q', repo]);
    git('add', '-A');
    git('commit', '-q', '-m', 'settings');
  };

  it('are those a run would read: committed, in the repository that the file lies in', async () => {
    commit('strategy: sequential\n');
    const { stdout, code } = await planFile(file);
    expect(code).toBe(0);
    expect(stdout).toContain('muster.yml, as committed in');
    expect(stdout).toContain('2 needs 1 ("strategy: sequential", settings)');
    expect(JSON.parse((await planFile(file, '--json')).stdout).edges).toMatchObject([
      { from: 1, to: 0, basis: 'yaml' },
    ]);
  });

  it('are said to differ from the file as it lies there, which --settings reads', async () => {
    commit('strategy: sequential\n# once more\n');
    writeFileSync(settings, 'strategy: parallel\n');
    const committed = await planFile(file);
    expect(committed.stdout).toMatch(/1 dependency[\s\S]*is not committed as it is: a run reads it as of/);
    const own = await planFile(file, '--settings', settings);
    expect(own.stdout).toMatch(/^2 tasks, 0 dependencies/);
    expect(own.stdout).not.toContain('not committed');
  });

  it('are refused with their line and the nearest key', async () => {
    commit('max_workers: 2\nmax_wrokers: 3\n');
    const ended = await planFile(file);
    expect(ended.code).toBe(4);
    expect(ended.stdout).toContain('.github/muster.yml, line 2: there is no key "max_wrokers".');
    expect(ended.stdout).toContain('Did you mean "max_workers"?');
    const json = await planFile(file, '--json');
    expect(JSON.parse(json.stdout).warnings).toMatchObject([{ code: 'settings' }]);
  });

  it('may name agents that nobody here knows of: their operator does', async () => {
    commit('agent: robot\nrequired_capabilities: [rust]\nagent_by_section: {Docs: writer}\n');
    expect((await planFile(file)).code).toBe(0);
  });

  it('that are named and not there are an error', async () => {
    const { code, stderr } = await planFile(file, '--settings', join(repo, 'none.yml'));
    expect(code).toBe(3);
    expect(stderr).toContain('none.yml');
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
async function plan(text: string | Uint8Array, ...args: string[]): Promise<Ended> {
  const file = join(dir, 'PLAN.md');
  writeFileSync(file, text);
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

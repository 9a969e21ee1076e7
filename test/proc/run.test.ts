import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/proc/run.ts';
import { daemonScript, eventually, processesWith, shell, uniqueSleep, untilAsleep } from './processes.ts';

describe('what a program is given', () => {
  it('has the environment it was given, one mark, and nothing of ours', async () => {
    process.env.MUSTER_TEST_SECRET = 'do not leak';
    const end = await runProgram(shell('env', { env: { PATH: '/usr/bin:/bin', ONE: '1' } })).end;
    delete process.env.MUSTER_TEST_SECRET;
    const names = end.output.stdout.split('\n').map((line) => line.split('=')[0]);
    expect(names.filter((name) => name !== '' && name !== 'PWD' && name !== '_').sort()).toEqual([
      'MUSTER_RUN_MARK',
      'ONE',
      'PATH',
    ]);
  });

  it('can read its input to the end', async () => {
    const input = 'x'.repeat(1_000_000);
    const end = await runProgram(shell('wc -c', { input })).end;
    expect(Number(end.output.stdout)).toBe(1_000_000);
  });

  it('need not read its input', async () => {
    const end = await runProgram(shell('exit 4', { input: 'x'.repeat(5_000_000) })).end;
    expect(end).toMatchObject({ exitCode: 4, cause: 'exited' });
  });
});

describe('how a program ends', () => {
  it('reports a signal', async () => {
    const end = await runProgram(shell('kill -9 $$')).end;
    expect(end).toMatchObject({ exitCode: null, signal: 'SIGKILL', cause: 'exited' });
  });

  it('stops a run that takes too long, first politely', async () => {
    const script = 'trap "echo asked; exit 5" TERM; while :; do /bin/sleep 0.05; done';
    const end = await runProgram(shell(script, { wallMs: 300, graceMs: 5_000 })).end;
    expect(end).toMatchObject({ exitCode: 5, cause: 'timeout', survivors: 0, output: { stdout: 'asked\n' } });
  });

  it('then kills', async () => {
    const end = await runProgram(shell('trap "" TERM; while :; do /bin/sleep 1; done', { wallMs: 100 })).end;
    expect(end).toMatchObject({ exitCode: null, signal: 'SIGKILL', cause: 'timeout', survivors: 0 });
    expect(end.durationMs).toBeLessThan(3_000);
  });

  it('stops a silent run and leaves a talking one alone', async () => {
    const silent = runProgram(shell('echo once; sleep 60', { idleMs: 300 })).end;
    const talking = runProgram(shell('for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.1; done', { idleMs: 500 })).end;
    expect(await silent).toMatchObject({ cause: 'stalled', output: { stdout: 'once\n' } });
    expect(await talking).toMatchObject({ cause: 'exited', exitCode: 0 });
  });

  it('obeys an abort signal, also one that came before the start', async () => {
    const controller = new AbortController();
    const program = runProgram(
      shell('echo go; sleep 60', { signal: controller.signal, onLine: () => controller.abort() }),
    );
    expect(await program.end).toMatchObject({ cause: 'cancelled', output: { stdout: 'go\n' } });
    const late = runProgram(shell('echo go', { signal: controller.signal }));
    expect(late.pid).toBeUndefined();
    expect(await late.end).toMatchObject({ cause: 'cancelled', output: { stdout: '' } });
  });

  it('keeps the first of two reasons', async () => {
    const program = runProgram(shell('sleep 60'));
    program.cancel('stalled');
    program.cancel('cancelled');
    expect((await program.end).cause).toBe('stalled');
  });

  it.each([
    ['a command that does not exist', { command: 'no-such-command' }, /no-such-command/],
    ['a file that may not be executed', { command: '/etc/passwd' }, /etc\/passwd/],
    ['a directory that does not exist', { cwd: '/no/such/place' }, /no\/such\/place/],
    ['an argument with a NUL', { args: ['\0'] }, /null bytes/],
    ['too many arguments', { args: ['x'.repeat(10_000_000)] }, /E2BIG/],
  ])('says why it could not start: %s', async (_, wrong, detail) => {
    const end = await runProgram({ ...shell('exit 0'), ...wrong }).end;
    expect(end).toMatchObject({ cause: 'spawn_failed', exitCode: null, survivors: 0 });
    expect(end.detail).toMatch(detail);
  });

  it('finds a command relative to its directory', async () => {
    const end = await runProgram({ ...shell(''), cwd: '/bin', command: './echo', args: ['here'] }).end;
    expect(end.output.stdout).toBe('here\n');
  });
});

describe('without a namespace', () => {
  it('ends what the program left in the background', async () => {
    const sleep = uniqueSleep();
    const end = await runProgram(shell(`/bin/sleep ${sleep} & exit 0`)).end;
    expect(end).toMatchObject({ exitCode: 0, cause: 'exited', survivors: 0 });
    expect(processesWith(sleep)).toEqual([]);
  });

  it('finds a process that left the group by its mark', async () => {
    const sleep = uniqueSleep();
    const script = `setsid /bin/sleep ${sleep} & ${untilAsleep}`;
    const end = await runProgram(shell(script)).end;
    expect(end.survivors).toBe(0);
    expect(processesWith(sleep)).toEqual([]);
  });

  it('does not wait for an orphan that escaped with our pipes', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'muster-proc-'));
    const sleep = uniqueSleep();
    const script = `${daemonScript(sleep)} ${untilAsleep}; echo done`;
    const end = await runProgram(shell(script, { cwd: directory })).end;
    expect(end).toMatchObject({ cause: 'exited', exitCode: 0, output: { stdout: 'done\n' } });
    expect(end.durationMs).toBeLessThan(5_000);
    // What a namespace is for: nothing tells this process from a stranger.
    expect(processesWith(sleep)).toHaveLength(1);
    for (const pid of processesWith(sleep)) process.kill(pid, 'SIGKILL');
    expect(await eventually(() => processesWith(sleep).length === 0)).toBe(true);
    rmSync(directory, { recursive: true });
  });
});

describe('output', () => {
  it('stores head and tail of each stream, and says how much there was', async () => {
    const end = await runProgram(shell('seq 1 100000; echo bad >&2', { outputBytes: 2_000 })).end;
    const lines = end.output.stdout.trim().split('\n');
    expect(lines.slice(0, 3)).toEqual(['1', '2', '3']);
    expect(lines.at(-1)).toBe('100000');
    expect(end.output.stdout).toMatch(/\n\[\.\.\. \d+ bytes left out \.\.\.\]\n/);
    expect(end.output.stdout.length).toBeLessThan(1_100);
    expect(end.output).toMatchObject({ stderr: 'bad\n', truncated: true, bytes: 588_895 + 4 });
  });

  it('keeps memory flat under a gigabyte', async () => {
    const before = process.memoryUsage().rss;
    let peak = before;
    let lines = 0;
    const meter = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 10);
    const end = await runProgram(
      shell('head -c 1000000000 /dev/zero; echo; echo end', { outputBytes: 1_000_000, onLine: () => (lines += 1) }),
    ).end;
    clearInterval(meter);
    expect(end).toMatchObject({ exitCode: 0, cause: 'exited', output: { bytes: 1_000_000_005, truncated: true } });
    expect(end.output.stdout.endsWith('end\n')).toBe(true);
    expect(lines).toBe(2);
    expect(peak - before).toBeLessThan(200_000_000);
  });

  it('hands out lines as they come, of both streams, cut where too long', async () => {
    const seen: string[] = [];
    const script = 'printf "one\\r\\ntw"; printf "o\\n"; echo 12345678901 >&2; printf last';
    await runProgram(shell(script, { lineBytes: 10, onLine: (stream, line) => seen.push(`${stream} ${line}`) })).end;
    expect(seen.filter((line) => line.startsWith('stdout'))).toEqual(['stdout one', 'stdout two', 'stdout last']);
    expect(seen.filter((line) => line.startsWith('stderr'))).toEqual(['stderr 1234567890']);
  });

  it('survives a listener that throws', async () => {
    const onLine = (): void => {
      throw new Error('listener broke');
    };
    const end = await runProgram(shell('echo a; echo b', { onLine })).end;
    expect(end).toMatchObject({ exitCode: 0, cause: 'exited', output: { stdout: 'a\nb\n' } });
    expect(end.detail).toContain('listener broke');
  });
});

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { confine, detectConfinement } from '../../src/proc/confine.ts';
import { runProgram } from '../../src/proc/run.ts';
import { daemonScript, eventually, namespaces, processesWith, shell, uniqueSleep, untilAsleep } from './processes.ts';

describe('choosing a confinement', () => {
  it('takes the strongest that works here', async () => {
    expect(await detectConfinement()).toBe(namespaces[0] ?? 'none');
  });

  it('leaves the command line alone where nothing is possible', () => {
    expect(confine('git', ['status'], 'none')).toEqual({ command: 'git', args: ['status'] });
  });
});

describe.each(namespaces)('a program inside %s', (confinement) => {
  it('sees its input, environment, directory and exit code as without it', async () => {
    const script = 'read -r line; echo "$line:$ONE:$(pwd):$1"; echo problem >&2; exit 7';
    const end = await runProgram({
      ...shell(script, { confinement, cwd: '/usr', env: { PATH: '/usr/bin:/bin', ONE: 'a=b c' }, input: 'hello\n' }),
      args: ['-c', script, 'sh', 'x "y" $z'],
    }).end;
    expect(end).toMatchObject({ exitCode: 7, cause: 'exited', survivors: 0 });
    expect(end.output).toMatchObject({ stdout: 'hello:a=b c:/usr:x "y" $z\n', stderr: 'problem\n' });
  });

  it('finds a command whose path has an equals sign in it', async () => {
    const end = await runProgram({ ...shell('', { confinement }), command: '/bin/../bin/echo', args: ['A=1'] }).end;
    expect(end.output.stdout).toBe('A=1\n');
  });

  it('has a process list of its own', async () => {
    const end = await runProgram(shell('echo $$; readlink /proc/self/ns/pid', { confinement })).end;
    expect(Number(end.output.stdout.split('\n')[0])).toBeLessThan(20);
  });

  it('gets the polite signal and its grace', async () => {
    const script = 'trap "echo tidied; exit 0" TERM; echo ready; while :; do /bin/sleep 0.05; done';
    const program = runProgram(
      shell(script, { confinement, graceMs: 10_000, onLine: () => program.cancel('cancelled') }),
    );
    const end = await program.end;
    expect(end).toMatchObject({ exitCode: 0, cause: 'cancelled', survivors: 0 });
    expect(end.output.stdout).toBe('ready\ntidied\n');
    expect(end.durationMs).toBeLessThan(9_000);
  });

  it('takes a daemon with it when it exits by itself', async () => {
    const sleep = uniqueSleep();
    const script = `${daemonScript(sleep)} ${untilAsleep}; exit 0`;
    const end = await runProgram(shell(script, { confinement })).end;
    expect(end).toMatchObject({ exitCode: 0, cause: 'exited', survivors: 0 });
    expect(processesWith(sleep)).toEqual([]);
  });

  it('takes a daemon with it when its time is over', async () => {
    const sleep = uniqueSleep();
    const script = `trap "" TERM; ${daemonScript(sleep)} ${untilAsleep}; echo up; /bin/sleep ${sleep}`;
    const end = await runProgram(shell(script, { confinement, wallMs: 300 })).end;
    expect(end).toMatchObject({ cause: 'timeout', survivors: 0, output: { stdout: 'up\n', stderr: '' } });
    expect(processesWith(sleep)).toEqual([]);
  });

  it('dies with its daemon when the orchestrator is killed', async () => {
    const sleep = uniqueSleep();
    const script = fileURLToPath(new URL('./orchestrator.ts', import.meta.url));
    const orchestrator = spawn(process.execPath, ['--import', 'tsx', script, confinement, sleep], { stdio: 'ignore' });
    // The sleeping program, its daemon, and the orchestrator, which was given the same argument.
    expect(await eventually(() => processesWith(sleep).length === 3, 15_000)).toBe(true);
    orchestrator.kill('SIGKILL');
    expect(await eventually(() => processesWith(sleep).length === 0)).toBe(true);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Confinement, confinementWorks } from '../../src/proc/confine.ts';
import { eventually, expectDelivered, listening, processesNamed, setUpBench } from './bench.ts';

const offered: Confinement[] = [];
for (const how of ['bwrap', 'unshare'] as const) if (await confinementWorks(how)) offered.push(how);

it.each(offered)(
  'an orchestrator killed outright takes its agents with it, and the next one starts over (%s)',
  async (how) => {
    const bench = await setUpBench();
    const seconds = `${80_000 + (process.pid % 1000)}.${String(performance.now()).replace('.', '').slice(0, 8)}`;
    const program = join(import.meta.dirname, 'orchestrator-to-kill.ts');
    const args = ['--import', 'tsx', program, bench.base, how, seconds, JSON.stringify(bench.spec())];
    const child = spawn(process.execPath, args, { stdio: 'inherit' });
    const exit = once(child, 'exit');
    const sleeping = async (): Promise<number[]> => processesNamed(`sleep\0${seconds}`);
    await eventually(async () => (await sleeping()).length === 2);
    child.kill('SIGKILL');
    await exit;
    await eventually(async () => (await sleeping()).length === 0, 5_000);
    const again = bench.runner('echo 1 > a', { confinement: how });
    expect(await again.adopt(bench.spec())).toBeNull();
    expectDelivered(await again.run(bench.spec(), listening()));
  },
);

import { readdirSync, readFileSync } from 'node:fs';
import { type Confinement, confinementWorks } from '../../src/proc/confine.ts';
import type { ProgramSpec } from '../../src/proc/run.ts';

const candidates: readonly Confinement[] = ['bwrap', 'unshare'];
const tried = await Promise.all(candidates.map(async (how) => ((await confinementWorks(how)) ? [how] : [])));

/** The namespaces this machine can really make; a machine may have none. */
export const namespaces: readonly Confinement[] = tried.flat();

let counter = 0;

/** A duration for `sleep` that no other process on this machine uses: its argument is how a test finds it again. */
export function uniqueSleep(): string {
  counter += 1;
  return `86${process.pid}.${counter}${Date.now()}`;
}

/** Processes whose command line holds the text as one whole argument. */
export function processesWith(argument: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(argument) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** Polls until the condition holds; answers whether it did before the deadline. */
export async function eventually(condition: () => boolean, deadlineMs = 5_000): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}

/** Leaves its session, clears its environment, changes directory, ignores signals and keeps the pipes open. */
export function daemonScript(sleep: string): string {
  return `setsid env -i /bin/sh -c 'trap "" TERM HUP INT QUIT; cd /; exec /bin/sleep ${sleep}' &`;
}

/** Waits until the process last put in the background has become `sleep`. */
export const untilAsleep = 'until grep -qs sleep /proc/$!/comm; do :; done';

/** Generous defaults; every test names what it is about. */
export function shell(script: string, more: Partial<ProgramSpec> = {}): ProgramSpec {
  return {
    command: '/bin/sh',
    args: ['-c', script],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    wallMs: 15_000,
    graceMs: 200,
    outputBytes: 100_000,
    lineBytes: 10_000,
    confinement: 'none',
    ...more,
  };
}

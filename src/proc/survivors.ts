import { readdir, readFile, readlink } from 'node:fs/promises';

/** What tells the processes of one run from all others. */
export interface RunTraits {
  /** Process group and session of the program. */
  readonly group: number;
  /** Environment entry `NAME=value` that every process of the run was started with. */
  readonly mark: string;
  /** `pid:[inode]` of the namespace, once announced. */
  readonly namespace: string | null;
}

/** Living processes of the run, found by namespace, group, session or environment mark. Zombies do not live. */
async function findSurvivors(run: RunTraits): Promise<number[]> {
  // Never our own namespace, whatever was announced: a match there would be every process of this machine.
  const own = await readlink('/proc/self/ns/pid').catch(() => null);
  const traits = run.namespace === own ? { ...run, namespace: null } : run;
  const names = await readdir('/proc').catch((): string[] => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await belongsTo(pid, traits)) ? [pid] : [])));
  return found.flat();
}

async function belongsTo(pid: number, traits: RunTraits): Promise<boolean> {
  if (pid === process.pid) return false;
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may itself contain spaces and parentheses.
    const [state = '', , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if ('ZX'.includes(state)) return false;
    if (Number(group) === traits.group || Number(session) === traits.group) return true;
    if (traits.namespace !== null && (await readlink(`/proc/${pid}/ns/pid`)) === traits.namespace) return true;
    return (await readFile(`/proc/${pid}/environ`, 'latin1')).split('\0').includes(traits.mark);
  } catch {
    // Gone meanwhile, or somebody else's process: not ours either way.
    return false;
  }
}

const ROUND_MS = 20;

/**
 * Kills what is left of a run until nothing is, for at most `patienceMs`. Answers how many processes live on.
 */
export async function killSurvivors(traits: RunTraits, patienceMs: number): Promise<number> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    signalGroup(traits.group, 'SIGKILL');
    const left = await findSurvivors(traits);
    for (const pid of left) sendSignal(pid, 'SIGKILL');
    if (left.length === 0 || performance.now() > deadline) return left.length;
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
  }
}

export function signalGroup(group: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  sendSignal(-group, signal);
}

function sendSignal(target: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(target, signal);
  } catch {
    // Already gone.
  }
}

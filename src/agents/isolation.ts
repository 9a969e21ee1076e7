import { type Confinement, detectConfinement } from '../proc/confine.ts';
import {
  confineFiles,
  detectFileConfinement,
  type FileConfinement,
  networkCanBeClosed,
} from '../proc/confine-mounts.ts';
import { type ProgramEnd, runProgram } from '../proc/run.ts';
import { placesNamedBelowTemp } from '../proc/temp-places.ts';
import type { AttemptPlace } from './place.ts';
import type { RunLimits } from './runner.ts';

/** What keeps a program from outliving its run, and what keeps it from files that are not its own. */
export interface Isolation {
  readonly lifetime: Confinement;
  readonly files: FileConfinement;
}

/** What really works on this machine, or within the `lifetime` that was asked for. */
export async function detectIsolation(lifetime?: Confinement): Promise<Isolation> {
  const chosen = lifetime ?? (await detectConfinement());
  return { lifetime: chosen, files: await detectFileConfinement(chosen) };
}

/** For people: shown with the attempt. */
export function describeIsolation({ lifetime, files }: Isolation): string {
  if (lifetime === 'none') return 'none: no bubblewrap and not root, so nothing keeps the agent from other files';
  if (files === 'none') return `${lifetime}: its own processes; other files are not protected`;
  return `${lifetime}: its own processes, everything outside its own directories read-only or hidden`;
}

export interface ConfinedCommand {
  /** Run by `/bin/sh -c` in the place's tree. */
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
  readonly place: AttemptPlace;
  readonly limits: Omit<RunLimits, 'idleMs'> & { readonly idleMs: number | null };
  readonly network: 'open' | 'none';
  readonly writable: readonly string[];
  readonly onLine?: (stream: 'stdout' | 'stderr', line: string) => void;
  readonly signal: AbortSignal;
}

/** The room's sandbox: everything of ours that an agent must not see, and how strongly that is enforced here. */
export interface Sandbox {
  readonly isolation: Isolation;
  /** The data directory, keys, databases: found empty by agents. */
  readonly hidden: readonly string[];
}

/** Runs a command line of the operator's or of the repository's settings. Never rejects. */
export function runConfined(sandbox: Sandbox, program: ConfinedCommand): Promise<ProgramEnd> {
  const { place, limits } = program;
  const line = confineFiles(
    { command: '/bin/sh', args: ['-c', program.command] },
    place.tree,
    {
      own: [place.tree, place.home, place.tmp, place.io],
      tmp: place.tmp,
      mountPoint: place.root,
      hidden: sandbox.hidden,
      shown: placesNamedBelowTemp([program.command, ...Object.values(program.env)], sandbox.hidden),
      writable: program.writable,
      network: networkCanBeClosed(sandbox.isolation.files) ? program.network : 'open',
    },
    sandbox.isolation.files,
  );
  const running = runProgram({
    ...line,
    cwd: place.tree,
    env: program.env,
    input: program.input,
    wallMs: limits.wallMs,
    ...(limits.idleMs === null ? {} : { idleMs: limits.idleMs }),
    graceMs: limits.graceMs,
    outputBytes: limits.outputBytes,
    lineBytes: limits.lineBytes,
    confinement: sandbox.isolation.lifetime,
    ...(program.onLine === undefined ? {} : { onLine: program.onLine }),
    signal: program.signal,
  });
  return running.end;
}

import { execFile } from 'node:child_process';
import { findSystemTool, SYSTEM_PATH } from './tool-path.ts';

/**
 * How a program is kept from outliving its run.
 * `bwrap`, `unshare`: a pid namespace of its own; when its first process dies the kernel kills everything in it, also
 * what called setsid, cleared its environment, changed directory and ignores signals.
 * `none`: only the process group and processes that still carry our environment mark can be found and killed.
 * This is about lifetime only: files and network stay reachable.
 */
export type Confinement = 'bwrap' | 'unshare' | 'none';

/**
 * First process outside the namespace. A parent that died before the death signal was armed would leave an orphan
 * nobody ends, hence the comparison. TERM is ignored because a stop signals the whole group, and the wrappers must not
 * fall (taking the namespace with them) before the program had its grace.
 */
const OUTER = '[ "$PPID" = "$1" ] || exit 125; shift; trap "" TERM; exec "$@"';

/** Tells the runner on descriptor 3, if that is open, which namespace this is, so that survivors can be counted. */
const ANNOUNCE = '{ command -p readlink /proc/self/ns/pid >&3; } 2>/dev/null; exec 3>&-';

/** An ignored TERM is inherited, and a shell cannot take that back; `env --default-signal` can. */
const START = '--default-signal=TERM /bin/sh -c \'exec "$@"\' sh "$@"';

/** bwrap brings its own first process, which reaps orphans. */
const INSIDE_BWRAP = `${ANNOUNCE}; env=$1; shift; exec "$env" ${START}`;

/**
 * Under unshare this shell is the namespace's first process: it must stay to reap orphans, and its own remarks about
 * how the program died must not appear in the program's output. A private /proc is nice to have.
 */
const INSIDE_UNSHARE = [
  '{ command -p mount -t proc proc /proc; } 2>/dev/null',
  ANNOUNCE,
  'env=$1; shift; exec 4>&2 2>/dev/null',
  `( exec "$env" ${START} ) 2>&4 4>&-`,
  'exit $?',
].join('; ');

/**
 * The command line that runs `command` under the given confinement. The result must be spawned by this very process:
 * the program dies when it dies. Death by signal n inside a namespace is seen as exit code 128 + n.
 */
export function confine(
  command: string,
  args: readonly string[],
  how: Confinement,
): { command: string; args: string[] } {
  switch (how) {
    case 'none':
      return { command, args: [...args] };
    case 'bwrap':
      return underGuard(
        [tool('bwrap'), '--unshare-pid', '--die-with-parent', '--dev-bind', '/', '/', '--proc', '/proc', '--'],
        INSIDE_BWRAP,
        [command, ...args],
      );
    case 'unshare':
      return underGuard([tool('unshare'), '--pid', '--mount', '--fork', '--kill-child=SIGKILL', '--'], INSIDE_UNSHARE, [
        command,
        ...args,
      ]);
  }
}

function underGuard(
  wrapper: readonly string[],
  inside: string,
  program: readonly string[],
): { command: string; args: string[] } {
  const line = ['/bin/sh', '-c', OUTER, 'sh', String(process.pid), ...wrapper];
  line.push('/bin/sh', '-c', inside, 'sh', tool('env'), ...program);
  return { command: tool('setpriv'), args: ['--pdeathsig', 'KILL', ...line] };
}

function tool(name: string): string {
  return findSystemTool(name) ?? name;
}

let detected: Promise<Confinement> | undefined;

/** The strongest confinement that really works on this machine; tried once per process. */
export function detectConfinement(): Promise<Confinement> {
  detected ??= tryAll();
  return detected;
}

async function tryAll(): Promise<Confinement> {
  if (await confinementWorks('bwrap')) return 'bwrap';
  // Without root, unshare needs a user namespace, and entering one disarms the parent-death signal.
  if (process.getuid?.() === 0 && (await confinementWorks('unshare'))) return 'unshare';
  return 'none';
}

/** Runs a trivial program under the confinement. */
export function confinementWorks(how: Confinement): Promise<boolean> {
  const { command, args } = confine('/bin/sh', ['-c', 'test "$$" -lt 20'], how);
  return new Promise((resolve) => {
    execFile(command, args, { env: { PATH: SYSTEM_PATH }, timeout: 10_000, cwd: '/' }, (error) =>
      resolve(error === null),
    );
  });
}

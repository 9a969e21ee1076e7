import { execFile } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Confinement, confine } from './confine.ts';
import { MOUNT_SCRIPT } from './mount-script.ts';
import { findSystemTool, SYSTEM_PATH } from './tool-path.ts';

/**
 * How a program is kept away from files that are not its own. Works inside a `Confinement`, which is about lifetime.
 * `bwrap`: a second bwrap around the program; `mounts`: the same view made by `mount` as root; `none`: no protection.
 */
export type FileConfinement = 'bwrap' | 'mounts' | 'none';

/** What a program may see and change. Everything not named is visible and read-only. All paths absolute and real. */
export interface FileView {
  /** Existing directories it may write to, also when they lie below a hidden one. */
  readonly own: readonly string[];
  /** One of `own`: what the program finds as `/tmp` and `/var/tmp`. */
  readonly tmp: string;
  /** An empty directory of ours that the program never sees; a place to mount at. */
  readonly mountPoint: string;
  /** Directories and files that it finds empty. Missing ones are passed over. */
  readonly hidden: readonly string[];
  /** Stay visible (read-only) although they lie below `/tmp`. Missing ones are passed over. */
  readonly shown: readonly string[];
  /** Places outside that it may change. Missing ones are passed over. */
  readonly writable: readonly string[];
  /** `none`: only a loopback interface of its own (needs `ip` under `mounts`, see `networkCanBeClosed`). */
  readonly network: 'open' | 'none';
}

interface CommandLine {
  readonly command: string;
  readonly args: string[];
}

const TEMP_ROOTS = ['/tmp', '/var/tmp'];
/** Kernel settings that user 0 may write even without any capability. */
const KERNEL_SWITCHES = ['/proc/sys', '/proc/sysrq-trigger', '/proc/irq', '/proc/bus'];
/** Whoever can talk to these can start programs outside of every confinement. */
const CONTROL_SOCKETS = [
  '/run/docker.sock',
  '/run/containerd',
  '/run/podman',
  '/run/dbus',
  '/run/user',
  '/run/libvirt',
];

/** A TERM meant for the program must not end the wrapper, which would take the program with it at once. */
const DEAF_TO_TERM = 'trap "" TERM; exec "$@"';

/** The command line that runs `command` in `cwd` with this view. `view.own` and `view.mountPoint` must exist. */
export function confineFiles(line: CommandLine, cwd: string, view: FileView, how: FileConfinement): CommandLine {
  switch (how) {
    case 'none':
      return line;
    case 'bwrap':
      return withBwrap(line, cwd, view);
    case 'mounts':
      return withMounts(line, cwd, view);
  }
}

/** Whether `network: 'none'` can be kept: a program without a loopback interface would fail for the wrong reason. */
export function networkCanBeClosed(how: FileConfinement): boolean {
  return how === 'bwrap' || (how === 'mounts' && findSystemTool('ip') !== null);
}

function withBwrap(line: CommandLine, cwd: string, view: FileView): CommandLine {
  const args = ['-c', DEAF_TO_TERM, 'sh', tool('bwrap'), '--ro-bind', '/', '/', '--dev', '/dev'];
  for (const root of present(TEMP_ROOTS)) args.push('--bind', view.tmp, root);
  for (const path of present(view.shown)) args.push('--ro-bind', path, path);
  for (const path of present(view.writable)) args.push('--bind', path, path);
  const hidden = hiddenPlaces(view);
  for (const { path, directory } of hidden) {
    args.push(...(directory ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path]));
  }
  for (const path of view.own) args.push('--bind', path, path);
  for (const { path, directory } of hidden) if (directory) args.push('--remount-ro', path);
  if (view.network === 'none') args.push('--unshare-net');
  // Processes of the outer bwrap still see the whole tree; through /proc/<pid>/root so would everybody who sees them.
  args.push('--unshare-pid', '--proc', '/proc');
  for (const path of present(KERNEL_SWITCHES)) args.push('--ro-bind', path, path);
  args.push('--cap-drop', 'ALL', '--chdir', cwd, '--', tool('env'), '--default-signal=TERM', line.command);
  return { command: '/bin/sh', args: [...args, ...line.args] };
}

function withMounts(line: CommandLine, cwd: string, view: FileView): CommandLine {
  const steps: string[] = [];
  for (const path of KERNEL_SWITCHES) steps.push('ro', path, path);
  for (const root of present(TEMP_ROOTS)) steps.push('rw', view.tmp, root);
  for (const path of present(view.shown)) steps.push('ro', path, path);
  for (const path of present(view.writable)) steps.push('rw', path, path);
  const hidden = hiddenPlaces(view);
  for (const { path, directory } of hidden) {
    steps.push(...(directory ? ['empty', path, ''] : ['ro', '/dev/null', path]));
  }
  for (const path of view.own) steps.push('rw', path, path);
  for (const { path, directory } of hidden) if (directory) steps.push('seal', path, '');
  const closed = view.network === 'none' && networkCanBeClosed('mounts');
  const script = ['-c', MOUNT_SCRIPT, 'sh', SYSTEM_PATH, tool('setpriv'), closed ? tool('ip') : ''];
  const args = [...script, view.mountPoint, cwd, ...steps, '--', line.command, ...line.args];
  return closed
    ? { command: tool('unshare'), args: ['--net', '--', '/bin/sh', ...args] }
    : { command: '/bin/sh', args };
}

/** Outermost only: below an empty directory there is nothing left to cover. */
function hiddenPlaces(view: FileView): { path: string; directory: boolean }[] {
  const paths = present([...CONTROL_SOCKETS, ...view.hidden]);
  return paths
    .filter((path) => !paths.some((other) => path !== other && path.startsWith(`${other}/`)))
    .map((path) => ({ path, directory: statSync(path).isDirectory() }));
}

/** Those that exist, by their real names and each once: a mount cannot replace a symbolic link. */
function present(paths: readonly string[]): string[] {
  return [...new Set(paths.filter((path) => existsSync(path)).map((path) => realpathSync(path)))];
}

function tool(name: string): string {
  return findSystemTool(name) ?? name;
}

const detected = new Map<Confinement, Promise<FileConfinement>>();

/** The file confinement that really works inside the given confinement; tried once per process. */
export function detectFileConfinement(lifetime: Confinement): Promise<FileConfinement> {
  const known = detected.get(lifetime);
  if (known !== undefined) return known;
  const found = tryAll(lifetime);
  detected.set(lifetime, found);
  return found;
}

async function tryAll(lifetime: Confinement): Promise<FileConfinement> {
  const how = lifetime === 'bwrap' ? 'bwrap' : lifetime === 'unshare' ? 'mounts' : 'none';
  return how !== 'none' && (await fileConfinementWorks(how, lifetime)) ? how : 'none';
}

/** Runs a program that must be able to write to its own directory, and unable to write beside it or see what is hidden. */
async function fileConfinementWorks(how: FileConfinement, lifetime: Confinement): Promise<boolean> {
  const base = realpathSync(await mkdtemp(join(tmpdir(), 'muster-view-')));
  const place = (name: string): string => join(base, 'data', name);
  try {
    for (const name of ['own', 'tmp', 'root']) await mkdir(place(name), { recursive: true });
    await writeFile(place('secret'), '');
    const view: FileView = {
      own: [place('own'), place('tmp')],
      tmp: place('tmp'),
      mountPoint: place('root'),
      hidden: [dirname(place('own'))],
      shown: [],
      writable: [],
      network: 'open',
    };
    const probe = 'echo 1 > "$1/own/x" && test ! -e "$1/secret" && ! ( : > "$1/beside" ) 2>/dev/null';
    const line = { command: '/bin/sh', args: ['-c', probe, 'sh', join(base, 'data')] };
    const inner = confineFiles(line, place('own'), view, how);
    const { command, args } = confine(inner.command, inner.args, lifetime);
    return await new Promise((resolve) => {
      const options = { env: { PATH: SYSTEM_PATH }, timeout: 10_000, cwd: place('own') };
      execFile(command, args, options, (error) => resolve(error === null));
    });
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

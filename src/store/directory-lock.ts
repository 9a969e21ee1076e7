import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  linkSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Who holds a directory, as its lock file says. `world` tells process-id namespaces and boots apart. */
export interface LockHolder {
  readonly pid: number;
  readonly startTime: string;
  readonly world: string;
  readonly host: string;
  readonly since: string;
}

export interface DirectoryLock {
  readonly release: () => Promise<void>;
}

/** Another process has this data directory open. Two at once lose each other's rows without any error. */
export class StoreLocked extends Error {
  override readonly name = 'StoreLocked';
  readonly dir: string;
  readonly holder: LockHolder | null;

  constructor(dir: string, holder: LockHolder | null) {
    const who = holder === null ? 'another process' : `process ${holder.pid} on ${holder.host} (since ${holder.since})`;
    super(
      `The data directory ${dir} is in use by ${who}. Only one process may open it: ` +
        'stop that one, give this one another directory, or keep the state in PostgreSQL.',
    );
    this.dir = dir;
    this.holder = holder;
  }
}

const fileName = 'lock.json';
const heartbeatMs = 10_000;
/** A holder we cannot look up (other container, other machine) counts as dead after three missed heartbeats. */
const silentMs = 3 * heartbeatMs;

/**
 * Takes `dir` for this process until `release` or death; throws `StoreLocked` when somebody has it. Two barriers: an
 * abstract unix socket, which the kernel frees on SIGKILL (Linux only, one network namespace), and a lock file with pid
 * and start time for everywhere else.
 */
export async function lockDirectory(dir: string): Promise<DirectoryLock> {
  const path = realpathSync(dir);
  const file = join(path, fileName);
  const socket = await listenOn(path);
  if (socket === 'taken') throw new StoreLocked(dir, readHolder(file));
  try {
    takeFile(dir, file);
  } catch (error) {
    socket?.close();
    throw error;
  }
  const beat = setInterval(() => touch(file), heartbeatMs).unref();
  return {
    release: async () => {
      clearInterval(beat);
      rmSync(file, { force: true });
      await new Promise<void>((resolve) => (socket === null ? resolve() : socket.close(() => resolve())));
    },
  };
}

/** The listening socket, `taken`, or null where the system has no abstract sockets. */
function listenOn(path: string): Promise<Server | 'taken' | null> {
  if (process.platform !== 'linux') return Promise.resolve(null);
  const name = `\0muster-store-${createHash('sha1').update(path).digest('hex')}`;
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve('taken') : reject(error),
    );
    server.listen(name, () => {
      server.unref();
      resolve(server);
    });
  });
}

function takeFile(dir: string, file: string): void {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(describeMyself()), { mode: 0o600 });
  try {
    if (linked(mine, file)) return;
    const holder = readHolder(file);
    if (isAlive(holder, file)) throw new StoreLocked(dir, holder);
    removeStale(file, holder);
    if (!linked(mine, file)) throw new StoreLocked(dir, readHolder(file));
  } finally {
    rmSync(mine, { force: true });
  }
}

/** `link` is the one operation that creates a complete file or says that there is one. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function removeStale(file: string, judged: LockHolder | null): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  // Race: between the judgement and the rename another opener may have replaced the file; then it goes back.
  const moved = readHolder(aside);
  if (moved !== null && moved.pid !== judged?.pid && isAlive(moved, aside)) linked(aside, file);
  rmSync(aside, { force: true });
}

function isAlive(holder: LockHolder | null, file: string): boolean {
  if (holder === null) return false;
  if (holder.world === worldName()) return startTimeOf(holder.pid) === holder.startTime;
  return Date.now() - modifiedAt(file) < silentMs;
}

function describeMyself(): LockHolder {
  return {
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? '',
    world: worldName(),
    host: hostname(),
    since: new Date().toISOString(),
  };
}

/** Process ids mean the same only within one boot and one pid namespace. */
function worldName(): string {
  if (process.platform !== 'linux') return hostname();
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
}

/** Guards against reused process ids. Null: there is no such process. */
function startTimeOf(pid: number): string | null {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; the start time is the 20th field after it (proc(5): field 22).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function readHolder(file: string): LockHolder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LockHolder;
  } catch {
    return null;
  }
}

function modifiedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** A missed heartbeat only matters to other machines, and never enough to stop the process for it. */
function touch(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    return;
  }
}

function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

import { execFile } from 'node:child_process';
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptSpec } from '../engine/ports.ts';
import { findSystemTool, SYSTEM_PATH } from '../proc/tool-path.ts';

/** The directories of one attempt. The agent may write to `tree`, `home`, `tmp` and `io`; `root` is for mounting. */
export interface AttemptPlace {
  readonly dir: string;
  readonly tree: string;
  readonly home: string;
  readonly tmp: string;
  readonly io: string;
  readonly root: string;
  readonly taskFile: string;
  readonly outcomeFile: string;
}

type TaskName = Pick<AttemptSpec, 'repo' | 'orchestration' | 'task' | 'attempt'>;

/** `<dataDir>/work/<owner>/<repo>/<orchestration>/<task>/a<attempt>` */
export function attemptPlace(dataDir: string, name: TaskName): AttemptPlace {
  const orchestration = name.orchestration.split('/').at(-1) ?? '';
  const parts = [name.repo.owner, name.repo.name, orchestration, name.task].map(pathPart);
  return placeAt(join(dataDir, 'work', ...parts, `a${name.attempt}`));
}

export function placeAt(dir: string): AttemptPlace {
  const io = join(dir, 'io');
  return {
    dir,
    tree: join(dir, 'tree'),
    home: join(dir, 'home'),
    tmp: join(dir, 'tmp'),
    io,
    root: join(dir, 'root'),
    taskFile: join(io, 'task.json'),
    outcomeFile: join(io, 'outcome.json'),
  };
}

/** A name as one path component: no separator, never `.` or `..`, never an option. */
export function pathPart(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^[.-]+/, '_');
  return safe === '' ? '_' : safe.slice(0, 100);
}

/** Makes the directories, empty: what an earlier process left there is gone. */
export async function makePlace(place: AttemptPlace): Promise<void> {
  await clearPlace(place);
  for (const path of [place.tree, place.home, place.tmp, place.io, place.root]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
}

/** `MUSTER_TASK_FILE`: what the task is, for agents that want more than the prompt. */
export async function writeTaskFile(place: AttemptPlace, spec: AttemptSpec): Promise<void> {
  const { orchestration, issue, title, body, section, attempt, branch, base, role, outputs } = spec;
  const task = { orchestration, issue, title, body, section, attempt, branch, base, role, outputs };
  await writeFile(place.taskFile, `${JSON.stringify(task, null, 2)}\n`);
}

/** True when no part of the tree's path is a link: an agent could have put one to somewhere else in its place. */
export async function treeIsGenuine(place: AttemptPlace): Promise<boolean> {
  return (await realpath(place.tree).catch(() => null)) === place.tree;
}

export async function clearPlace(place: AttemptPlace): Promise<void> {
  for (const path of [place.tree, place.home, place.tmp, place.io, place.root]) await removeTree(path);
}

/**
 * Removes a directory that an agent filled, also one it made unreadable or nested deeper than any path may be long.
 * Links are removed, never followed.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    // These two walk by directory handles, so no path is too long for them. What they say about it is of no use: only
    // whether it is gone counts.
    await runQuietly('chmod', ['-R', 'u+rwX', '--', path]);
    await runQuietly('rm', ['-rf', '--', path]);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

function runQuietly(tool: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    execFile(findSystemTool(tool) ?? tool, args, { env: { PATH: SYSTEM_PATH }, cwd: '/' }, () => resolve());
  });
}

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** Where a system installs programs. Our own tools are looked up here, never in a path that an agent may write to. */
export const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin';

/** The absolute path of a program of this system, or null. */
export function findSystemTool(name: string): string | null {
  return findExecutable(name, '/', SYSTEM_PATH);
}

/** Resolves a command the way `execvp` would in that directory with that PATH; null when there is nothing to run. */
export function findExecutable(command: string, cwd: string, path: string | undefined): string | null {
  if (command === '' || command.includes('\0')) return null;
  if (command.includes('/')) return executable(resolve(cwd, command));
  for (const directory of (path ?? SYSTEM_PATH).split(delimiter)) {
    const found = directory === '' ? null : executable(join(resolve(cwd, directory), command));
    if (found !== null) return found;
  }
  return null;
}

function executable(file: string): string | null {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? file : null;
  } catch {
    return null;
  }
}

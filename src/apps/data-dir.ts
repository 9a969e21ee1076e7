/** The directory where state is kept: made when missing, refused in a sentence when it cannot be written. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CommandFailed, exitCodes } from './exit-codes.ts';
import { systemWords } from './system-trouble.ts';

/** Answers the absolute path. `remedy` says how another one is named. Throws `CommandFailed` 7. */
export function makeDataDir(dir: string, remedy: string): string {
  const path = resolve(dir);
  try {
    if (path.includes('\n')) throw new Error('git cannot work below a path with a line break');
    makeAll(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    throw new CommandFailed(
      exitCodes.outOfResources,
      `State cannot be kept in ${path}: ${systemWords(error)}. ${remedy}`,
      { cause: error },
    );
  }
}

/** Not `recursive`: that never ends below /proc, and names the wrong path for a file in the way. */
function makeAll(path: string): void {
  if (!existsSync(path)) {
    if (dirname(path) !== path) makeAll(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  } else if (!statSync(path).isDirectory()) throw new NotADirectory(path);
}

class NotADirectory extends Error {
  constructor(path: string) {
    super(`${path} is a file`);
  }
}

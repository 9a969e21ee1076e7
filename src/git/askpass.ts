import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitAuth } from './run.ts';

/** Read by git for "Username for ..." and "Password for ...". Only shell builtins: nothing shows in a process list. */
const SCRIPT = `#!/bin/sh
case "$1" in
  Username*) file=username ;;
  Password*) file=token ;;
  *) exit 1 ;;
esac
IFS= read -r answer < "\${0%/*}/$file" || exit 1
printf '%s\\n' "$answer"
`;

/**
 * Lends git a credential for the duration of `fn`. The token lies in a 0600 file of a fresh 0700 directory below `dir`,
 * is in no argument, environment or configuration, and is gone when the promise settles.
 */
export async function withAskpass<T>(
  dir: string,
  credential: { readonly username: string; readonly token: string },
  fn: (auth: GitAuth) => Promise<T>,
): Promise<T> {
  const { username, token } = credential;
  if (/[\r\n\0]/.test(username + token)) throw new TypeError('A git credential cannot contain a line break.');
  await mkdir(dir, { recursive: true });
  const place = await mkdtemp(join(dir, 'askpass-'));
  try {
    const askpassFile = join(place, 'askpass');
    await writeFile(join(place, 'username'), `${username}\n`, { mode: 0o600 });
    await writeFile(join(place, 'token'), `${token}\n`, { mode: 0o600 });
    await writeFile(askpassFile, SCRIPT, { mode: 0o700 });
    return await fn({ askpassFile });
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** What the operating system refused, in words: the few errors that people meet and can do something about. */
import { inspect } from 'node:util';

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EEXIST: 'there is a file in its place',
  EACCES: 'permission denied',
  EPERM: 'the system does not allow it',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many links in the path',
  EADDRINUSE: 'the port is taken',
};

/** The embedded database is a WebAssembly program: the numbers its file system throws are those of WASI. */
const wasiNumbers: Readonly<Record<number, string>> = {
  2: 'EACCES',
  19: 'EDQUOT',
  33: 'EMFILE',
  41: 'ENFILE',
  44: 'ENOENT',
  48: 'ENOMEM',
  51: 'ENOSPC',
  63: 'EPERM',
  69: 'EROFS',
};

/** What PostgreSQL says in its own code of five characters. */
const sqlStates: Readonly<Record<string, string>> = { '53100': 'ENOSPC', '53200': 'ENOMEM' };

/** Errors that say "this machine has no more of it": no fault of ours. */
const scarce: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EMFILE: 'too many files are open in this process',
  ENFILE: 'too many files are open on this machine',
  ENOMEM: 'no memory is left',
  EROFS: 'the file system is read-only',
};

/** `no such file ...` for a system error, its own message for any other. */
export function systemWords(error: unknown): string {
  const code = codeOf(error);
  const known = code === null ? undefined : (words[code] ?? scarce[code]);
  return known ?? (error instanceof Error ? error.message : inspect(error)).replace(/\.$/, '');
}

/** The words where the machine has run out of something, in the error or in what caused it; else null. */
export function scarcityWords(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at !== undefined && depth < 8; depth++) {
    const known = scarce[codeOf(at) ?? ''];
    if (known !== undefined) return known;
    at = at instanceof Error ? at.cause : undefined;
  }
  return null;
}

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  if ('code' in error && typeof error.code === 'string') return sqlStates[error.code] ?? error.code;
  const ofWasm = 'name' in error && error.name === 'ErrnoError' && 'errno' in error && typeof error.errno === 'number';
  return ofWasm ? (wasiNumbers[error.errno as number] ?? null) : null;
}

/** What the operating system refused, in words: the few errors that people meet and can do something about. */

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
  return known ?? (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}

/** The words where the machine has run out of something, in the error or in what caused it; else null. */
export function scarcityWords(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const known = scarce[codeOf(at) ?? ''];
    if (known !== undefined) return known;
  }
  return null;
}

function codeOf(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}

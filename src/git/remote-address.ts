import { GitError } from './git-error.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/**
 * Refuses arguments that would send anything over an unencrypted or credential-carrying address: plain http is for
 * loopback only, and a user or password inside an address would be visible in the process list.
 * Answers whether one of the arguments is a (loopback) http address.
 */
export function refuseUnsafeAddress(args: readonly string[]): boolean {
  let usesHttp = false;
  for (const arg of args) {
    if (!/^https?:/i.test(arg)) continue;
    const address = URL.canParse(arg) ? new URL(arg) : null;
    if (address === null) throw new GitError('was given an address that cannot be read', { args });
    if (address.username !== '' || address.password !== '') {
      throw new GitError('was given an address with credentials in it', { args });
    }
    if (address.protocol !== 'http:') continue;
    if (!LOOPBACK.has(address.hostname)) {
      throw new GitError(`refuses plain http to ${address.hostname}; only https, or http to this machine`, { args });
    }
    usesHttp = true;
  }
  return usesHttp;
}

/** Throws unless the text can stand where git expects a revision or a ref and can never be read as an option. */
export function refuseOption(args: readonly string[], ...values: readonly string[]): void {
  for (const value of values) {
    if (value === '' || value.startsWith('-') || /[\0\n]/.test(value)) {
      throw new GitError(`was given an unusable name ${JSON.stringify(value.slice(0, 80))}`, { args });
    }
  }
}

import { DatabaseUnusable } from './database-unusable.ts';
import { MigrationFailed } from './migrate.ts';
import type { PostgresAddress } from './postgres-address.ts';

const certificateCodes = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

const sqlState = /^[0-9][0-9A-Z]{4}$/;

/** What a failure of `pg` means for whoever set DATABASE_URL; any other error comes back as it is. */
export function explainTrouble(error: unknown, address: PostgresAddress): unknown {
  if (error instanceof MigrationFailed) return error.isRefusal ? explainTrouble(error.cause, address) : error;
  const isOfPg = error instanceof Error && ('code' in error || error.name === 'Error');
  if (!isOfPg || error instanceof DatabaseUnusable) return error;
  const code = fieldOf(error, 'code');
  const { message } = error;
  const settings = settingsWords(code, message, fieldOf(error, 'syscall'), address);
  if (settings !== null) return new DatabaseUnusable('settings', settings, { cause: error });
  return new DatabaseUnusable('unavailable', unavailableWords(code, message, address), { cause: error });
}

/** Codes are SQLSTATEs of the server and error codes of Node; `pg` has neither for what is told apart by its text. */
function settingsWords(
  code: string,
  message: string,
  syscall: string,
  { user, server, database, wantsTls, hasPassword }: PostgresAddress,
): string | null {
  if (code === '28P01' || (code === '' && message.startsWith('SASL:')))
    return hasPassword
      ? `PostgreSQL at ${server} does not accept the password of user "${user}": correct it in DATABASE_URL (special characters as %-escapes).`
      : `PostgreSQL at ${server} asks for a password of user "${user}", and DATABASE_URL has none: write it as postgres://${user}:PASSWORD@${server}/${database}.`;
  if (code === '28000')
    return wantsTls
      ? `PostgreSQL at ${server} does not let user "${user}" into "${database}" (${message}): add the line that its pg_hba.conf lacks, or correct DATABASE_URL.`
      : `PostgreSQL at ${server} does not let user "${user}" into "${database}" without TLS (${message}): add ?sslmode=verify-full to DATABASE_URL, or the line that its pg_hba.conf lacks.`;
  if (code === '3D000')
    return `There is no database "${database}" at ${server}: create it with "createdb" (encoding UTF8), or correct DATABASE_URL.`;
  if (code === '42501')
    return `User "${user}" may not make tables in "${database}" (${message}): make it the owner of the database, or grant it CREATE on the schema.`;
  if (code === '42P07')
    return `The database "${database}" at ${server} holds tables of something else (${message}): give Muster a database of its own.`;
  if (certificateCodes.has(code))
    return `The certificate of PostgreSQL at ${server} is not trusted (${message}): add sslrootcert=/path/to/its-ca.pem to DATABASE_URL, or sslmode=no-verify to encrypt without checking.`;
  if (code === '' && message.startsWith('The server does not support SSL'))
    return `PostgreSQL at ${server} has no TLS, and DATABASE_URL asks for it: turn it on there, or remove sslmode from DATABASE_URL if the way there is safe.`;
  if (code === 'ENOENT' && syscall === 'open')
    return `A certificate file named in DATABASE_URL cannot be read (${message}): correct its path.`;
  return null;
}

function unavailableWords(code: string, message: string, { server }: PostgresAddress): string {
  if (code === '53300')
    return `PostgreSQL at ${server} has no connection left for us (${message}): raise its max_connections, or lower the pool of each process.`;
  if (code === '57P03') return `PostgreSQL at ${server} is not ready (${message}): try again in a moment.`;
  if (sqlState.test(code)) return `PostgreSQL at ${server} refuses to work (${message}): its log may say more.`;
  return `PostgreSQL at ${server} cannot be reached (${message || code}): check that it runs there, and host and port in DATABASE_URL.`;
}

/** A text field of an error, or empty. */
function fieldOf(error: Error, field: 'code' | 'syscall'): string {
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : '';
}

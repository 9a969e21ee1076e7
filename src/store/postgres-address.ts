import { DatabaseUnusable } from './database-unusable.ts';

/** Where a PostgreSQL database is, as `DATABASE_URL` says it. */
export interface PostgresAddress {
  /** For `pg`. Holds the password: never shown. */
  readonly connectionString: string;
  /** For people: user, host, port and name of the database, no password. */
  readonly shown: string;
  readonly user: string;
  /** `host:port`, or the directory of a Unix socket. */
  readonly server: string;
  readonly database: string;
  readonly hasPassword: boolean;
  readonly wantsTls: boolean;
  /** `options` of the address: server settings in the form of `-c name=value`. */
  readonly serverOptions: string;
}

const example = 'postgres://muster:PASSWORD@localhost:5432/muster';

/** Modes of libpq that `pg` treats as `verify-full`, with a warning on stderr that says so. */
const checkedModes = new Set(['prefer', 'require', 'verify-ca']);

/** Reads `DATABASE_URL`. Throws `DatabaseUnusable` (settings) that never repeats the text: it may hold a password. */
export function readAddress(text: string): PostgresAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol))
    throw new DatabaseUnusable(
      'settings',
      `DATABASE_URL is not the address of a PostgreSQL database: it must look like ${example}, with %-escapes for special characters in the password.`,
    );
  const database = decodeURIComponent(url.pathname.slice(1));
  if (database === '')
    throw new DatabaseUnusable('settings', `DATABASE_URL names no database: it must end like ${example}.`);
  const parameters = url.searchParams;
  const user = parameters.get('user') ?? decodeURIComponent(url.username);
  const host = parameters.get('host') ?? decodeURIComponent(url.hostname);
  const port = parameters.get('port') ?? url.port;
  const server = host.startsWith('/') ? host : `${host || 'localhost'}:${port || '5432'}`;
  const mode = parameters.get('sslmode');
  if (mode !== null && checkedModes.has(mode)) parameters.set('sslmode', 'verify-full');
  const serverOptions = parameters.get('options') ?? '';
  parameters.delete('options');
  return {
    connectionString: url.href,
    shown: `postgres ${user === '' ? '' : `${user}@`}${server}/${database}`,
    user,
    server,
    database,
    hasPassword: url.password !== '' || parameters.has('password'),
    wantsTls: mode !== null ? mode !== 'disable' : ['true', '1'].includes(parameters.get('ssl') ?? ''),
    serverOptions,
  };
}

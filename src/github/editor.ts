/** Who edited an issue's text last, and when; our own edits do not count. */
import type { Edit } from '../engine/ports.ts';
import { optionalTextAt, optionalTimeAt, valueAt } from './fields.ts';
import type { Server } from './server.ts';

/** Null when nobody edited it, when that was us, or when the server does not say. */
export function editIn(server: Server, issue: unknown): Edit | null {
  const at = optionalTimeAt(issue, 'lastEditedAt');
  const login = optionalTextAt(valueAt(issue, 'editor'), 'login');
  if (at === null) return null;
  if (login === null) return { by: null, at };
  // GraphQL leaves the ending out that REST gives to Apps
  const isBot = optionalTextAt(valueAt(issue, 'editor'), '__typename') === 'Bot';
  const name = isBot && !login.endsWith('[bot]') ? `${login}[bot]` : login;
  return name === server.appLogin() || server.ownLogins.has(name) ? null : { by: name, at };
}

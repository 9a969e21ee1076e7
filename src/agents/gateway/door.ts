/** Who is there, and where they want to go: decided before a byte of the request's body is read. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Dialect, type Route, routeOf } from './dialects.ts';
import { keyShown } from './headers.ts';

/** What the door knows of an admitted attempt. */
export interface Guest {
  readonly id: string;
  readonly dialect: Dialect;
  readonly keyDigest: Buffer;
}

export type Decision<G extends Guest> =
  | { readonly pass: true; readonly guest: G; readonly route: Route; readonly query: string }
  | {
      readonly pass: false;
      readonly why: 'bad_target' | 'no_key' | 'not_yours' | 'not_found';
      /** Whose address it was, if anybody's. */
      readonly guest: G | null;
    };

export function digestKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

const address = /^\/r\/([A-Za-z0-9_-]{1,64})(\/[^?]*)?(?:\?(.*))?$/;
/** What could be read in more than one way on its way: escapes, steps upwards, empty segments, other alphabets. */
const ambiguous = /%|\\|\/\/|\/\.{1,2}(?:\/|$)|[^\x21-\x7e]/;
const LONGEST_QUERY = 2_000;

/** `only`: the attempt whose own socket this came in by. */
export function admitRequest<G extends Guest>(
  request: Pick<IncomingMessage, 'url' | 'method' | 'headers'>,
  guests: ReadonlyMap<string, G>,
  only: string | null,
): Decision<G> {
  const found = address.exec(request.url ?? '');
  if (found === null) return { pass: false, why: 'bad_target', guest: null };
  const [, id = '', path = '', query = ''] = found;
  const guest = guests.get(id) ?? null;
  if (ambiguous.test(path) || query.length > LONGEST_QUERY) return { pass: false, why: 'bad_target', guest };
  const parameters = new URLSearchParams(query);
  const shown = keyShown(request.headers, parameters);
  const owner = shown === null ? null : ownerOf(shown, guests);
  if (owner === null) {
    // whether anybody is there may be asked without a key
    const route = guest === null ? null : routeOf(guest.dialect, request.method ?? '', path);
    const alive = guest !== null && route?.use === 'alive' && shown === null && (only === null || only === id);
    return alive ? { pass: true, guest, route, query: '' } : { pass: false, why: 'no_key', guest };
  }
  if (owner.id !== id || (only !== null && only !== id)) return { pass: false, why: 'not_yours', guest };
  const route = routeOf(owner.dialect, request.method ?? '', path);
  if (route === null) return { pass: false, why: 'not_found', guest };
  parameters.delete('key');
  const left = parameters.toString();
  return { pass: true, guest: owner, route, query: left === '' ? '' : `?${left}` };
}

/** Every key is compared, each in the same time, so that the answer's time tells nothing. */
function ownerOf<G extends Guest>(shown: string, guests: ReadonlyMap<string, G>): G | null {
  const digest = digestKey(shown);
  let owner: G | null = null;
  for (const guest of guests.values()) if (timingSafeEqual(guest.keyDigest, digest)) owner = guest;
  return owner;
}

/** How a plain GitHub speaks, apart from what it can do: what GitHub's documentation allows, and what others make of it. */
import { randomBytes } from 'node:crypto';
import type { Shape } from './plain-git.ts';

export interface PlainManners {
  /** The answer to a route that it does not have. */
  readonly missing?: { readonly status: number; readonly body: string; readonly type: string };
  /** Both encodings of GitHub's; `bare` tells neither who sent it nor of which installation; or none at all. */
  readonly hooks?: 'json' | 'form' | 'bare' | 'none';
  /** `links`: pages of two with `Link`; `pages`: pages of thirty, without. Else everything at once. */
  readonly lists?: 'links' | 'pages';
  /** A clock that stands still. */
  readonly clock?: string;
  readonly mergeable?: boolean | null | 'unsaid';
  readonly mergeAnswer?: 'full' | 'empty';
  /** With which status a conflict is told. */
  readonly conflict?: 405 | 409 | 422;
  readonly token?: 'classic' | 'dotted' | 'long';
  /** Under whose name the App's own issues and comments stand. */
  readonly author?: 'app' | 'account';
}

export function stampOf({ clock }: PlainManners): string {
  return clock ?? new Date().toISOString().replace(/\.\d+Z/, 'Z');
}

export function hookBody({ hooks }: PlainManners, whole: Shape): { readonly body: string; readonly type: string } {
  const { installation: _, sender, ...rest } = whole;
  const payload = JSON.stringify(hooks === 'bare' ? { ...rest, sender: { login: sender?.login } } : whole);
  return hooks === 'form'
    ? { body: new URLSearchParams({ payload }).toString(), type: 'application/x-www-form-urlencoded' }
    : { body: payload, type: 'application/json; charset=utf-8' };
}

/** GitHub's own: forty characters, or since 2026 a token of several hundred with dots in it. */
export function newToken({ token }: PlainManners): string {
  const random = (bytes: number): string => randomBytes(bytes).toString('base64url');
  if (token === 'classic') return `ghs_${randomBytes(18).toString('hex')}`;
  if (token === 'long') return `ghs_77_${random(27)}.${random(330)}.${random(30)}`;
  return `ghs_77_${random(30)}.${random(9)}`;
}

/** A page of a list, also of one that is wrapped in an object; other answers as they are. */
export function pageOf(
  lists: NonNullable<PlainManners['lists']>,
  body: Shape,
  url: URL,
): { readonly body: Shape; readonly link: string | null } {
  const field = Array.isArray(body) ? '' : ['check_runs', 'repositories'].find((name) => Array.isArray(body?.[name]));
  if (field === undefined) return { body, link: null };
  const rows: Shape[] = field === '' ? body : body[field];
  const asked = Number(url.searchParams.get('per_page') ?? 30);
  const size = Math.min(asked, lists === 'links' ? 2 : 30);
  const page = Number(url.searchParams.get('page') ?? 1);
  const shown = rows.slice((page - 1) * size, page * size);
  const next = new URL(url);
  next.searchParams.set('page', String(page + 1));
  const more = lists === 'links' && rows.length > page * size;
  return { body: field === '' ? shown : { ...body, [field]: shown }, link: more ? `<${next}>; rel="next"` : null };
}

/**
 * A commit's exact bytes from what an API tells of it. APIs drop the time zones and sometimes the last line end, so the
 * few possibilities are tried until one has the right id.
 */
import { createHash } from 'node:crypto';

export interface RemoteSignature {
  readonly name: string;
  readonly email: string;
  /** ISO 8601. */
  readonly date: string;
}

export interface RemoteCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: RemoteSignature;
  readonly committer: RemoteSignature;
  readonly message: string;
  /** What was signed, and the signature; null for most commits. */
  readonly signed: { readonly payload: string; readonly signature: string } | null;
}

/** Null when nothing that could have been meant has this id. */
export function rebuildCommit(commit: RemoteCommit, sha: string): Uint8Array | null {
  for (const text of candidates(commit)) {
    const bytes = Buffer.from(text, 'utf8');
    if (commitId(bytes) === sha) return bytes;
  }
  return null;
}

function commitId(bytes: Uint8Array): string {
  return createHash('sha1').update(`commit ${bytes.byteLength}\0`).update(bytes).digest('hex');
}

function* candidates(commit: RemoteCommit): Generator<string> {
  if (commit.signed !== null) yield* signedTexts(commit.signed);
  const messages = new Set([commit.message, `${commit.message}\n`, commit.message.replace(/\n+$/, '')]);
  const parents = commit.parents.map((parent) => `parent ${parent}\n`).join('');
  const zones = [...new Set([zoneOf(commit.author.date), zoneOf(commit.committer.date), ...ZONES])];
  const pairs = [
    ...zones.map((zone) => [zone, zone] as const),
    ...zones.flatMap((a) => zones.map((b) => [a, b] as const)),
  ];
  for (const [authors, committers] of pairs) {
    const head = `tree ${commit.tree}\n${parents}${line('author', commit.author, authors)}${line('committer', commit.committer, committers)}\n`;
    for (const message of messages) yield `${head}${message}`;
  }
}

function line(role: string, { name, email, date }: RemoteSignature, zone: string): string {
  return `${role} ${name} <${email}> ${Math.floor(Date.parse(date) / 1000)} ${zone}\n`;
}

/** A signature stands in the header, its lines set off by a blank. */
function* signedTexts({ payload, signature }: { payload: string; signature: string }): Generator<string> {
  const end = payload.indexOf('\n\n');
  if (end === -1) return;
  for (const text of [signature.trimEnd(), `${signature.trimEnd()}\n`, signature])
    yield `${payload.slice(0, end)}\ngpgsig ${text.replaceAll('\n', '\n ')}${payload.slice(end)}`;
}

/** `+0000` for a date that names no other zone. */
function zoneOf(date: string): string {
  return /([+-]\d\d):?(\d\d)$/.exec(date)?.slice(1).join('') ?? '+0000';
}

/** Every quarter of an hour that some place on earth keeps. */
const ZONES: readonly string[] = Array.from({ length: (12 + 14) * 4 + 1 }, (_, index) => {
  const minutes = index * 15 - 12 * 60;
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}${String(rest).padStart(2, '0')}`;
});

/**
 * `.env`: what `muster setup` writes and `muster start` reads. It holds keys, so it is for its owner alone: written 0600,
 * and refused when others may read it. Lines that are not ours stay as they are.
 */

import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { systemWords } from '../system-trouble.ts';

export type Values = Readonly<Record<string, string>>;

/** What says that an `.env` is meant for Muster at all; many directories have one of something else. */
const ours = ['APP_ID', 'PRIVATE_KEY', 'PRIVATE_KEY_PATH', 'WEBHOOK_SECRET'] as const;

const usualName = '.env';

export interface EnvFile {
  /** Absolute. */
  readonly path: string;
  readonly values: Values;
}

/**
 * `named` null: the `.env` of the working directory where there is one that holds settings of the App, else null.
 * Throws CommandFailed 3 when the file cannot be read, or can be read by others.
 */
export function openEnvFile(named: string | null, cwd: string): EnvFile | null {
  const path = resolve(cwd, named ?? usualName);
  if (named === null && !existsSync(path)) return null;
  const values = parsed(path);
  if (named === null && !ours.some((name) => values[name])) return null;
  refuseOpenFile(path);
  return { path, values };
}

function parsed(path: string): Values {
  try {
    const values = parseEnv(readFileSync(path, 'utf8'));
    return Object.fromEntries(
      Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
  } catch (error) {
    throw new CommandFailed(exitCodes.unreadable, `The settings in ${path} cannot be read: ${systemWords(error)}.`, {
      cause: error,
    });
  }
}

function refuseOpenFile(path: string): void {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) === 0) return;
  throw new CommandFailed(
    exitCodes.unreadable,
    `${path} holds keys and can be read by other users of this machine (mode ${mode.toString(8)}). Close it: chmod 600 ${path}`,
  );
}

/** Names of `values` that the file already sets to something else; empty where there is no file. */
export function settledIn(path: string, names: readonly string[]): readonly string[] {
  if (!existsSync(path)) return [];
  const values = parsed(path);
  return names.filter((name) => values[name]);
}

/**
 * Sets these and takes `without` out, at the place where they stood, else at the end; all other lines stay. Written whole
 * or not at all, mode 0600. A link is followed.
 */
export function writeEnvFile(path: string, values: Values, without: readonly string[] = []): void {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const written = merged(before, values, without);
  const read = parseEnv(written);
  const lost = Object.entries(values).filter(([name, value]) => read[name] !== value);
  if (lost.length > 0)
    throw new Error(`${path} could not be written so that ${lost.map(([name]) => name).join(', ')} can be read back`);
  writeWhole(existsSync(path) ? realpathSync(path) : path, written);
}

/** Through a file beside it, so that nobody ever sees half of it; only its owner may read it from its first byte on. */
export function writeWhole(path: string, text: string): void {
  const next = join(dirname(path), `.${randomBytes(6).toString('hex')}.muster`);
  try {
    writeFileSync(next, text, { mode: 0o600, flag: 'wx', flush: true });
    // an umask can only take away, and an odd file system may add
    chmodSync(next, 0o600);
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

function merged(text: string, values: Values, without: readonly string[]): string {
  const left = new Map(Object.entries(values));
  const lines: string[] = [];
  const entries = splitEntries(text);
  for (const { name, lines: own } of entries) {
    if (name !== null && without.includes(name)) continue;
    if (name === null || !(name in values)) lines.push(...own);
    else if (left.has(name)) lines.push(`${name}=${quoted(values[name] ?? '')}`);
    if (name !== null) left.delete(name);
  }
  while (lines.at(-1) === '') lines.pop();
  for (const [name, value] of left) lines.push(`${name}=${quoted(value)}`);
  return `${lines.join('\n')}\n`;
}

interface Entry {
  /** Null for comments and blank lines. */
  readonly name: string | null;
  readonly lines: readonly string[];
}

/** A quoted value may go over several lines. */
function splitEntries(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const found = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(["'`])?/.exec(line);
    const name = found?.[1] ?? null;
    const quote = found?.[2];
    const own = [line];
    if (found !== null && quote !== undefined && !line.slice(found[0].length).includes(quote)) {
      const end = lines.findIndex((later, index) => index > at && later.includes(quote));
      if (end !== -1) own.push(...lines.slice(at + 1, end + 1));
    }
    at += own.length - 1;
    entries.push({ name, lines: own });
  }
  return entries;
}

function quoted(value: string): string {
  if (/^[\w./:@%+=-]*$/.test(value)) return value;
  const quote = ["'", '"', '`'].find((mark) => !value.includes(mark));
  return quote === undefined || (quote === '"' && value.includes('\\')) ? value : `${quote}${value}${quote}`;
}

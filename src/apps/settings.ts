/**
 * The server's settings, read from the environment once, at the door. Everything wrong or missing is said at once, one
 * sentence each; nothing is guessed.
 */

import { createPrivateKey } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parseOperatorConfig } from '../agents/operator-config.ts';
import type { AgentSetup } from '../agents/runner.ts';
import type { Policy } from '../core/plan.ts';
import { type ApiVersion, apiVersions } from '../github/app.ts';
import { type Limits, publishedLimits } from '../github/published-limits.ts';
import { withAbsolutePaths } from './agent-command.ts';
import type { LogLevel } from './logger.ts';
import { logLevels } from './logger.ts';
import { systemWords } from './system-trouble.ts';

export interface ServerSettings {
  readonly appId: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
  readonly port: number;
  readonly apiUrl: string;
  readonly apiVersion: ApiVersion;
  /** Null: the server has none. */
  readonly limits: Limits | null;
  readonly dataDir: string;
  readonly agents: Readonly<Record<string, AgentSetup>>;
  readonly merge: Policy['merge'] | null;
  readonly tickMs: number;
  readonly graceMs: number;
  readonly logLevel: LogLevel;
  /** Files that agents must not see. */
  readonly hidden: readonly string[];
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** PATH of agents and verify commands. */
  readonly path?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;
export type SettingsResult =
  | { readonly ok: true; readonly settings: ServerSettings }
  | { readonly ok: false; readonly problems: readonly string[] };

export function readSettings(env: Environment): SettingsResult {
  const problems: string[] = [];
  const key = privateKey(env, problems);
  const config = agents(env, problems);
  const api = apiUrl(env, problems);
  const settings: ServerSettings = {
    appId: wholeNumber(
      env,
      'APP_ID',
      null,
      [1, Number.MAX_SAFE_INTEGER],
      problems,
      "the number GitHub shows on the App's page",
    ),
    privateKey: key,
    webhookSecret: webhookSecret(env, problems),
    port: wholeNumber(env, 'PORT', 3000, [0, 65_535], problems, 'the TCP port to listen on'),
    apiUrl: api,
    apiVersion: oneOf(env, 'MUSTER_GITHUB_API_VERSION', apiVersions, problems) ?? apiVersions[0],
    limits: limits(env, api, problems),
    dataDir: env.MUSTER_DATA_DIR || defaultDataDir(env),
    agents: config,
    merge: oneOf(env, 'MUSTER_MERGE', ['manual', 'on-approval', 'auto'] as const, problems),
    tickMs:
      1000 * wholeNumber(env, 'MUSTER_TICK_SECONDS', 60, [1, 86_400], problems, 'seconds between two sweeps of GitHub'),
    graceMs: wholeNumber(
      env,
      'MUSTER_GRACE_MS',
      45_000,
      [0, 3_600_000],
      problems,
      'milliseconds a request already sent may take to land',
    ),
    logLevel: oneOf(env, 'LOG_LEVEL', logLevels, problems) ?? 'info',
    ...(env.PATH ? { path: env.PATH } : {}),
    ...backends(env, problems),
    hidden: [env.PRIVATE_KEY_PATH, env.MUSTER_CONFIG].flatMap((path) => path || []),
  };
  return problems.length > 0 ? { ok: false, problems } : { ok: true, settings };
}

/** Under the XDG state directory, never inside anybody's repository. */
export function defaultDataDir(env: Environment): string {
  const home = absolute(env.HOME) ?? '/var/lib';
  return join(absolute(env.XDG_STATE_HOME) ?? join(home, '.local', 'state'), 'muster');
}

/** Null for a relative path: the XDG specification says to pass it over, and it would lie in somebody's repository. */
function absolute(path: string | undefined): string | null {
  return path !== undefined && isAbsolute(path) ? path : null;
}

/** What is wrong with an address is said by whoever connects to it. */
function backends(env: Environment, problems: string[]): Pick<ServerSettings, 'databaseUrl' | 'redisUrl'> {
  if (env.MUSTER_REDIS_URL && !env.DATABASE_URL)
    problems.push(
      'MUSTER_REDIS_URL is set, but DATABASE_URL is not: Redis shares work between processes, and the embedded database belongs to one. Set DATABASE_URL to a PostgreSQL, or leave Redis out.',
    );
  return {
    ...(env.DATABASE_URL ? { databaseUrl: env.DATABASE_URL } : {}),
    ...(env.MUSTER_REDIS_URL ? { redisUrl: env.MUSTER_REDIS_URL } : {}),
  };
}

function webhookSecret(env: Environment, problems: string[]): string {
  const secret = env.WEBHOOK_SECRET ?? '';
  if (secret === '')
    problems.push(
      "WEBHOOK_SECRET is missing: set it to the secret of the App's webhook; without it anybody could send orders.",
    );
  else if (secret === 'development')
    problems.push(
      'WEBHOOK_SECRET is "development", which everybody knows: choose a long random one and set it on the App as well.',
    );
  return secret;
}

function privateKey(env: Environment, problems: string[]): string {
  const path = env.PRIVATE_KEY_PATH;
  const inline = env.PRIVATE_KEY;
  if (inline && path) problems.push('PRIVATE_KEY and PRIVATE_KEY_PATH are both set: keep one of them.');
  if (!inline && !path) {
    problems.push(
      "PRIVATE_KEY or PRIVATE_KEY_PATH is missing: give the App's private key as PEM text or as a file's path.",
    );
    return '';
  }
  try {
    // a PEM in one line with \n in it is how many hosts store it
    const pem = inline ? inline.replaceAll('\\n', '\n') : readFileSync(path ?? '', 'utf8');
    createPrivateKey(pem);
    return pem;
  } catch (error) {
    const what = inline
      ? 'PRIVATE_KEY is not a PEM private key'
      : `PRIVATE_KEY_PATH (${path}) cannot be used as a PEM private key`;
    problems.push(`${what}: ${keyTrouble(error)}.`);
    return '';
  }
}

/** OpenSSL's own words ("DECODER routines::unsupported") help nobody. */
function keyTrouble(error: unknown): string {
  const ofOpenSsl = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_OSSL');
  return ofOpenSsl ? "GitHub's begins with -----BEGIN RSA PRIVATE KEY----- and has no password" : systemWords(error);
}

function apiUrl(env: Environment, problems: string[]): string {
  const text = env.MUSTER_GITHUB_API_URL || 'https://api.github.com';
  try {
    const url = new URL(text);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) {
      problems.push(`MUSTER_GITHUB_API_URL is ${text}: it must be https, or http on this machine only.`);
    }
  } catch {
    problems.push(
      `MUSTER_GITHUB_API_URL is ${text}, which is not a URL: use https://api.github.com or https://HOST/api/v3.`,
    );
  }
  return text.replace(/\/+$/, '');
}

/** A server on this machine is somebody's own, and has none unless told so. */
function limits(env: Environment, api: string, problems: string[]): Limits | null {
  const said = oneOf(env, 'MUSTER_GITHUB_LIMITS', ['published', 'none'] as const, problems);
  const local = URL.canParse(api) && isLoopback(new URL(api));
  return (said ?? (local ? 'none' : 'published')) === 'none' ? null : publishedLimits;
}

function isLoopback({ hostname }: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

function agents(env: Environment, problems: string[]): Readonly<Record<string, AgentSetup>> {
  const command = env.MUSTER_AGENT_COMMAND?.trim();
  const found: Record<string, AgentSetup> = command
    ? { default: { command: withAbsolutePaths(command), env: {} } }
    : {};
  const path = env.MUSTER_CONFIG;
  if (path) {
    try {
      accessSync(path, constants.R_OK);
      const config = parseOperatorConfig(readFileSync(path, 'utf8'), env);
      if (config.ok) Object.assign(found, config.agents);
      if (config.ok && Object.keys(found).length === 0)
        problems.push(`MUSTER_CONFIG (${path}) names no agent: add one below "agents:".`);
      if (!config.ok)
        for (const problem of config.problems)
          problems.push(`MUSTER_CONFIG (${path}), line ${problem.line}: ${problem.message}.`);
    } catch (error) {
      problems.push(`MUSTER_CONFIG (${path}) cannot be read: ${systemWords(error)}.`);
    }
  }
  if (!command && !path)
    problems.push('MUSTER_AGENT_COMMAND or MUSTER_CONFIG is missing: say which command works on a task.');
  return found;
}

function wholeNumber(
  env: Environment,
  name: string,
  fallback: number | null,
  [least, most]: readonly [number, number],
  problems: string[],
  meaning: string,
): number {
  const text = env[name];
  if (text === undefined || text === '') {
    if (fallback === null) problems.push(`${name} is missing: it is ${meaning}.`);
    return fallback ?? 0;
  }
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  problems.push(`${name} is "${text}": it must be a whole number ${range}, ${meaning}.`);
  return fallback ?? 0;
}

function oneOf<T extends string>(env: Environment, name: string, values: readonly T[], problems: string[]): T | null {
  const text = env[name];
  if (text === undefined || text === '') return null;
  const value = values.find((one) => one === text);
  if (value === undefined) problems.push(`${name} is "${text}": it must be one of ${values.join(', ')}.`);
  return value ?? null;
}

/**
 * github: GitHub in and out. Payloads become signals, effects become API calls with one classified outcome each, and
 * sweeps read back what lost webhooks would have said. May import core, engine/ports.ts, text; probot and octokit.
 * Invariant: nothing here retries. A request is sent once per call; the commands table decides about the next try.
 *
 * This file owns the App itself: credentials, installations and what is shared by all their requests. Probot does
 * authentication and signature verification; its throttle and retry are off, and it never sees REDIS_URL.
 */
import type { Logger } from 'pino';
import { Probot, ProbotOctokit } from 'probot';
import type { RepoName } from '../engine/ports.ts';
import { statusOf } from './classify.ts';
import { MissingWebhookSecretError, NoInstallationError, UnexpectedAnswerError } from './errors.ts';
import { optionalTextAt } from './fields.ts';
import { findInstallation, listInstallations, listOfAccount, slugOfInstallations } from './find-installation.ts';
import { forgetNodes, type Installation, openInstallation, repoKey } from './installation.ts';
import { isForbidden, isUnasked } from './missing.ts';
import { createPace, type PaceOptions } from './pace.ts';
import { mintPushAccess, type PushAccess } from './push-access.ts';
import { createServer, type Server } from './server.ts';
import { type Budget, createSpending, freeOfCharge, type Spending } from './spending.ts';
import { createFetch, governRequests, type OnAnswer, type OnRequest } from './transport.ts';

/** `X-GitHub-Api-Version`; the first is what github.com serves for years to come. */
export const apiVersions = ['2022-11-28', '2026-03-10'] as const;
export type ApiVersion = (typeof apiVersions)[number];

export interface GitHubAppOptions {
  readonly appId: number;
  /** PEM text. */
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** `https://api.github.com`, `https://HOST/api/v3`, or the address of a local GitHub. */
  readonly apiUrl: string;
  readonly log: Logger;
  readonly pace: PaceOptions;
  /** What all processes together may ask for; none where the server publishes no limits. */
  readonly budget?: Budget;
  /** For one HTTP request, in ms; a caller's own deadline may end it sooner. */
  readonly httpDeadlineMs?: number;
  /** Shapes of answers; the first one unless given. */
  readonly apiVersion?: ApiVersion;
  readonly onRequest?: OnRequest;
  readonly onAnswer?: OnAnswer;
}

export interface AppIdentity {
  readonly id: number;
  readonly slug: string;
  /** How GitHub names the App as an author: `<slug>[bot]`. */
  readonly login: string;
}

export interface GitHubApp {
  readonly id: number;
  /** Asked once from GitHub (GET /app) and kept; rejects when the credentials are wrong or GitHub is not there. */
  readonly identity: () => Promise<AppIdentity>;
  /** Rejects with NoInstallationError where the App is not installed. */
  readonly installationFor: (repo: RepoName) => Promise<Installation>;
  readonly installations: () => Promise<readonly Installation[]>;
  /** A token for one push: this repository only, contents only, freshly minted. */
  readonly pushAccess: (repo: RepoName) => Promise<PushAccess>;
  /** Whether GitHub signed these bytes with our secret. */
  readonly verify: (body: string, signature: string) => Promise<boolean>;
  /** What the server turned out to lack. */
  readonly server: Server;
  /** Speaks as the App itself, not as one of its installations. */
  readonly octokit: ProbotOctokit;
  /** Forgets where it is installed for this repository, and the node ids there: it was renamed, moved or taken away. */
  readonly forget: (repo: RepoName) => void;
}

/** DETAILS "Names and ids". */
const HTTP_DEADLINE_MS = 15_000;

/** Where the budget keeps what the App asks for in its own name; GitHub's own ids begin at 1. */
const NO_INSTALLATION = 0;

/** Rejects with MissingWebhookSecretError: Probot would fall back to a secret that everybody knows. */
export async function createGitHubApp(options: GitHubAppOptions): Promise<GitHubApp> {
  if (options.webhookSecret.trim() === '') throw new MissingWebhookSecretError();
  const apiUrl = options.apiUrl.replace(/\/+$/, '');
  const probot = createProbot({ ...options, apiUrl });
  await probot.ready();
  const onRequest = options.onRequest ?? ((): void => {});
  const server = createServer(apiUrl, options.log);
  const octokit = await probot.auth();
  const { budget } = options;
  const spendingOf = (id: number): Spending => (budget === undefined ? freeOfCharge : createSpending(budget, id));
  const spendingOfApp = spendingOf(NO_INSTALLATION);
  governRequests(octokit, {
    pace: createPace({ ...options.pace, minWriteGapMs: 0 }),
    spending: spendingOfApp,
    spendingOfApp,
    log: options.log,
    onRequest,
    renewals: () => 0,
    onStatus: async () => {},
    onNoToken: () => {},
  });

  const opened = keepOnce((id: string) =>
    openInstallation({
      probot,
      id: Number(id),
      pace: options.pace,
      spending: spendingOf(Number(id)),
      spendingOfApp,
      log: options.log,
      onRequest,
      server,
      repositoriesOfAccount: listOfAccount(octokit, Number(id)),
      // Installed anew, the App has another installation id; the next request asks for it.
      onGone: () => found.forget(),
    }),
  );
  const found = keepOnce((key: string) => findInstallation(octokit, key, (id) => opened(String(id))));
  const named = keepOnce(async () => {
    const slug = await slugOf(octokit, options.appId);
    const login = `${slug}[bot]`;
    server.nameApp(login);
    return { id: options.appId, slug, login };
  });

  async function installationId(repo: RepoName): Promise<number> {
    try {
      return await found(repoKey(repo));
    } catch (error) {
      throw statusOf(error) === 404 ? new NoInstallationError(repoKey(repo), error) : error;
    }
  }

  return {
    id: options.appId,
    identity: () => named('app'),
    installationFor: async (repo) => opened(String(await installationId(repo))),
    installations: async () => Promise.all((await listInstallations(octokit)).map((id) => opened(String(id)))),
    pushAccess: async (repo) => {
      const installation = await opened(String(await installationId(repo)));
      return mintPushAccess(octokit, installation, repo);
    },
    verify: (body, signature) => probot.webhooks.verify(body, signature).catch(() => false),
    server,
    octokit,
    forget: (repo) => {
      found.forget(repoKey(repo));
      for (const installation of opened.kept())
        installation.then(
          ({ known }) => forgetNodes(known, repo),
          () => {},
        );
    },
  };
}

/** Rejects where the server does not accept the App. */
async function slugOf(octokit: ProbotOctokit, appId: number): Promise<string> {
  try {
    const { data } = await octokit.request('GET /app');
    // GitHub derives the slug from the name in the same way
    const slug =
      optionalTextAt(data, 'slug') ??
      optionalTextAt(data, 'name')
        ?.toLowerCase()
        .replace(/[^a-z0-9]+/g, '-');
    if (!slug) throw new UnexpectedAnswerError('GitHub did not say the name of the App');
    return slug;
  } catch (error) {
    const status = statusOf(error);
    if (!isUnasked(error) && !isForbidden(error) && (status === null || status < 500)) throw error;
    // whoever lists the App's installations has accepted it
    const found = await slugOfInstallations(octokit).catch(() => undefined);
    if (found === undefined) throw error;
    return found ?? `app-${appId}`;
  }
}

function createProbot(options: GitHubAppOptions): Probot {
  return new Probot({
    appId: options.appId,
    privateKey: options.privateKey,
    secret: options.webhookSecret,
    baseUrl: options.apiUrl,
    redisConfig: undefined,
    log: discreet(options.log),
    request: {
      fetch: createFetch(
        options.httpDeadlineMs ?? HTTP_DEADLINE_MS,
        options.apiVersion ?? apiVersions[0],
        options.onAnswer,
      ),
    },
    // Only the function form switches these off (probot 14.3).
    Octokit: ProbotOctokit.defaults((instance: InstanceOptions) => ({
      ...instance,
      auth: withBaseUrl(instance.auth, options.apiUrl),
      throttle: { enabled: false },
      retry: { enabled: false },
    })),
  });
}

interface InstanceOptions {
  readonly auth?: { readonly request?: ProbotOctokit['request'] };
}

/** Probot gives the token minter a request function without our base URL, which a renewal would send to github.com. */
function withBaseUrl(auth: InstanceOptions['auth'], baseUrl: string): InstanceOptions['auth'] {
  return auth?.request ? { ...auth, request: auth.request.defaults({ baseUrl }) } : auth;
}

/** Probot and octokit attach requests, bodies and payloads to what they log; of theirs only plain words pass. */
function discreet(log: Logger): Logger {
  const words = (error: unknown): unknown =>
    error instanceof Error ? { type: error.name, message: error.message } : undefined;
  const level = log.isLevelEnabled('warn') ? 'warn' : log.level;
  return log.child({}, { level, serializers: { err: words, error: words, event: () => undefined } });
}

/** Remembers what a key led to; a failure is forgotten, so that the next caller tries again. */
function keepOnce<T>(find: (key: string) => Promise<T>): ((key: string) => Promise<T>) & {
  /** One key, or all. */
  readonly forget: (key?: string) => void;
  readonly kept: () => readonly Promise<T>[];
} {
  const kept = new Map<string, Promise<T>>();
  const get = (key: string): Promise<T> => {
    const known = kept.get(key);
    if (known) return known;
    const finding = find(key);
    kept.set(key, finding);
    finding.catch(() => kept.delete(key));
    return finding;
  };
  return Object.assign(get, {
    forget: (key?: string) => void (key === undefined ? kept.clear() : kept.delete(key)),
    kept: () => [...kept.values()],
  });
}

/** One installation of the App: an octokit with its token, its pace, and what planning learned about repositories. */
import type { Probot, ProbotOctokit } from 'probot';
import type { RepoName } from '../engine/ports.ts';
import { statusOf } from './classify.ts';
import { CredentialsRefusedError, NoInstallationError, UnexpectedAnswerError } from './errors.ts';
import { isRecord } from './limits.ts';
import { createPace, type PaceOptions } from './pace.ts';
import type { Server } from './server.ts';
import type { Spending } from './spending.ts';
import { governRequests, type OnRequest, type RequestLog } from './transport.ts';

export interface Installation {
  readonly id: number;
  readonly octokit: ProbotOctokit;
  /**
   * One GraphQL request; rejects like octokit's, and with UnexpectedAnswerError for what is no answer. Variables must not
   * be called `query`, `url` or `method`.
   */
  readonly graphql: <T>(
    document: string,
    variables: Readonly<Record<string, unknown>>,
    signal: AbortSignal | undefined,
  ) => Promise<T>;
  readonly known: KnownNodes;
  /** For servers where an installation cannot list its repositories. */
  readonly repositoriesOfAccount: () => Promise<readonly unknown[]>;
  /** What the server lacks; shared by all installations. */
  readonly server: Server;
}

/** Node ids that save a request; empty after a start, and a miss only costs one. */
interface KnownNodes {
  /** `owner/name` -> label name -> node id. */
  readonly labels: Map<string, Map<string, string>>;
  /** `owner/name#number` -> node id of the issue. */
  readonly issues: Map<string, string>;
}

/** Everything about one repository. */
export function forgetNodes(known: KnownNodes, repo: RepoName): void {
  known.labels.delete(repoKey(repo));
  for (const key of [...known.issues.keys()]) if (key.startsWith(`${repoKey(repo)}#`)) known.issues.delete(key);
}

export function repoKey(repo: RepoName): string {
  return `${repo.owner}/${repo.name}`.toLowerCase();
}

export function issueKey(repo: RepoName, issue: number): string {
  return `${repoKey(repo)}#${issue}`;
}

export async function openInstallation(options: {
  readonly probot: Probot;
  readonly id: number;
  readonly pace: PaceOptions;
  readonly spending: Spending;
  readonly spendingOfApp: Spending;
  readonly log: RequestLog;
  readonly onRequest: OnRequest;
  readonly server: Server;
  readonly repositoriesOfAccount: (own: ProbotOctokit) => Promise<readonly unknown[]>;
  /** GitHub gives no tokens for this installation any more. */
  readonly onGone: () => void;
}): Promise<Installation> {
  const octokit = await options.probot.auth(options.id);
  let refusals = 0;
  let renewals = 0;
  let renewing: Promise<void> | null = null;
  const renew = async (): Promise<void> => {
    try {
      await octokit.auth({ type: 'installation', installationId: options.id, refresh: true });
      renewals += 1;
    } finally {
      renewing = null;
    }
  };
  governRequests(octokit, {
    pace: createPace(options.pace),
    spending: options.spending,
    spendingOfApp: options.spendingOfApp,
    log: options.log,
    onRequest: options.onRequest,
    onNoToken(error) {
      if (statusOf(error) !== 404) return;
      options.onGone();
      throw new NoInstallationError(`installation ${options.id}`, error);
    },
    renewals: () => renewals,
    async onStatus(status, error, renewalsThen) {
      if (status !== 401) {
        if (status >= 200) refusals = 0;
        return;
      }
      // Requests under way together are all refused with the one token that died; a new one may be there by now.
      if (renewalsThen < renewals) return;
      // Tokens may die before their hour (revoked, short-lived on purpose); a new one decides whether the key is good.
      if (renewing === null) {
        refusals += 1;
        if (refusals > 1) throw new CredentialsRefusedError(error);
        renewing = renew();
      }
      await renewing;
    },
  });
  return {
    id: options.id,
    octokit,
    async graphql(document, variables, signal) {
      const answer = await askGraphql(octokit, document, { ...variables, ...(signal && { request: { signal } }) });
      options.server.routes.set('graphql', 'there');
      return answer as never;
    },
    known: { labels: new Map(), issues: new Map() },
    repositoriesOfAccount: () => options.repositoriesOfAccount(octokit),
    server: options.server,
  };
}

async function askGraphql(
  octokit: ProbotOctokit,
  document: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  try {
    const data = await octokit.graphql<unknown>(document, parameters);
    if (!isRecord(data)) throw new UnexpectedAnswerError('GraphQL answered without data');
    return data;
  } catch (error) {
    // octokit stumbles over an empty body, and takes an empty list of errors for a failure
    if (error instanceof TypeError) throw new UnexpectedAnswerError('GraphQL answered nothing', { cause: error });
    const found = error instanceof Error ? Reflect.get(error, 'errors') : null;
    const data = error instanceof Error ? Reflect.get(error, 'data') : null;
    if (Array.isArray(found) && found.length === 0 && isRecord(data)) return data;
    throw error;
  }
}

/** What issues wait for on GitHub: as a field of a GraphQL question, else over REST. */
import type { OutsideName } from '../core/plan.ts';
import type { BlockersSeen } from '../core/signals.ts';
import type { RepoName } from '../engine/ports.ts';
import { messageOf } from './classify.ts';
import { withoutBlockers } from './documents.ts';
import { numberAt, optionalTextAt, textAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { isRecord } from './limits.ts';
import { listAll } from './listing.ts';
import { judgeGraphql } from './missing.ts';
import type { Server } from './server.ts';

/** GraphQL's `blockedBy` of an issue, as far as we ask for it. */
export interface BlockedBy {
  readonly totalCount: number;
  readonly nodes: readonly {
    readonly fullDatabaseId: string;
    readonly number: number;
    readonly repository: { readonly name: string; readonly owner: { readonly login: string } };
  }[];
}

/** Asks without `blockedBy` where the server knows everything but that. */
export async function askWithBlockers<T>(
  server: Server,
  document: string,
  ask: (document: string) => Promise<T>,
): Promise<T> {
  if (!server.speaks('blockedBy')) return ask(withoutBlockers(document));
  try {
    return await ask(document);
  } catch (error) {
    if (judgeGraphql(error) !== 'document' || !/blockedBy/.test(messageOf(error))) throw error;
    const answer = await ask(withoutBlockers(document));
    server.learnUnspoken('blockedBy', messageOf(error));
    return answer;
  }
}

/** Null where the answer does not say: then nothing is known, which is not the same as nothing. */
export function blockersIn(issue: unknown): Omit<BlockersSeen, 'id'> | null {
  const answer = isRecord(issue) ? issue.blockedBy : undefined;
  if (!isRecord(answer) || !Array.isArray(answer.nodes)) return null;
  // an issue that may not be read is null
  const nodes = answer.nodes.filter(isRecord);
  return {
    blockers: nodes.map(({ fullDatabaseId }) => Number(fullDatabaseId)),
    names: nodes.map(nameOf),
    all: answer.totalCount === nodes.length,
  };
}

/** An issue as GraphQL names it. */
export function nameOf(node: unknown): OutsideName {
  return {
    owner: textAt(node, 'repository.owner.login'),
    name: textAt(node, 'repository.name'),
    number: numberAt(node, 'number'),
  };
}

/** A row of REST names its repository only by address; where it does not, it is the same. */
export function repositoryIn(row: unknown, here: RepoName): BlockedBy['nodes'][number]['repository'] {
  const [, owner = here.owner, name = here.name] =
    /\/repos\/([^/]+)\/([^/]+)\/?$/.exec(optionalTextAt(row, 'repository_url') ?? '') ?? [];
  return { name, owner: { login: owner } };
}

/** One request for an issue that waits for something, none for the others. `issue` is as REST shows it. */
export async function blockedByOverRest(
  installation: Installation,
  repo: RepoName,
  issue: unknown,
  signal?: AbortSignal,
): Promise<BlockedBy | undefined> {
  const total = valueAt(issue, 'issue_dependencies_summary.total_blocked_by');
  if (installation.server.lacks('dependencies') || typeof total !== 'number') return undefined;
  if (total === 0) return { totalCount: 0, nodes: [] };
  const rows = await listAll(
    installation.octokit,
    '/repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocked_by',
    { owner: repo.owner, repo: repo.name, issue_number: numberAt(issue, 'number') },
    signal,
  );
  const nodes = rows.map((blocker) => ({
    fullDatabaseId: String(numberAt(blocker, 'id')),
    number: numberAt(blocker, 'number'),
    repository: repositoryIn(blocker, repo),
  }));
  return { totalCount: nodes.length, nodes };
}

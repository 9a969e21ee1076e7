/**
 * Finding what we made: list endpoints only (search lags), all pages, written by our App, marker in the body.
 * Oldest first, because of several twins the oldest stays.
 */
import type { CommentRef, IssueRef } from '../core/model.ts';
import type { Effect } from '../engine/ports.ts';
import type { AppIdentity } from './app.ts';
import { messageOf } from './classify.ts';
import { optionalTextAt, valueAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { listAll } from './listing.ts';
import { isUnasked } from './missing.ts';
import { isIssueThere } from './rest.ts';
import type { Server } from './server.ts';
import { commentRef, isPullRequest, issueRef } from './shapes.ts';

export interface MarkedIssue {
  readonly ref: IssueRef;
  readonly open: boolean;
  /** Whether GitHub lists it under the effect's parent. */
  readonly linked: boolean;
}

/** Sub-issues with the marker, and issues with it that were created but never linked to the parent. */
export async function findMarkedSubIssues(
  installation: Installation,
  identity: AppIdentity,
  effect: Extract<Effect, { kind: 'create-sub-issue' }>,
  signal: AbortSignal,
): Promise<readonly MarkedIssue[]> {
  const linked = await listSubIssues(installation, effect, signal);
  // where nothing can be linked, nothing is missing a link
  if (linked === null)
    return (await findMarkedIssues(installation, identity, effect, signal)).map((one) => ({ ...one, linked: true }));
  const ours = linked
    .filter((issue) => isMarked(installation, identity, issue, effect.marker))
    .map((issue) => marked(issue, true));
  const known = new Set(ours.map(({ ref }) => ref.number));
  const others = await findMarkedIssues(installation, identity, effect, signal);
  return [...ours, ...others.filter(({ ref }) => !known.has(ref.number))].sort((a, b) => a.ref.number - b.ref.number);
}

/** Null where this server has no sub-issues. */
async function listSubIssues(
  installation: Installation,
  effect: Extract<Effect, { kind: 'create-sub-issue' }>,
  signal: AbortSignal,
): Promise<readonly unknown[] | null> {
  const { server } = installation;
  if (server.lacks('sub-issues')) return null;
  try {
    return await listAll(
      installation.octokit,
      '/repos/{owner}/{repo}/issues/{issue_number}/sub_issues',
      { owner: effect.repo.owner, repo: effect.repo.name, issue_number: effect.parent.number },
      signal,
    );
  } catch (error) {
    if (!isUnasked(error) || !(await isIssueThere(installation, effect.repo, effect.parent.number, signal)))
      throw error;
    server.learn('sub-issues', messageOf(error));
    return null;
  }
}

export async function findMarkedIssues(
  installation: Installation,
  identity: AppIdentity,
  effect: Extract<Effect, { kind: 'create-issue' | 'create-sub-issue' }>,
  signal: AbortSignal,
): Promise<readonly MarkedIssue[]> {
  const issues = await listAll(
    installation.octokit,
    '/repos/{owner}/{repo}/issues',
    {
      owner: effect.repo.owner,
      repo: effect.repo.name,
      state: 'all',
      // where the server calls us something else, its filter would hide what we look for
      ...(installation.server.ownLogins.size === 0 && { creator: identity.login }),
    },
    signal,
  );
  return issues
    .filter((issue) => !isPullRequest(issue) && isMarked(installation, identity, issue, effect.marker))
    .map((issue) => marked(issue, false))
    .sort((a, b) => a.ref.number - b.ref.number);
}

export async function findMarkedComments(
  installation: Installation,
  identity: AppIdentity,
  effect: Extract<Effect, { kind: 'create-comment' }>,
  signal: AbortSignal,
): Promise<readonly CommentRef[]> {
  const comments = await listAll(
    installation.octokit,
    '/repos/{owner}/{repo}/issues/{issue_number}/comments',
    { owner: effect.repo.owner, repo: effect.repo.name, issue_number: effect.issue },
    signal,
  );
  return comments
    .filter((comment) => isMarked(installation, identity, comment, effect.marker))
    .map(commentRef)
    .sort((a, b) => a.id - b.id);
}

function marked(issue: unknown, linked: boolean): MarkedIssue {
  return { ref: issueRef(issue), open: optionalTextAt(issue, 'state') === 'open', linked };
}

/** The marker alone proves nothing: anybody can copy it into a comment of their own. */
function isMarked(installation: Installation, identity: AppIdentity, item: unknown, marker: string): boolean {
  return isOurs(installation.server, identity, item) && (optionalTextAt(item, 'body') ?? '').includes(marker);
}

/** Whether our App wrote it: by its login, by its number, or by the name the server gave what it wrote before. */
export function isOurs(server: Server, identity: AppIdentity, item: unknown): boolean {
  const login = optionalTextAt(item, 'user.login');
  if (login !== null && (login === identity.login || server.ownLogins.has(login))) return true;
  return valueAt(item, 'performed_via_github_app.id') === identity.id;
}

/**
 * Finding what we made: list endpoints only (search lags), all pages, written by our App, marker in the body.
 * Oldest first, because of several twins the oldest stays.
 */
import type { CommentRef, IssueRef } from '../core/model.ts';
import type { Effect } from '../engine/ports.ts';
import type { AppIdentity } from './app.ts';
import { optionalTextAt } from './fields.ts';
import type { Installation } from './installation.ts';
import { listAll } from './listing.ts';
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
  const linked = await listAll(
    installation.octokit,
    '/repos/{owner}/{repo}/issues/{issue_number}/sub_issues',
    { owner: effect.repo.owner, repo: effect.repo.name, issue_number: effect.parent.number },
    signal,
  );
  const ours = linked.filter((issue) => isMarked(issue, identity, effect.marker)).map((issue) => marked(issue, true));
  const known = new Set(ours.map(({ ref }) => ref.number));
  const others = await findMarkedIssues(installation, identity, effect, signal);
  return [...ours, ...others.filter(({ ref }) => !known.has(ref.number))].sort((a, b) => a.ref.number - b.ref.number);
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
    { owner: effect.repo.owner, repo: effect.repo.name, state: 'all', creator: identity.login },
    signal,
  );
  return issues
    .filter((issue) => !isPullRequest(issue) && isMarked(issue, identity, effect.marker))
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
    .filter((comment) => isMarked(comment, identity, effect.marker))
    .map(commentRef)
    .sort((a, b) => a.id - b.id);
}

function marked(issue: unknown, linked: boolean): MarkedIssue {
  return { ref: issueRef(issue), open: optionalTextAt(issue, 'state') === 'open', linked };
}

/** The marker alone proves nothing: anybody can copy it into a comment of their own. */
function isMarked(item: unknown, identity: AppIdentity, marker: string): boolean {
  return optionalTextAt(item, 'user.login') === identity.login && (optionalTextAt(item, 'body') ?? '').includes(marker);
}

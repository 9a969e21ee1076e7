/** GitHub's REST objects as we name them. Webhooks carry the same objects, so one reader serves both. */
import type { CommentRef, IssueRef, Repository } from '../core/model.ts';
import type { CheckSeen, PullSeen } from '../core/signals.ts';
import type { RepoName } from '../engine/ports.ts';
import { redact } from '../text/redact.ts';
import { numberAt, optionalTextAt, textAt, valueAt } from './fields.ts';

export function issueRef(issue: unknown): IssueRef {
  return {
    number: numberAt(issue, 'number'),
    id: numberAt(issue, 'id'),
    nodeId: optionalTextAt(issue, 'node_id') ?? '',
    url: optionalTextAt(issue, 'html_url') ?? '',
  };
}

export function commentRef(comment: unknown): CommentRef {
  return {
    id: numberAt(comment, 'id'),
    nodeId: optionalTextAt(comment, 'node_id') ?? '',
    url: optionalTextAt(comment, 'html_url') ?? '',
  };
}

/** Not every server gives a repository all its fields; what is missing is read again when the plan is. */
export function repositoryOf(root: unknown, path: string): Repository {
  const [owner, name] = (optionalTextAt(root, `${path}.full_name`) ?? '').split('/');
  return {
    owner: optionalTextAt(root, `${path}.owner.login`) ?? (owner || textAt(root, `${path}.owner.login`)),
    name: optionalTextAt(root, `${path}.name`) ?? (name || textAt(root, `${path}.name`)),
    nodeId: optionalTextAt(root, `${path}.node_id`) ?? '',
    defaultBranch: optionalTextAt(root, `${path}.default_branch`) ?? 'main',
    cloneUrl: optionalTextAt(root, `${path}.clone_url`) ?? '',
  };
}

/** Pull requests are issues too; only they carry `pull_request`. */
export function isPullRequest(issue: unknown): boolean {
  return valueAt(issue, 'pull_request') !== undefined && valueAt(issue, 'pull_request') !== null;
}

/** A duplicate is nothing to wait for either; GraphQL calls it not planned. */
export function isNotPlanned(reason: string | null): boolean {
  return /^(?:not_planned|duplicate)$/i.test(reason ?? '');
}

/**
 * Whether a pull request comes from the repository itself. GitHub gives null for a fork that is gone; where a server
 * says nothing at all of the head's repository, the owner in the head's label decides, if there is one.
 */
export function isSameRepository(pull: unknown, repo: RepoName): boolean {
  const head = valueAt(pull, 'head.repo');
  if (head === null) return false;
  const full = optionalTextAt(pull, 'head.repo.full_name');
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  if (full !== null) return same(full, `${repo.owner}/${repo.name}`);
  const label = optionalTextAt(pull, 'head.label');
  const owner = label?.includes(':') === true ? label.split(':')[0] : optionalTextAt(pull, 'head.user.login');
  return owner === undefined || owner === null || same(owner, repo.owner);
}

/** `merge_commit_sha` of an unmerged pull request is a test merge, so it counts only when merged. */
export function pullSeen(root: unknown, path: string, reviewed: PullSeen['reviewed']): PullSeen {
  const merged = valueAt(root, `${path}.merged`) === true || optionalTextAt(root, `${path}.merged_at`) !== null;
  return {
    number: numberAt(root, `${path}.number`),
    url: optionalTextAt(root, `${path}.html_url`) ?? '',
    headRef: textAt(root, `${path}.head.ref`),
    headSha: textAt(root, `${path}.head.sha`),
    state: textAt(root, `${path}.state`) === 'open' ? 'open' : 'closed',
    merged,
    mergeSha: merged ? optionalTextAt(root, `${path}.merge_commit_sha`) : null,
    reviewed,
  };
}

/** A check run of REST or of a webhook; `secrets` are taken out of its log. */
export function checkSeen(root: unknown, path: string, branch: string, secrets: readonly string[]): CheckSeen {
  const conclusion = optionalTextAt(root, `${path}.conclusion`);
  return {
    sha: textAt(root, `${path}.head_sha`),
    branch,
    name: textAt(root, `${path}.name`),
    status: checkStatus(textAt(root, `${path}.status`)),
    conclusion,
    url: optionalTextAt(root, `${path}.html_url`) ?? optionalTextAt(root, `${path}.details_url`) ?? '',
    log: failureLog(conclusion, valueAt(root, `${path}.output`), secrets),
  };
}

/** REST and GraphQL words in any case; `waiting`, `requested` and `pending` are kinds of queued. */
export function checkStatus(status: string): CheckSeen['status'] {
  const word = status.toLowerCase();
  return word === 'completed' || word === 'in_progress' ? word : 'queued';
}

/** Longer logs are cut to this before they are stored. */
const LOG_CHARACTERS = 8000;

/**
 * Title and summary from their beginning, the text by its end, where failures are told. Checks that did not fail keep
 * no log: nobody reads it, and every snapshot would carry it.
 */
export function failureLog(conclusion: string | null, output: unknown, secrets: readonly string[]): string {
  if (conclusion === null || ['success', 'neutral', 'skipped'].includes(conclusion)) return '';
  const [title, summary, text] = ['title', 'summary', 'text'].map((field) => optionalTextAt(output, field) ?? '');
  // Redacted before it is cut: half a secret no longer looks like one.
  const head = redact([title, summary].filter(Boolean).join('\n'), secrets).slice(0, LOG_CHARACTERS / 4);
  const tail = redact(text ?? '', secrets);
  const room = LOG_CHARACTERS - head.length - 1;
  return [head, tail.slice(Math.max(0, tail.length - room))].filter(Boolean).join('\n');
}

/** Whether a person wrote it; GitHub marks Apps and other bots. */
export function isHuman(user: unknown): boolean {
  return valueAt(user, 'type') !== 'Bot' && optionalTextAt(user, 'login') !== null;
}

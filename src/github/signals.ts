/**
 * Webhook payloads -> signals. A delivery is only a hint, so each becomes "this is how the thing looks now"; events we
 * do not know give nothing. A command counts as it was first typed: what an edit of a comment adds is answered and not
 * obeyed, and deleting it changes nothing.
 */
import type { PullSeen, Signal } from '../core/signals.ts';
import type { HeardSignal, TranslateDelivery } from '../engine/ports.ts';
import { askedByComment, askedByEdit, askedByLabel, hasStartLabel, START_LABEL } from './asked.ts';
import { issueNumberAt, listAt, numberAt, optionalTextAt, optionalTimeAt, textAt, valueAt } from './fields.ts';
import { isRecord } from './limits.ts';
import { checkSeen, isHuman, isNotPlanned, isPullRequest, isSameRepository, pullSeen, repositoryOf } from './shapes.ts';

export interface TranslateOptions {
  readonly appSlug: string;
  readonly appId: number;
  /** Taken out of check logs, beside everything that looks like a secret. */
  readonly secrets?: readonly string[];
  /** Other names under which the server shows what the App does. */
  readonly ownLogins?: ReadonlySet<string>;
}

/** What this App would hear of itself is dropped: it already knows what it did. */
interface Listener {
  readonly ownLogin: string;
  readonly appId: number;
  readonly secrets: readonly string[];
  readonly ownLogins: ReadonlySet<string>;
}

type Translator = (payload: unknown, listener: Listener) => readonly Signal[];

const TRANSLATORS: ReadonlyMap<string, Translator> = new Map([
  ['issues', fromIssues],
  ['issue_comment', fromIssueComment],
  ['pull_request', fromPullRequest],
  ['pull_request_review', fromReview],
  ['check_run', fromCheckRun],
  ['status', fromStatus],
]);

/** Throws UnreadablePayloadError, naming the field, when a known event lacks what GitHub always sends. */
export function createTranslate(options: TranslateOptions): TranslateDelivery {
  const listener: Listener = {
    ownLogin: `${options.appSlug}[bot]`,
    appId: options.appId,
    secrets: options.secrets ?? [],
    ownLogins: options.ownLogins ?? new Set(),
  };
  return (event, payload): readonly HeardSignal[] => {
    const signals = TRANSLATORS.get(event)?.(payload, listener) ?? [];
    if (signals.length === 0) return [];
    const repo = repositoryOf(payload, 'repository');
    return signals.map((signal) => ({ repo, signal }));
  };
}

function fromIssues(payload: unknown, listener: Listener): readonly Signal[] {
  if (optionalTextAt(payload, 'sender.login') === listener.ownLogin) return [];
  switch (textAt(payload, 'action')) {
    // not every server tells of the labels of a new issue apart; who hears both hears the same thing twice
    case 'opened': {
      const { issue, sender } = { issue: valueAt(payload, 'issue'), sender: valueAt(payload, 'sender') };
      if (!hasStartLabel(issue) || !isHuman(sender)) return [];
      return [askedByLabel(issue, textAt(sender, 'login'))].flatMap((asked) => asked ?? []);
    }
    case 'labeled': {
      const sender = valueAt(payload, 'sender');
      if (optionalTextAt(payload, 'label.name') !== START_LABEL || !isHuman(sender)) return [];
      const asked = askedByLabel(valueAt(payload, 'issue'), textAt(sender, 'login'));
      return asked ? [asked] : [];
    }
    case 'edited':
      return edited(payload, listener);
    case 'closed':
    case 'reopened':
      return [issueSeen(payload)];
    default:
      return [];
  }
}

/** Its text; edits of ours do not get here. */
function edited(payload: unknown, { ownLogins }: Listener): readonly Signal[] {
  const by = optionalTextAt(payload, 'sender.login');
  if (by !== null && ownLogins.has(by)) return [];
  const changes = valueAt(payload, 'changes');
  // a server that does not say what changed may mean the text
  if (isRecord(changes) && changes.body === undefined) return [];
  const at = optionalTimeAt(payload, 'issue.updated_at');
  const number = numberAt(payload, 'issue.number');
  return at === null ? [] : [{ type: 'issue-edited', number, by, at }];
}

function issueSeen(payload: unknown): Signal {
  const open = textAt(payload, 'issue.state') === 'open';
  return {
    type: 'issue-seen',
    number: numberAt(payload, 'issue.number'),
    state: open ? 'open' : 'closed',
    notPlanned: !open && isNotPlanned(optionalTextAt(payload, 'issue.state_reason')),
    closedAt: optionalTimeAt(payload, 'issue.closed_at'),
    ...(textAt(payload, 'action') === 'reopened' ? { reopened: true } : {}),
  };
}

function fromIssueComment(payload: unknown, listener: Listener): readonly Signal[] {
  const action = textAt(payload, 'action');
  if (action !== 'created' && action !== 'edited') return [];
  if (optionalTextAt(payload, 'sender.login') === listener.ownLogin) return [];
  if (isPullRequest(valueAt(payload, 'issue'))) return [];
  const number = issueNumberAt(payload, 'issue.number');
  return action === 'edited' ? askedByEdit(payload, number) : askedByComment(valueAt(payload, 'comment'), number);
}

function fromPullRequest(payload: unknown): readonly Signal[] {
  return isFromFork(payload) ? [] : [{ type: 'pull-seen', pull: pullSeen(payload, 'pull_request', null) }];
}

function fromReview(payload: unknown): readonly Signal[] {
  if (textAt(payload, 'action') !== 'submitted' || isFromFork(payload)) return [];
  return [{ type: 'pull-seen', pull: pullSeen(payload, 'pull_request', reviewOf(payload)) }];
}

/**
 * An approval says nothing here: a payload does not tell whether its author may write, so the next sweep asks. A wish
 * for changes by people of the repository holds the landing at once; the sweep corrects that too.
 */
function reviewOf(payload: unknown): PullSeen['reviewed'] {
  const insiders = ['OWNER', 'MEMBER', 'COLLABORATOR'];
  const isInsider = insiders.includes(optionalTextAt(payload, 'review.author_association') ?? '');
  const isCurrent = optionalTextAt(payload, 'review.commit_id') === textAt(payload, 'pull_request.head.sha');
  if (!isInsider || !isCurrent || !isHuman(valueAt(payload, 'review.user'))) return null;
  return textAt(payload, 'review.state').toLowerCase() === 'changes_requested' ? 'changes_requested' : null;
}

/** A fork may use any branch name, ours too; nothing of ours ever comes from a fork. */
function isFromFork(payload: unknown): boolean {
  return !isSameRepository(valueAt(payload, 'pull_request'), repositoryOf(payload, 'repository'));
}

function fromCheckRun(payload: unknown, listener: Listener): readonly Signal[] {
  const branch = optionalTextAt(payload, 'check_run.check_suite.head_branch') ?? '';
  return [{ type: 'check-seen', check: checkSeen(payload, 'check_run', branch, listener.secrets) }];
}

/** Commit statuses, the older kind of check; GitHub names every branch whose head this commit is. */
function fromStatus(payload: unknown): readonly Signal[] {
  const sha = textAt(payload, 'sha');
  const state = textAt(payload, 'state');
  const branches = listAt(payload, 'branches').filter((branch) => optionalTextAt(branch, 'commit.sha') === sha);
  return branches.map((branch) => ({
    type: 'check-seen',
    check: {
      sha,
      branch: textAt(branch, 'name'),
      name: textAt(payload, 'context'),
      status: state === 'pending' ? 'in_progress' : 'completed',
      conclusion: state === 'pending' ? null : state === 'success' ? 'success' : 'failure',
      url: optionalTextAt(payload, 'target_url') ?? '',
      log: state === 'success' ? '' : (optionalTextAt(payload, 'description') ?? ''),
    },
  }));
}

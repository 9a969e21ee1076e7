/** Checks of one commit as GraphQL's rollup tells them: check runs, and statuses of the older kind. */
import type { CheckSeen } from '../core/signals.ts';
import { listAt, optionalTextAt, textAt, valueAt } from './fields.ts';
import { checkStatus, failureLog } from './shapes.ts';

/** `commit` is GraphQL's; none, or one without checks, gives an empty list. `secrets` are taken out of logs. */
export function checksOf(commit: unknown, branch: string, secrets: readonly string[]): readonly CheckSeen[] {
  if (!valueAt(commit, 'statusCheckRollup')) return [];
  const sha = textAt(commit, 'oid');
  return listAt(commit, 'statusCheckRollup.contexts.nodes').map((context) =>
    valueAt(context, '__typename') === 'CheckRun'
      ? runSeen(context, sha, branch, secrets)
      : statusSeen(context, sha, branch),
  );
}

function runSeen(run: unknown, sha: string, branch: string, secrets: readonly string[]): CheckSeen {
  // GraphQL shouts the words that REST and webhooks write small.
  const conclusion = optionalTextAt(run, 'conclusion')?.toLowerCase() ?? null;
  return {
    sha,
    branch,
    name: textAt(run, 'name'),
    status: checkStatus(textAt(run, 'status')),
    conclusion,
    url: textAt(run, 'url'),
    log: failureLog(conclusion, run, secrets),
  };
}

function statusSeen(status: unknown, sha: string, branch: string): CheckSeen {
  const state = textAt(status, 'state');
  const pending = state === 'PENDING' || state === 'EXPECTED';
  return {
    sha,
    branch,
    name: textAt(status, 'context'),
    status: pending ? 'in_progress' : 'completed',
    conclusion: pending ? null : state === 'SUCCESS' ? 'success' : 'failure',
    url: optionalTextAt(status, 'targetUrl') ?? '',
    log: state === 'SUCCESS' ? '' : (optionalTextAt(status, 'description') ?? ''),
  };
}

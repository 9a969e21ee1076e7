/**
 * What reviews say about the present head of a pull request. Anybody may review a public one, and an organisation's
 * member need not have write permission: so an approval counts only when its author may write, asked at that moment.
 */
import type { PullSeen } from '../core/signals.ts';
import type { RepoName } from '../engine/ports.ts';
import { checkPermission } from './check-permission.ts';
import { listAt, optionalTextAt, textAt } from './fields.ts';
import type { Installation } from './installation.ts';

/** Undefined: whether that person may write is not known at the moment. */
type MayWrite = (login: string) => Promise<boolean | undefined>;

/** Asks once per person, however many pull requests they reviewed. */
export function askWhoMayWrite(installation: Installation, repo: RepoName, deadline: AbortSignal): MayWrite {
  const asked = new Map<string, Promise<boolean | undefined>>();
  const ask = async (user: string): Promise<boolean | undefined> => {
    const outcome = await checkPermission(installation, { repo, user }, deadline);
    if (outcome.status !== 'done' || outcome.result.kind !== 'permission') return undefined;
    return outcome.result.permission === 'write' || outcome.result.permission === 'admin';
  };
  return (login) => {
    const answer = asked.get(login) ?? ask(login);
    asked.set(login, answer);
    return answer;
  };
}

/**
 * `approved`: somebody who may write approves this very head, and nobody who may write wants changes. `changes_requested`
 * also where approvals were taken back, are of an older head or of people who may not write. Null: no opinion, or not
 * known. `pull` is GraphQL's, with its reviews in order of time.
 */
export async function reviewedBy(pull: unknown, mayWrite: MayWrite): Promise<PullSeen['reviewed']> {
  const head = textAt(pull, 'headRefOid');
  const latest = new Map<string, 'approved' | 'changes_requested' | 'none'>();
  for (const review of listAt(pull, 'reviews.nodes')) {
    const login = optionalTextAt(review, 'author.login');
    const state = textAt(review, 'state');
    if (login === null || optionalTextAt(review, 'author.__typename') !== 'User') continue;
    const current = optionalTextAt(review, 'commit.oid') === head;
    if (state === 'APPROVED') latest.set(login, current ? 'approved' : 'none');
    else if (state === 'CHANGES_REQUESTED') latest.set(login, 'changes_requested');
    else if (state === 'DISMISSED') latest.set(login, 'none');
  }
  let approved = false;
  for (const [login, opinion] of latest) {
    if (opinion === 'none') continue;
    const counts = await mayWrite(login);
    if (counts === undefined) return null;
    if (counts && opinion === 'changes_requested') return 'changes_requested';
    approved ||= counts;
  }
  if (approved) return 'approved';
  return latest.size === 0 ? null : 'changes_requested';
}

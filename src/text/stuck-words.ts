/** Instructions that were given up, in words. */

/** What each kind of instruction would have done, for the day it cannot be carried out. */
const attemptsToDo: Readonly<Record<string, string>> = {
  'check-permission': 'checking who may command',
  'read-plan': 'reading the issue',
  'create-sub-issue': 'making a sub-issue',
  'add-edge': 'writing a dependency',
  'post-status': 'posting this comment',
  'edit-status': 'updating this comment',
  'mark-body': 'linking and ticking items in the issue',
  'post-reply': 'answering a comment',
  'react-to-comment': 'reacting to a comment',
  'run-attempt': 'running an agent',
  'open-pull': 'opening a pull request',
  'merge-pull': 'merging a pull request',
  'open-diagnostic': 'opening a diagnostic issue',
  'update-diagnostic': 'updating a diagnostic issue',
  'close-diagnostic': 'closing a diagnostic issue',
  'post-summary': 'posting the summary',
  'close-master': 'closing this issue',
};

/** The key's kind in words. `acme/shop/orch-7-….open-pull.t3.1` is about opening a pull request. */
export function stuckAt(key: string): string {
  const kind = key.split('.').find((part) => Object.hasOwn(attemptsToDo, part));
  return (kind === undefined ? undefined : attemptsToDo[kind]) ?? 'a request to GitHub';
}

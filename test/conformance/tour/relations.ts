import { openIssue } from './issues.ts';
import { type Place, shop } from './place.ts';

const issues = `${shop}/issues`;

/** Sub-issues and dependencies: links are made with database ids, and both ends hear of it. */
export async function visitRelations({ bot, wes, rita }: Place): Promise<void> {
  const parent = await openIssue(wes, { title: 'Parent' });
  const other = await openIssue(wes, { title: 'Another parent' });
  const child = await openIssue(bot, { title: 'Child' });
  const sibling = await openIssue(bot, { title: 'Sibling' });
  const subIssues = `${issues}/${parent.number}/sub_issues`;
  await bot('POST', subIssues, 201, { sub_issue_id: child.id });
  await bot('POST', subIssues, 201, { sub_issue_id: sibling.id });
  await bot('POST', subIssues, 422, { sub_issue_id: child.id });
  await bot('POST', subIssues, 422, { sub_issue_id: parent.id });
  await bot('POST', subIssues, 422, {});
  await bot('POST', subIssues, 404, { sub_issue_id: 999_999 });
  await bot('POST', `${issues}/9999/sub_issues`, 404, { sub_issue_id: child.id });
  await rita('POST', subIssues, 403, { sub_issue_id: child.id });
  await bot('POST', `${issues}/${other.number}/sub_issues`, 422, { sub_issue_id: child.id });
  await bot('POST', `${issues}/${other.number}/sub_issues`, 201, { sub_issue_id: child.id, replace_parent: true });
  await bot('GET', subIssues, 200);
  await bot('GET', `${subIssues}?per_page=1&page=2`, 200);
  await bot('GET', `${issues}/${child.number}/parent`, 200);
  await bot('GET', `${issues}/${child.number}`, 200);
  await bot('PATCH', `${issues}/${sibling.number}`, 200, { state: 'closed' });
  await bot('GET', `${issues}/${parent.number}`, 200);
  await rita('DELETE', `${issues}/${other.number}/sub_issue`, 403, { sub_issue_id: child.id });
  await bot('DELETE', `${issues}/${other.number}/sub_issue`, 200, { sub_issue_id: child.id });
  await bot('DELETE', `${issues}/${other.number}/sub_issue`, 404, { sub_issue_id: child.id });
  await bot('GET', `${issues}/${child.number}/parent`, 404);

  const blockedBy = `${issues}/${child.number}/dependencies/blocked_by`;
  await bot('POST', blockedBy, 201, { issue_id: sibling.id });
  await bot('POST', blockedBy, 201, { issue_id: other.id });
  await bot('POST', blockedBy, 422, { issue_id: other.id });
  await bot('POST', blockedBy, 404, { issue_id: 999_999 });
  await bot('POST', `${issues}/${other.number}/dependencies/blocked_by`, 422, { issue_id: child.id });
  await rita('POST', blockedBy, 403, { issue_id: parent.id });
  await bot('GET', blockedBy, 200);
  await bot('GET', `${issues}/${other.number}/dependencies/blocking`, 200);
  await bot('GET', `${issues}/${child.number}`, 200);
  await rita('DELETE', `${blockedBy}/${other.id}`, 403);
  await bot('DELETE', `${blockedBy}/${other.id}`, 200);
  await bot('DELETE', `${blockedBy}/${other.id}`, 404);
}

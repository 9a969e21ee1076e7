import { appOf } from './access.ts';
import type { SignedIn, World } from './context.ts';
import { longestLabelName } from './fields.ts';
import { invalid, Refusal } from './refusal.ts';
import { labelShape, webhookIssue } from './shapes-issues.ts';
import type { IssueRow, LabelRow, RepositoryRow } from './state.ts';

const longestDescription = 100;

export function findLabel(world: World, repo: RepositoryRow, name: string): LabelRow | undefined {
  return world.state.labels.one('name', `${repo.id}/${name.toLowerCase()}`);
}

/** A new label. `color` null gives GitHub's grey. Throws Refusal 422 for a taken or too long name. */
export function createLabel(
  world: World,
  repo: RepositoryRow,
  fields: { readonly name: string; readonly color: string | null; readonly description: string | null },
): LabelRow {
  checkName(fields.name);
  const color = (fields.color ?? 'ededed').replace(/^#/, '').toLowerCase();
  if (!/^[0-9a-f]{6}$/.test(color)) throw invalid({ resource: 'Label', code: 'invalid', field: 'color' });
  if ((fields.description ?? '').length > longestDescription) {
    const message = `description is too long (maximum is ${longestDescription} characters)`;
    throw invalid({ resource: 'Label', code: 'custom', field: 'description', message });
  }
  if (findLabel(world, repo, fields.name) !== undefined) {
    throw invalid({ resource: 'Label', code: 'already_exists', field: 'name' });
  }
  return world.state.transaction(() =>
    world.state.labels.insert({
      repoId: repo.id,
      name: fields.name,
      color,
      description: fields.description,
      isDefault: false,
    }),
  );
}

/** Labels by name; names that do not exist yet become labels, as GitHub does it. */
export function ensureLabels(world: World, repo: RepositoryRow, names: readonly string[]): LabelRow[] {
  for (const name of names) checkName(name);
  return world.state.transaction(() =>
    names.map(
      (name) => findLabel(world, repo, name) ?? createLabel(world, repo, { name, color: null, description: null }),
    ),
  );
}

/** Puts labels on an issue or a pull request; those it has already change nothing. */
export function addLabels(world: World, actor: SignedIn, issue: IssueRow, labels: readonly LabelRow[]): IssueRow {
  const fresh = labels.filter((label) => !issue.labelIds.includes(label.id));
  return setLabels(world, actor, issue, [...issue.labelIds, ...fresh.map((label) => label.id)]);
}

/** Makes `labelIds` the labels of the issue, with one webhook per difference. */
export function setLabels(world: World, actor: SignedIn, issue: IssueRow, labelIds: readonly number[]): IssueRow {
  const wanted = [...new Set(labelIds)];
  const added = wanted.filter((id) => !issue.labelIds.includes(id));
  const removed = issue.labelIds.filter((id) => !wanted.includes(id));
  if (added.length === 0 && removed.length === 0) return issue;
  return world.state.transaction(() => {
    const changed = world.state.issues.update(issue.id, { labelIds: wanted, updatedAt: world.instant() });
    for (const id of removed) announceLabel(world, actor, changed, world.state.labels.need(id), 'unlabeled');
    for (const id of added) announceLabel(world, actor, changed, world.state.labels.need(id), 'labeled');
    return changed;
  });
}

/** Takes one label off. Throws Refusal 404 when the issue does not have it. */
export function removeLabel(world: World, actor: SignedIn, issue: IssueRow, name: string): IssueRow {
  const label = findLabel(world, world.state.repositories.need(issue.repoId), name);
  if (label === undefined || !issue.labelIds.includes(label.id)) throw new Refusal(404, 'Label does not exist');
  return setLabels(
    world,
    actor,
    issue,
    issue.labelIds.filter((id) => id !== label.id),
  );
}

/** One label put on or taken off: remembered, and told by webhook (of pull requests, nobody is told). */
export function announceLabel(
  world: World,
  actor: SignedIn,
  issue: IssueRow,
  label: LabelRow,
  action: 'labeled' | 'unlabeled',
): void {
  world.state.labelEvents.insert({
    issueId: issue.id,
    userId: actor.user.id,
    viaAppId: appOf(actor),
    event: action,
    label: { name: label.name, color: label.color },
    createdAt: world.instant(),
  });
  if (issue.isPull) return;
  world.emit('issues', world.state.repositories.need(issue.repoId), actor.user, {
    action,
    issue: webhookIssue(world, issue),
    label: labelShape(world, label),
  });
}

function checkName(name: string): void {
  if (name.trim() === '') throw invalid({ resource: 'Label', code: 'missing_field', field: 'name' });
  if (name.length <= longestLabelName) return;
  const message = `name is too long (maximum is ${longestLabelName} characters)`;
  throw invalid({ resource: 'Label', code: 'custom', field: 'name', message });
}

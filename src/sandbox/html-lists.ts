import { isPassing, statusRollup } from './checks.ts';
import type { World } from './context.ts';
import type { CommitInfo } from './git-objects.ts';
import { ago, counted, type Icon, icon, labelChip, person, runLook, type Tone } from './html-parts.ts';
import { type Html, html } from './html-template.ts';
import type { CheckRunRow, IssueRow, PullRow, RepositoryRow } from './rows.ts';
import { fullName } from './shapes-common.ts';
import { accountOf } from './shapes-git.ts';

export interface IssueLook {
  readonly tone: Tone;
  readonly icon: Icon;
  readonly word: string;
}

export function issueLook(world: World, issue: IssueRow): IssueLook {
  if (!issue.isPull) {
    if (issue.state === 'open') return { tone: 'open', icon: 'issue-open', word: 'Open' };
    if (issue.stateReason === 'not_planned' || issue.stateReason === 'duplicate') {
      return { tone: 'neutral', icon: 'issue-skipped', word: 'Closed as not planned' };
    }
    return { tone: 'closed', icon: 'issue-done', word: 'Closed' };
  }
  const pull = world.state.pulls.one('issue', issue.id);
  if (pull?.merged) return { tone: 'merged', icon: 'merged', word: 'Merged' };
  if (issue.state === 'closed') return { tone: 'rejected', icon: 'rejected', word: 'Closed' };
  return pull?.draft ? { tone: 'neutral', icon: 'pull', word: 'Draft' } : { tone: 'open', icon: 'pull', word: 'Open' };
}

export function issuePath(world: World, issue: IssueRow): string {
  const repo = world.state.repositories.need(issue.repoId);
  return `/${fullName(world, repo)}/${issue.isPull ? 'pull' : 'issues'}/${issue.number}`;
}

/** State, title and number in one line, as side columns and sub-issue lists show it. */
export function issueLine(world: World, issue: IssueRow): Html {
  const look = issueLook(world, issue);
  return html`${icon(look.icon, look.tone, look.word)} <a href="${issuePath(world, issue)}">${issue.title}</a> <span class="muted">#${issue.number}</span>`;
}

export function labelsOf(world: World, issue: IssueRow): Html {
  return html`${issue.labelIds.map((id) => html` ${labelChip(world.state.labels.need(id))}`)}`;
}

/** Rows of the lists of issues and of pull requests. */
export function issueRows(world: World, issues: readonly IssueRow[], empty: string): Html {
  if (issues.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<ul class="rows">${issues.map((issue) => issueRow(world, issue))}</ul>`;
}

function issueRow(world: World, issue: IssueRow): Html {
  const look = issueLook(world, issue);
  const comments = world.state.comments.where('issue', issue.id).length;
  const pull = issue.isPull ? world.state.pulls.one('issue', issue.id) : undefined;
  return html`<li>${icon(look.icon, look.tone, look.word)}<div class="grow">
<a class="title" href="${issuePath(world, issue)}">${issue.title}</a>${labelsOf(world, issue)}
<div class="sub">#${issue.number} opened ${ago(issue.createdAt, world.now())} by ${person(world.state.users.need(issue.userId))}${pull === undefined ? relations(world, issue) : html` · <span class="branch">${pull.headRef}</span>`}</div></div>
<div class="end">${pull === undefined ? progressOf(world, issue) : rollupIcon(world, pull)}${comments === 0 ? null : html` ${icon('comment')} ${comments}`}</div></li>`;
}

function relations(world: World, issue: IssueRow): Html {
  const parent = issue.parentId === null ? undefined : world.state.issues.get(issue.parentId);
  const blockers = openBlockers(world, issue);
  return html`${parent === undefined ? null : html` · part of <a href="${issuePath(world, parent)}">#${parent.number}</a>`}${blockers.length === 0 ? null : html` · waits for ${joined(blockers.map((other) => html`<a href="${issuePath(world, other)}">#${other.number}</a>`))}`}`;
}

export function openBlockers(world: World, issue: IssueRow): IssueRow[] {
  return world.state.dependencies
    .where('issue', issue.id)
    .map((row) => world.state.issues.need(row.blockerId))
    .filter((other) => other.state === 'open');
}

function progressOf(world: World, issue: IssueRow): Html | null {
  const children = issue.subIssueIds.map((id) => world.state.issues.need(id));
  if (children.length === 0) return null;
  const done = children.filter((child) => child.state === 'closed').length;
  return html`${done} of ${children.length} sub-issues done`;
}

export function joined(parts: readonly Html[]): Html {
  return html`${parts.map((part, at) => html`${at === 0 ? '' : ', '}${part}`)}`;
}

/** What all checks of a pull request's head add up to. */
function rollupIcon(world: World, pull: PullRow): Html | null {
  const rollup = statusRollup(world, world.state.repositories.need(pull.repoId), pull.headSha);
  if (rollup === null) return null;
  switch (rollup.state) {
    case 'SUCCESS':
      return icon('check', 'success', 'all checks passed');
    case 'FAILURE':
      return icon('rejected', 'failure', 'checks failed');
    case 'PENDING':
      return icon('wait', 'pending', 'checks are running');
  }
}

export function runLine(world: World, repo: RepositoryRow, run: CheckRunRow): Html {
  const look = runLook(run);
  const app = world.state.apps.need(run.appId);
  return html`${icon(look.icon, look.tone)} <a href="/${fullName(world, repo)}/checks/${run.id}"><strong>${run.name}</strong></a> ${look.words} <span class="muted">${run.output.title === null ? '' : `· ${run.output.title} `}· ${app.name}</span>`;
}

export function commitRows(world: World, repo: RepositoryRow, commits: readonly CommitInfo[]): Html {
  if (commits.length === 0) return html`<p class="empty">No commits.</p>`;
  return html`<ul class="rows">${commits.map((commit) => commitRow(world, repo, commit))}</ul>`;
}

function commitRow(world: World, repo: RepositoryRow, commit: CommitInfo): Html {
  const path = `/${fullName(world, repo)}/commit/${commit.sha}`;
  const [subject = '', ...rest] = commit.message.split('\n');
  const detail = rest.join(' ').trim();
  const account = accountOf(world, commit.author);
  const who = account === undefined ? commit.author.name : person(account);
  return html`<li>${icon(commit.parents.length > 1 ? 'merged' : 'commit')}<div class="grow"><a class="title" href="${path}">${subject}</a>
<div class="sub">${detail === '' ? null : html`${detail.slice(0, 160)} · `}${who}, ${ago(commit.committer.date, world.now())}</div></div>
<div class="end">${commitChecks(world, repo, commit.sha)} <a class="mono" href="${path}">${commit.sha.slice(0, 7)}</a></div></li>`;
}

/** The checks of a commit in one icon that leads to the worst of them. */
export function commitChecks(world: World, repo: RepositoryRow, sha: string): Html | null {
  const rollup = statusRollup(world, repo, sha);
  const run =
    rollup?.runs.find((candidate) => candidate.status === 'completed' && !isPassing(candidate)) ?? rollup?.runs[0];
  if (run === undefined) return null;
  const look = runLook(run);
  const label = `${run.name} ${look.words}, ${counted(rollup?.runs.length ?? 1, 'check')}`;
  return html`<a href="/${fullName(world, repo)}/checks/${run.id}">${icon(look.icon, look.tone, label)}</a>`;
}

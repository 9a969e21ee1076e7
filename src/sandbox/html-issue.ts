import { closingReferences } from './closing-words.ts';
import type { World } from './context.ts';
import { issueLine, issueLook, issuePath, issueRows, joined, labelsOf, openBlockers } from './html-lists.ts';
import { type Page, renderPage } from './html-page.ts';
import { ago, avatar, badge, counted, icon, labelChip, person } from './html-parts.ts';
import { type Html, html } from './html-template.ts';
import { openingPost, type ThreadEvent, thread } from './html-thread.ts';
import type { IssueRow, PullRow, RepositoryRow } from './rows.ts';

/** `/issues` and `/pulls`. */
export function issueListPage(world: World, repo: RepositoryRow, pulls: boolean, state: 'open' | 'closed'): string {
  const all = world.state.issues.where('repo', repo.id).filter((issue) => issue.isPull === pulls);
  const [open, closed] = [
    all.filter((issue) => issue.state === 'open'),
    all.filter((issue) => issue.state === 'closed'),
  ];
  const shown = (state === 'open' ? open : closed).toReversed();
  const noun = pulls ? 'pull requests' : 'issues';
  const tab = (name: 'open' | 'closed', count: number): Html =>
    html`<a href="?state=${name}"${name === state ? html` aria-current="page"` : null}>${count} ${name}</a>`;
  const page: Page = {
    title: pulls ? 'Pull requests' : 'Issues',
    repo,
    tab: pulls ? 'pulls' : 'issues',
    body: html`<div class="box"><div class="head"><h2>${pulls ? 'Pull requests' : 'Issues'}</h2><div class="subtabs" style="margin:0">${tab('open', open.length)}${tab('closed', closed.length)}</div></div>${issueRows(world, shown, `No ${state} ${noun}.`)}</div>`,
  };
  return renderPage(world, page);
}

export async function issuePage(world: World, repo: RepositoryRow, issue: IssueRow): Promise<string> {
  const look = issueLook(world, issue);
  const author = world.state.users.need(issue.userId);
  const comments = world.state.comments.where('issue', issue.id).length;
  const parent = issue.parentId === null ? undefined : world.state.issues.get(issue.parentId);
  const body = html`<h1>${issue.title} <span class="number">#${issue.number}</span></h1>
<div class="lead">${badge(look.tone, look.icon, look.word)}<span>${person(author)} opened this issue ${ago(issue.createdAt, world.now())} · ${counted(comments, 'comment')}</span>${parent === undefined ? null : html`<span>${icon('parent')} part of ${issueLine(world, parent)}</span>`}</div>
<div class="columns"><div>
${await openingPost(world, repo, issue)}
${subIssues(world, issue)}
${await thread(world, repo, issue, closedEvent(world, issue))}
</div>${side(world, repo, issue)}</div>`;
  return renderPage(world, { title: `${issue.title} #${issue.number}`, repo, tab: 'issues', body });
}

function closedEvent(world: World, issue: IssueRow): ThreadEvent[] {
  if (issue.closedAt === null || issue.closedById === null) return [];
  const look = issueLook(world, issue);
  const how =
    issue.stateReason === 'not_planned'
      ? ' as not planned'
      : issue.stateReason === 'duplicate'
        ? ' as duplicate'
        : ' as completed';
  const text = html`${person(world.state.users.need(issue.closedById))} closed this${how}`;
  return [{ at: issue.closedAt, icon: look.icon, tone: look.tone, text }];
}

function subIssues(world: World, issue: IssueRow): Html | null {
  const children = issue.subIssueIds.map((id) => world.state.issues.need(id));
  if (children.length === 0) return null;
  const done = children.filter((child) => child.state === 'closed').length;
  const percent = Math.round((done * 100) / children.length);
  return html`<div class="box indented"><div class="head"><h2>Sub-issues</h2><span class="muted">${done} of ${children.length} done</span><span class="progress" role="img" aria-label="${percent} percent done"><span style="width:${percent}%"></span></span></div>
<ul class="rows">${children.map((child) => subIssueRow(world, child))}</ul></div>`;
}

function subIssueRow(world: World, child: IssueRow): Html {
  const look = issueLook(world, child);
  const repo = world.state.repositories.need(child.repoId);
  const waiting = child.state === 'open' ? openBlockers(world, child) : [];
  const pulls = closingPulls(world, repo, child);
  return html`<li>${icon(look.icon, look.tone, look.word)}<div class="grow"><a class="title" href="${issuePath(world, child)}">${child.title}</a> <span class="muted">#${child.number}</span>${labelsOf(world, child)}
${waiting.length === 0 ? null : html`<div class="sub">${icon('blocked')} waits for ${joined(waiting.map((other) => html`<a href="${issuePath(world, other)}">#${other.number}</a>`))}</div>`}</div>
<div class="end">${joined(pulls.map((pull) => pullMark(world, pull)))}</div></li>`;
}

function pullMark(world: World, pull: PullRow): Html {
  const issue = world.state.issues.need(pull.issueId);
  const look = issueLook(world, issue);
  return html`<a href="${issuePath(world, issue)}" title="${issue.title}">${icon(look.icon, look.tone, look.word)} #${pull.number}</a>`;
}

/** Pull requests of the repository whose text promises to close the issue. */
function closingPulls(world: World, repo: RepositoryRow, issue: IssueRow): PullRow[] {
  return world.state.pulls.where('repo', repo.id).filter((pull) => {
    const body = world.state.issues.need(pull.issueId).body ?? '';
    return closingReferences(body).some((reference) => reference.owner === null && reference.number === issue.number);
  });
}

function side(world: World, repo: RepositoryRow, issue: IssueRow): Html {
  const related = (ids: readonly number[]): Html | null =>
    ids.length === 0
      ? null
      : html`<ul>${ids.map((id) => html`<li>${issueLine(world, world.state.issues.need(id))}</li>`)}</ul>`;
  const blockedBy = world.state.dependencies.where('issue', issue.id).map((row) => row.blockerId);
  const blocking = world.state.dependencies.where('blocker', issue.id).map((row) => row.issueId);
  const pulls = closingPulls(world, repo, issue).map((pull) => pull.issueId);
  return html`<aside class="side">
${labelSection(world, issue)}
${section('Parent', related(issue.parentId === null ? [] : [issue.parentId]))}
${section('Blocked by', related(blockedBy))}
${section('Blocking', related(blocking))}
${section('Pull requests that close this', related(pulls))}
${participants(world, issue)}
</aside>`;
}

export function section(title: string, content: Html | null): Html | null {
  return content === null ? null : html`<section><h2>${title}</h2>${content}</section>`;
}

export function labelSection(world: World, issue: IssueRow): Html | null {
  const labels = issue.labelIds.map((id) => labelChip(world.state.labels.need(id)));
  return section(
    'Labels',
    labels.length === 0 ? html`<span class="muted">None</span>` : html`${labels.map((chip) => html`${chip} `)}`,
  );
}

export function participants(world: World, issue: IssueRow): Html {
  const ids = [issue.userId, ...world.state.comments.where('issue', issue.id).map((comment) => comment.userId)];
  const people = [...new Set(ids)].map((id) => world.state.users.need(id));
  return html`<section><h2>Participants</h2><ul class="people">${people.map((user) => html`<li>${avatar(user, true)} ${person(user)}</li>`)}</ul></section>`;
}

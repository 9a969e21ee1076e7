import { findUser } from './accounts.ts';
import type { World } from './context.ts';
import { existingCommits } from './git-objects.ts';
import { type Html, html, trustedHtml } from './html-template.ts';
import { renderMarkdown } from './markdown-html.ts';
import { mentionedShas, type ReferencedIssue } from './markdown-references.ts';
import type { RepositoryRow } from './rows.ts';

/** Markdown of an issue, comment or pull request as it is shown in this repository. */
export async function prose(world: World, repo: RepositoryRow, text: string | null): Promise<Html> {
  if (text === null || text.trim() === '')
    return html`<div class="prose muted"><em>No description provided.</em></div>`;
  const rendered = renderMarkdown(text, {
    owner: world.state.users.need(repo.ownerId).login,
    repo: repo.name,
    webUrl: world.url(),
    issue: (owner, name, number) => referenced(world, owner, name, number),
    commits: await existingCommits(world.gitDir(repo), mentionedShas(text)),
  });
  return html`<div class="prose">${trustedHtml(rendered)}</div>`;
}

function referenced(world: World, owner: string, name: string, number: number): ReferencedIssue | undefined {
  const account = findUser(world, owner);
  const repo = account && world.state.repositories.one('name', `${account.id}/${name.toLowerCase()}`);
  const issue = repo && world.state.issues.one('number', `${repo.id}/${number}`);
  if (issue === undefined) return undefined;
  const merged = issue.isPull && world.state.pulls.one('issue', issue.id)?.merged === true;
  return { kind: issue.isPull ? 'pull' : 'issue', title: issue.title, state: merged ? 'merged' : issue.state };
}

import type { World } from './context.ts';
import { type Html, html } from './html-template.ts';
import type { RepositoryRow } from './rows.ts';
import { fullName } from './shapes-common.ts';

type Tab = 'code' | 'issues' | 'pulls' | 'branches' | 'commits';

export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly repo?: RepositoryRow;
  readonly tab?: Tab;
}

/** A whole document. */
export function renderPage(world: World, page: Page): string {
  const heading = page.repo === undefined ? page.title : `${page.title} · ${fullName(world, page.repo)}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${heading}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/_sandbox/style.css">
<script src="/_sandbox/mermaid.js" defer></script>
<script src="/_sandbox/page.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<div class="topbar"><div class="wrap"><a class="brand" href="/">Local GitHub</a>${crumbs(world, page.repo)}<span class="tag">a model for development and tests</span></div></div>
${page.repo === undefined ? null : tabs(world, page.repo, page.tab)}
<main id="content"><div class="wrap">
${page.body}
</div></main>
<footer><div class="wrap">A local model of GitHub, schema-checked. Not GitHub.</div></footer>
</body>
</html>
`.html;
}

function crumbs(world: World, repo: RepositoryRow | undefined): Html | null {
  if (repo === undefined) return null;
  const owner = world.state.users.need(repo.ownerId).login;
  return html`<span class="sep">/</span><a href="/">${owner}</a><span class="sep">/</span><a href="/${owner}/${repo.name}"><strong>${repo.name}</strong></a>`;
}

function tabs(world: World, repo: RepositoryRow, current: Tab | undefined): Html {
  const base = `/${fullName(world, repo)}`;
  const open = world.state.issues.where('repo', repo.id).filter((issue) => issue.state === 'open');
  const branches = world.state.refs.where('repo', repo.id).length;
  const entries: readonly (readonly [Tab, string, string, number | null])[] = [
    ['code', 'Overview', base, null],
    ['issues', 'Issues', `${base}/issues`, open.filter((issue) => !issue.isPull).length],
    ['pulls', 'Pull requests', `${base}/pulls`, open.filter((issue) => issue.isPull).length],
    ['branches', 'Branches', `${base}/branches`, branches],
    ['commits', 'Commits', `${base}/commits/${repo.defaultBranch}`, null],
  ];
  const link = ([tab, name, href, count]: (typeof entries)[number]): Html =>
    html`<a href="${href}"${tab === current ? html` aria-current="page"` : null}>${name}${count === null ? null : html` <span class="count">${count}</span>`}</a>`;
  return html`<nav class="tabs" aria-label="Repository"><div class="wrap">${entries.map(link)}</div></nav>`;
}

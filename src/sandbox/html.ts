// The pages: what a person looks at to see what happened. Server rendered; the only script draws Mermaid diagrams.
// Promise: these pages read and never change anything (html-apps.ts has those that do); texts of users reach them only through markdown-html.ts or escaped.
// May import: state, git reading, the html-* parts. Invariant: every page carries the footer that says what this is.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Context, Hono } from 'hono';
import { findUser } from './accounts.ts';
import type { World } from './context.ts';
import { findCommit, readCommit } from './git-objects.ts';
import { issueListPage, issuePage } from './html-issue.ts';
import { renderPage } from './html-page.ts';
import { pullPage } from './html-pull.ts';
import { branchesPage, checkPage, commitPage, commitsPage, filePage, homePage, repoPage } from './html-repo.ts';
import { PAGE_SCRIPT, PROSE_STYLE_SHEET, STYLE_SHEET } from './html-style.ts';
import { html } from './html-template.ts';
import type { RepositoryRow } from './rows.ts';

type RepoPage = (repo: RepositoryRow, c: Context) => string | null | Promise<string | null>;

export function mountHtml(app: Hono, world: World): void {
  mountAssets(app);
  app.get('/', (c) => show(c, world, homePage(world)));
  const page = (path: string, render: RepoPage): void => {
    app.get(`/:owner/:repo${path}`, async (c) => {
      const repo = repositoryAt(world, c.req.param('owner') ?? '', c.req.param('repo') ?? '');
      return show(c, world, repo === undefined ? null : await render(repo, c));
    });
  };
  page('', (repo) => repoPage(world, repo));
  page('/issues', (repo, c) => issueListPage(world, repo, false, stateOf(c)));
  page('/pulls', (repo, c) => issueListPage(world, repo, true, stateOf(c)));
  page('/issues/:number{[0-9]+}', (repo, c) => threadPage(world, repo, Number(c.req.param('number'))));
  page('/pull/:number{[0-9]+}', (repo, c) => threadPage(world, repo, Number(c.req.param('number'))));
  page('/branches', (repo) => branchesPage(world, repo));
  page('/commits/:branch{.+}', (repo, c) => commitsPage(world, repo, c.req.param('branch') ?? ''));
  page('/commit/:sha', async (repo, c) => {
    const sha = await findCommit(world.gitDir(repo), c.req.param('sha') ?? '');
    return sha === null ? null : commitPage(world, repo, await readCommit(world.gitDir(repo), sha));
  });
  page('/checks/:id{[0-9]+}', (repo, c) => {
    const run = world.state.checkRuns.get(Number(c.req.param('id')));
    return run === undefined || run.repoId !== repo.id ? null : checkPage(world, repo, run);
  });
  page('/:kind{tree|blob}/:rest{.+}', (repo, c) => fileAt(world, repo, c.req.param('rest') ?? ''));
}

function mountAssets(app: Hono): void {
  const asset = (path: string, type: string, text: () => string): void => {
    let body: string | undefined;
    app.get(path, (c) => {
      body ??= text();
      return c.body(body, 200, { 'content-type': type, 'cache-control': 'max-age=60' });
    });
  };
  asset('/_sandbox/style.css', 'text/css; charset=utf-8', () => STYLE_SHEET + PROSE_STYLE_SHEET);
  asset('/_sandbox/page.js', 'text/javascript; charset=utf-8', () => PAGE_SCRIPT);
  asset('/_sandbox/mermaid.js', 'text/javascript; charset=utf-8', () => {
    const main = createRequire(import.meta.url).resolve('@mermaid-js/tiny');
    return readFileSync(join(dirname(main), 'mermaid.tiny.js'), 'utf8');
  });
}

function repositoryAt(world: World, owner: string, name: string): RepositoryRow | undefined {
  const account = findUser(world, owner);
  return account && world.state.repositories.one('name', `${account.id}/${name.toLowerCase()}`);
}

function stateOf(c: Context): 'open' | 'closed' {
  return c.req.query('state') === 'closed' ? 'closed' : 'open';
}

/** GitHub answers `/issues/5` and `/pull/5` alike, whichever of the two number 5 is. */
async function threadPage(world: World, repo: RepositoryRow, number: number): Promise<string | null> {
  const issue = world.state.issues.one('number', `${repo.id}/${number}`);
  if (issue === undefined) return null;
  const pull = issue.isPull ? world.state.pulls.one('issue', issue.id) : undefined;
  return pull === undefined ? issuePage(world, repo, issue) : pullPage(world, repo, issue, pull);
}

/** Branch names hold slashes too, so the longest branch that fits decides where the path begins. */
async function fileAt(world: World, repo: RepositoryRow, rest: string): Promise<string | null> {
  const names = world.state.refs.where('repo', repo.id).map((row) => row.ref.replace(/^refs\/heads\//, ''));
  const fitting = names.filter((name) => rest === name || rest.startsWith(`${name}/`));
  const branch = fitting.sort((a, b) => b.length - a.length)[0];
  return branch === undefined ? null : filePage(world, repo, branch, rest.slice(branch.length + 1));
}

// Mermaid writes style elements into its drawings; scripts come from this server only.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function show(c: Context, world: World, page: string | null): Response {
  const body =
    page ??
    renderPage(world, {
      title: 'Not found',
      body: html`<h1>Not found</h1><p>There is nothing at <code>${c.req.path}</code>.</p>`,
    });
  return c.html(body, page === null ? 404 : 200, {
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  }) as Response;
}

import { listTree } from '../git/plumbing.ts';
import { latestRuns } from './checks.ts';
import type { World } from './context.ts';
import { commitFiles } from './git-diff.ts';
import { branchTip, type CommitInfo, countAheadBehind, readCommit, readCommits, readFileAt } from './git-objects.ts';
import { diffView } from './html-diff.ts';
import { commitChecks, commitRows, issueLook, issuePath, issueRows, runLine } from './html-lists.ts';
import { prose } from './html-markdown.ts';
import { renderPage } from './html-page.ts';
import { ago, avatar, badge, counted, duration, icon, person, runLook } from './html-parts.ts';
import { type Html, html } from './html-template.ts';
import type { CheckRunRow, RefRow, RepositoryRow } from './rows.ts';
import { fullName } from './shapes-common.ts';
import { accountOf, encodePath } from './shapes-git.ts';

const SOME = 8;

/** `/`: all repositories. */
export function homePage(world: World): string {
  const repos = world.state.repositories.all();
  const rows = repos.map((repo) => {
    const issues = world.state.issues.where('repo', repo.id).filter((issue) => issue.state === 'open');
    const pulls = issues.filter((issue) => issue.isPull).length;
    return html`<li>${icon('book')}<div class="grow"><a class="title" href="/${fullName(world, repo)}">${fullName(world, repo)}</a>${repo.private ? html` <span class="badge small">private</span>` : null}
<div class="sub">pushed ${ago(repo.pushedAt, world.now())}</div></div>
<div class="end">${counted(issues.length - pulls, 'open issue')}, ${counted(pulls, 'open pull request')}</div></li>`;
  });
  const list =
    repos.length === 0 ? html`<p class="empty">No repositories yet.</p>` : html`<ul class="rows">${rows}</ul>`;
  return renderPage(world, { title: 'Local GitHub', body: html`<h1>Repositories</h1><div class="box">${list}</div>` });
}

/** `/{owner}/{repo}`: files, README, latest commits, issues and pull requests at a glance. */
export async function repoPage(world: World, repo: RepositoryRow): Promise<string> {
  const gitDir = world.gitDir(repo);
  const base = `/${fullName(world, repo)}`;
  const tip = await branchTip(gitDir, repo.defaultBranch);
  const commits = tip === null ? [] : await readCommits(gitDir, ['--first-parent', tip], SOME);
  const issues = world.state.issues.where('repo', repo.id).toReversed();
  // What asks for work stands above its parts, however many there are.
  const [whole, parts] = [
    issues.filter((issue) => issue.parentId === null),
    issues.filter((issue) => issue.parentId !== null),
  ];
  const body = html`<h1>${fullName(world, repo)}</h1>
<div class="lead"><span class="branch">${repo.defaultBranch}</span><span>${counted(world.state.refs.where('repo', repo.id).length, 'branch').replace(/branchs$/, 'branches')}</span><span class="mono">git clone ${world.url()}${base}.git</span></div>
<div class="grid2"><div>
${box('Latest commits', `${base}/commits/${encodePath(repo.defaultBranch)}`, commitRows(world, repo, commits))}
${tip === null ? null : box('Files', null, await fileRows(gitDir, tip, base, repo.defaultBranch))}
${tip === null ? null : await readme(world, repo, tip)}
</div><div>
${box('Pull requests', `${base}/pulls`, issueRows(world, issues.filter((issue) => issue.isPull).slice(0, SOME), 'No pull requests.'))}
${box('Issues', `${base}/issues`, issueRows(world, [...whole, ...parts].filter((issue) => !issue.isPull).slice(0, SOME), 'No issues.'))}
</div></div>`;
  return renderPage(world, { title: fullName(world, repo), repo, tab: 'code', body });
}

function box(title: string, href: string | null, content: Html): Html {
  const more = href === null ? null : html`<a class="muted" style="margin-left:auto" href="${href}">all</a>`;
  return html`<div class="box"><div class="head"><h2>${title}</h2>${more}</div>${content}</div>`;
}

async function fileRows(gitDir: string, tip: string, base: string, branch: string): Promise<Html> {
  const entries = await listTree(gitDir, tip, { recursive: false });
  entries.sort((a, b) => Number(b.type === 'tree') - Number(a.type === 'tree'));
  const row = (entry: (typeof entries)[number]): Html =>
    html`<li>${icon(entry.type === 'tree' ? 'folder' : 'file')}<div class="grow"><a href="${base}/${entry.type === 'tree' ? 'tree' : 'blob'}/${encodePath(branch)}/${encodePath(entry.path)}">${entry.path}</a></div></li>`;
  return html`<ul class="rows">${entries.map(row)}</ul>`;
}

async function readme(world: World, repo: RepositoryRow, tip: string): Promise<Html | null> {
  const bytes = await readFileAt(world.gitDir(repo), tip, 'README.md');
  if (bytes === null) return null;
  const text = await prose(world, repo, bytes.toString('utf8'));
  return html`<div class="box"><div class="head"><h2>README.md</h2></div>${text}</div>`;
}

/** `/tree/{ref}/{path}` and `/blob/{ref}/{path}`. Null = there is nothing of this name. */
export async function filePage(
  world: World,
  repo: RepositoryRow,
  branch: string,
  path: string,
): Promise<string | null> {
  const gitDir = world.gitDir(repo);
  const tip = await branchTip(gitDir, branch);
  if (tip === null) return null;
  const bytes = await readFileAt(gitDir, tip, path);
  const prefix = path === '' ? '' : `${path}/`;
  const entries =
    bytes === null
      ? await listTree(gitDir, path === '' ? tip : `${tip}:${path}`, { recursive: false }).catch(() => [])
      : [];
  if (bytes === null && entries.length === 0) return null;
  const base = `/${fullName(world, repo)}`;
  const row = (entry: (typeof entries)[number]): Html =>
    html`<li>${icon(entry.type === 'tree' ? 'folder' : 'file')}<div class="grow"><a href="${base}/${entry.type === 'tree' ? 'tree' : 'blob'}/${encodePath(branch)}/${encodePath(prefix + entry.path)}">${entry.path}</a></div></li>`;
  const content =
    bytes === null
      ? html`<div class="box"><ul class="rows">${entries.map(row)}</ul></div>`
      : html`<pre class="log">${bytes.toString('utf8')}</pre>`;
  const body = html`<h1 class="mono">${path === '' ? repo.name : path}</h1><div class="lead"><span class="branch">${branch}</span></div>${content}`;
  return renderPage(world, { title: path, repo, tab: 'code', body });
}

/** `/branches`. */
export async function branchesPage(world: World, repo: RepositoryRow): Promise<string> {
  const gitDir = world.gitDir(repo);
  const refs = world.state.refs.where('repo', repo.id);
  const tip = await branchTip(gitDir, repo.defaultBranch);
  const rows = await Promise.all(refs.map((ref) => branchRow(world, repo, ref, tip)));
  const body = html`<div class="box"><div class="head"><h2>Branches</h2></div><ul class="rows">${rows}</ul></div>`;
  return renderPage(world, { title: 'Branches', repo, tab: 'branches', body });
}

async function branchRow(world: World, repo: RepositoryRow, ref: RefRow, tip: string | null): Promise<Html> {
  const name = ref.ref.replace(/^refs\/heads\//, '');
  const gitDir = world.gitDir(repo);
  const [commit, distance] = await Promise.all([
    readCommit(gitDir, ref.sha),
    tip === null ? null : countAheadBehind(gitDir, tip, ref.sha),
  ]);
  const pulls = world.state.pulls.where('head', `${repo.id}/${name}`).map((pull) => {
    const issue = world.state.issues.need(pull.issueId);
    const look = issueLook(world, issue);
    return html` <a href="${issuePath(world, issue)}">${icon(look.icon, look.tone, look.word)} #${pull.number}</a>`;
  });
  const where =
    name === repo.defaultBranch ? html`default` : html`${distance?.ahead ?? 0} ahead, ${distance?.behind ?? 0} behind`;
  return html`<li>${icon('branch')}<div class="grow"><a class="branch" href="/${fullName(world, repo)}/commits/${encodePath(name)}">${name}</a>
<div class="sub">${commit.message.split('\n', 1)[0] ?? ''} · ${ago(commit.committer.date, world.now())}</div></div>
<div class="end">${commitChecks(world, repo, ref.sha)} ${where}${pulls}</div></li>`;
}

/** `/commits/{branch}`. Null = no such branch. */
export async function commitsPage(world: World, repo: RepositoryRow, branch: string): Promise<string | null> {
  const tip = await branchTip(world.gitDir(repo), branch);
  if (tip === null) return null;
  const commits = await readCommits(world.gitDir(repo), [tip], 100);
  const head = html`<h2>Commits</h2><span class="branch">${branch}</span>`;
  const body = html`<div class="box"><div class="head">${head}</div>${commitRows(world, repo, commits)}</div>`;
  return renderPage(world, { title: `Commits of ${branch}`, repo, tab: 'commits', body });
}

/** `/commit/{sha}`. */
export async function commitPage(world: World, repo: RepositoryRow, commit: CommitInfo): Promise<string> {
  const [subject = '', ...rest] = commit.message.split('\n');
  const text = rest.join('\n').trim();
  const account = accountOf(world, commit.author);
  const runs = latestRuns(world, repo, commit.sha);
  const parent = (sha: string): Html =>
    html` <a class="mono" href="/${fullName(world, repo)}/commit/${sha}">${sha.slice(0, 7)}</a>`;
  const body = html`<h1>${subject}</h1>
<div class="lead">${account === undefined ? null : avatar(account, true)}<span>${account === undefined ? html`<strong>${commit.author.name}</strong>` : person(account)} committed ${ago(commit.committer.date, world.now())}</span><span class="mono">${commit.sha.slice(0, 12)}</span><span>${commit.parents.length > 1 ? 'parents' : 'parent'}${commit.parents.map(parent)}</span></div>
${text === '' ? null : html`<pre class="log">${text}</pre>`}
${runs.length === 0 ? null : html`<div class="verdict"><strong>Checks</strong><ul>${runs.map((run) => html`<li>${runLine(world, repo, run)}</li>`)}</ul></div>`}
${diffView(await commitFiles(world.gitDir(repo), commit))}`;
  return renderPage(world, { title: subject, repo, tab: 'commits', body });
}

/** `/checks/{id}`: what a check run said, with its log. */
export async function checkPage(world: World, repo: RepositoryRow, run: CheckRunRow): Promise<string> {
  const look = runLook(run);
  const app = world.state.apps.need(run.appId);
  const took = run.completedAt === null ? null : html`<span>took ${duration(run.startedAt, run.completedAt)}</span>`;
  const pulls = world.state.pulls.where('repo', repo.id).filter((pull) => pull.headSha === run.headSha);
  const links = pulls.map((pull) => html` <a href="/${fullName(world, repo)}/pull/${pull.number}">#${pull.number}</a>`);
  const body = html`<h1>${run.name} <span class="number">${run.output.title ?? ''}</span></h1>
<div class="lead">${badge(look.tone, look.icon, look.words)}<span>on <a class="mono" href="/${fullName(world, repo)}/commit/${run.headSha}">${run.headSha.slice(0, 7)}</a></span>${links.length === 0 ? null : html`<span>for${links}</span>`}${took}<span>by ${app.name}</span></div>
${run.output.summary === null ? null : html`<div class="box">${await prose(world, repo, run.output.summary)}</div>`}
${run.output.text === null ? null : html`<pre class="log">${run.output.text}</pre>`}`;
  return renderPage(world, { title: `${run.name} ${look.words}`, repo, body });
}

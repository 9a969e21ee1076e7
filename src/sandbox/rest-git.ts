import { listTree } from '../git/plumbing.ts';
import { git } from '../git/run.ts';
import { findRepo, type Needs, signedIn } from './access.ts';
import { requiredChecks } from './checks.ts';
import type { Reply, RouteRequest, Routes, World } from './context.ts';
import { commitFiles, diffFiles } from './git-diff.ts';
import {
  branchTip,
  commonAncestor,
  countAheadBehind,
  findCommit,
  readCommit,
  readCommits,
  readEntry,
  readFileAt,
} from './git-objects.ts';
import { notFound, Refusal } from './refusal.ts';
import { deleteRef } from './repositories.ts';
import type { RepositoryRow } from './rows.ts';
import { apiUrl, htmlUrl } from './shapes-common.ts';
import { commitShape, contentShape, encodePath, fileShape, refShape } from './shapes-git.ts';

const READ: Needs = { app: 'contents:read', user: 'read' };
const WRITE: Needs = { app: 'contents:write', user: 'write' };

/** What git knows: files, refs, branches, commits, comparisons. */
export function registerGit(routes: Routes, world: World): void {
  const repo = '/repos/{owner}/{repo}';
  const wide = { wide: ['path', 'ref', 'branch', 'basehead'] };
  routes.add('GET', `${repo}/contents/{path}`, (request) => getContents(world, request), wide);
  routes.add('GET', `${repo}/git/ref/{ref}`, (request) => getRef(world, request), wide);
  routes.add('DELETE', `${repo}/git/refs/{ref}`, (request) => removeRef(world, request), wide);
  routes.add('GET', `${repo}/branches/{branch}`, (request) => getBranch(world, request), wide);
  routes.add('GET', `${repo}/commits/{ref}`, (request) => getCommit(world, request), wide);
  routes.add('GET', `${repo}/compare/{basehead}`, (request) => compare(world, request), wide);
}

function repoOf(world: World, request: RouteRequest, needs: Needs): RepositoryRow {
  return findRepo(world, request.actor, request.params.owner ?? '', request.params.repo ?? '', needs);
}

async function getContents(world: World, request: RouteRequest): Promise<Reply> {
  const repo = repoOf(world, request, READ);
  const gitDir = world.gitDir(repo);
  const ref = request.query.get('ref') ?? repo.defaultBranch;
  const commit = await findCommit(gitDir, ref);
  if (commit === null) throw new Refusal(404, `No commit found for the ref ${ref}`);
  const path = (request.params.path ?? '').replace(/^\/+|\/+$/g, '');
  const entry = await readEntry(gitDir, commit, path);
  if (entry === null) throw notFound();
  if (entry.type === 'tree') {
    const entries = await listTree(gitDir, entry.sha, { recursive: false });
    const shown = entries.map((child) => ({ ...child, path: path === '' ? child.path : `${path}/${child.path}` }));
    return { status: 200, body: shown.map((child) => contentShape(world, repo, child, ref)) };
  }
  if (entry.type === 'commit') throw new Refusal(501, 'The local GitHub does not show submodules');
  const bytes = (await readFileAt(gitDir, commit, path)) ?? Buffer.alloc(0);
  if (/\braw\b/.test(request.header('accept') ?? '')) {
    return { status: 200, raw: { type: 'application/vnd.github.raw; charset=utf-8', data: bytes } };
  }
  const shape = contentShape(world, repo, entry, ref);
  if (shape.type === 'symlink') return { status: 200, body: { ...shape, target: bytes.toString('utf8') } };
  // GitHub breaks base64 into lines of 60.
  const content = bytes.toString('base64').replace(/.{60}/g, '$&\n');
  return { status: 200, body: { ...shape, encoding: 'base64', content: `${content}\n` } };
}

async function getRef(world: World, request: RouteRequest): Promise<Reply> {
  const repo = repoOf(world, request, READ);
  const ref = shownRef(request);
  const { stdout } = await git(['for-each-ref', '--format=%(refname) %(objectname)', ref], {
    gitDir: world.gitDir(repo),
  });
  const [name, sha] = stdout.trim().split('\n')[0]?.split(' ') ?? [];
  if (name !== ref || sha === undefined) throw notFound();
  return { status: 200, body: refShape(world, repo, ref, sha) };
}

async function removeRef(world: World, request: RouteRequest): Promise<Reply> {
  const repo = repoOf(world, request, WRITE);
  await deleteRef(world, repo, signedIn(request.actor).user, shownRef(request));
  return { status: 204 };
}

/** `heads/x` or `tags/x` as a full name; everything else is not shown over REST. */
function shownRef(request: RouteRequest): string {
  const ref = (request.params.ref ?? '').replace(/^refs\//, '');
  if (!/^(heads|tags|pull)\/[^\s~^:?*[\\]+$/.test(ref)) throw notFound();
  return `refs/${ref}`;
}

async function getBranch(world: World, request: RouteRequest): Promise<Reply> {
  const repo = repoOf(world, request, READ);
  const name = request.params.branch ?? '';
  const sha = await branchTip(world.gitDir(repo), name);
  if (sha === null) throw new Refusal(404, 'Branch not found');
  const self = `${apiUrl(world, repo)}/branches/${encodePath(name)}`;
  const required = requiredChecks(repo, name);
  return {
    status: 200,
    body: {
      name,
      commit: commitShape(world, repo, await readCommit(world.gitDir(repo), sha)),
      _links: { self, html: `${htmlUrl(world, repo)}/tree/${encodePath(name)}` },
      protected: required.length > 0,
      // Rules come from rulesets (GET rules/branches); the older kind of protection is never on.
      protection: { enabled: false, required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] } },
      protection_url: `${self}/protection`,
    },
  };
}

async function getCommit(world: World, request: RouteRequest): Promise<Reply> {
  const repo = repoOf(world, request, READ);
  const gitDir = world.gitDir(repo);
  const ref = request.params.ref ?? '';
  const sha = await findCommit(gitDir, ref);
  if (sha === null) throw new Refusal(422, `No commit found for SHA: ${ref}`);
  if (/\bsha\b/.test(request.header('accept') ?? '')) {
    return { status: 200, raw: { type: 'application/vnd.github.sha; charset=utf-8', data: Buffer.from(sha) } };
  }
  const commit = await readCommit(gitDir, sha);
  return { status: 200, body: commitShape(world, repo, commit, await commitFiles(gitDir, commit)) };
}

async function compare(world: World, request: RouteRequest): Promise<Reply> {
  const repo = repoOf(world, request, READ);
  const gitDir = world.gitDir(repo);
  const owner = world.state.users.need(repo.ownerId).login;
  const names = (request.params.basehead ?? '').split('...').map((name) => name.replace(`${owner}:`, ''));
  const [baseName = '', headName = ''] = names;
  const [base, head] = await Promise.all([findCommit(gitDir, baseName), findCommit(gitDir, headName)]);
  if (names.length !== 2 || base === null || head === null) throw notFound();
  const ancestor = await commonAncestor(gitDir, base, head);
  if (ancestor === null) throw new Refusal(404, `No common ancestor between ${baseName} and ${headName}.`);
  const [{ ahead, behind }, commits, files, [baseCommit, ancestorCommit]] = await Promise.all([
    countAheadBehind(gitDir, base, head),
    readCommits(gitDir, ['--reverse', `${base}..${head}`]),
    diffFiles(gitDir, ancestor, head),
    Promise.all([readCommit(gitDir, base), readCommit(gitDir, ancestor)]),
  ]);
  const page = `${htmlUrl(world, repo)}/compare`;
  return {
    status: 200,
    body: {
      url: `${apiUrl(world, repo)}/compare/${encodePath(baseName)}...${encodePath(headName)}`,
      html_url: `${page}/${encodePath(baseName)}...${encodePath(headName)}`,
      permalink_url: `${page}/${owner}:${base.slice(0, 7)}...${owner}:${head.slice(0, 7)}`,
      diff_url: `${page}/${encodePath(baseName)}...${encodePath(headName)}.diff`,
      patch_url: `${page}/${encodePath(baseName)}...${encodePath(headName)}.patch`,
      base_commit: commitShape(world, repo, baseCommit),
      merge_base_commit: commitShape(world, repo, ancestorCommit),
      status: comparison(ahead, behind),
      ahead_by: ahead,
      behind_by: behind,
      total_commits: ahead,
      commits: commits.map((commit) => commitShape(world, repo, commit)),
      files: files.map((file) => fileShape(world, repo, head, file)),
    },
  };
}

function comparison(ahead: number, behind: number): 'diverged' | 'ahead' | 'behind' | 'identical' {
  if (ahead > 0) return behind > 0 ? 'diverged' : 'ahead';
  return behind > 0 ? 'behind' : 'identical';
}

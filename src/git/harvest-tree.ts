import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withPrivateGitDir } from './private-git-dir.ts';
import { refuseOption } from './remote-address.ts';
import { type GitOptions, git } from './run.ts';

export interface SnapshotRequest {
  /** The orchestrator's bare repository; it receives the objects. */
  readonly gitDir: string;
  readonly workDir: string;
  /** A private index file; replaced. */
  readonly indexFile: string;
  /** The commit or tree the work started from: its tracked files stay tracked even where `.gitignore` names them. */
  readonly baseSha: string;
}

/** Deep enough for anything honest; a hostile chain of repositories in repositories ends here with an error. */
const DEEPEST_NESTING = 20;

/**
 * Stores the files of a directory as a tree in the orchestrator's own repository and answers its id.
 *
 * The directory's own `.git` is never opened and never stored; its config, hooks and commits have no effect. Content is
 * taken byte for byte: in-tree `.gitattributes` start no filter and convert nothing. `.gitignore` is honoured.
 * A nested repository is stored as plain files (without its `.git`), never as a gitlink. A submodule that the base
 * already had keeps the commit the base named; only its removal is taken over.
 * Throws `GitError` for what cannot be stored, such as a tracked file replaced by a named pipe.
 */
export async function snapshotDirectory(request: SnapshotRequest): Promise<string> {
  const { gitDir, workDir, indexFile, baseSha } = request;
  refuseOption(['read-tree'], baseSha);
  await rm(indexFile, { force: true });
  return withPrivateGitDir(gitDir, async (place) => {
    await git(['read-tree', baseSha], { ...place, indexFile });
    const submodules = await listGitlinks({ ...place, indexFile });
    await addEverything({ ...place, indexFile, workTree: workDir, cwd: workDir }, 0);
    await restoreGitlinks({ ...place, indexFile }, submodules);
    const { stdout } = await git(['write-tree'], { ...place, indexFile });
    return stdout.trim();
  });
}

async function addEverything(
  options: GitOptions & { workTree: string; indexFile: string },
  depth: number,
): Promise<void> {
  const nested = await listNestedRepositories(options);
  const exclusions = nested.map((path) => `:(top,literal,exclude)${path}`);
  await git(['add', '--all', '--pathspec-from-file=-', '--pathspec-file-nul'], {
    ...options,
    input: [':(top)', ...exclusions].join('\0'),
  });
  for (const path of nested) await addNested(options, path, depth + 1);
}

/** Untracked repositories: without `--directory`, `ls-files` ends only those with a slash. */
async function listNestedRepositories(options: GitOptions): Promise<string[]> {
  const { stdout } = await git(['ls-files', '-z', '--others', '--exclude-standard'], options);
  return stdout
    .split('\0')
    .filter((path) => path.endsWith('/'))
    .map((path) => path.slice(0, -1));
}

/** Seen as a work tree of its own, the nested directory's `.git` is the top one, which git never adds. */
async function addNested(
  options: GitOptions & { workTree: string; indexFile: string },
  path: string,
  depth: number,
): Promise<void> {
  if (depth > DEEPEST_NESTING) throw new RangeError(`Repositories are nested more than ${DEEPEST_NESTING} deep.`);
  const workTree = join(options.workTree, path);
  const indexFile = `${options.indexFile}.${depth}`;
  const inner = { ...options, workTree, cwd: workTree, indexFile };
  try {
    await rm(indexFile, { force: true });
    await git(['read-tree', '--empty'], inner);
    await addEverything(inner, depth);
    const { stdout } = await git(['write-tree'], inner);
    await git(['read-tree', `--prefix=${path}/`, stdout.trim()], options);
  } finally {
    await rm(indexFile, { force: true });
  }
}

async function listGitlinks(options: GitOptions): Promise<Map<string, string>> {
  const { stdout } = await git(['ls-files', '-z', '--stage'], options);
  const links = new Map<string, string>();
  for (const record of stdout.split('\0')) {
    const match = /^160000 (\S+) \d\t(.+)$/s.exec(record);
    if (match?.[1] !== undefined && match[2] !== undefined) links.set(match[2], match[1]);
  }
  return links;
}

async function restoreGitlinks(options: GitOptions, before: ReadonlyMap<string, string>): Promise<void> {
  const lines: string[] = [];
  for (const [path, sha] of await listGitlinks(options)) {
    const original = before.get(path);
    if (original === undefined) lines.push(`0 ${'0'.repeat(40)}\t${path}`);
    else if (original !== sha) lines.push(`160000 ${original}\t${path}`);
  }
  if (lines.length > 0)
    await git(['update-index', '-z', '--index-info'], { ...options, input: `${lines.join('\0')}\0` });
}

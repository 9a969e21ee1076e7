import { refuseOption } from './remote-address.ts';
import { git } from './run.ts';

/** A added, D deleted, M content or mode changed, T became another kind of entry. Renames appear as D and A. */
export type ChangeStatus = 'A' | 'D' | 'M' | 'T';

export interface FileCount {
  readonly path: string;
  readonly status: ChangeStatus;
  /** Lines; 0 for a binary file. */
  readonly added: number;
  readonly deleted: number;
  readonly binary: boolean;
}

export interface RawChange {
  readonly path: string;
  readonly status: ChangeStatus;
  readonly oldMode: string;
  readonly newMode: string;
  /** The new object; all zeros when deleted. */
  readonly sha: string;
}

const DIFF = ['diff-tree', '-r', '-z', '--no-renames', '--no-ext-diff', '--no-textconv', '--no-abbrev'];

/** What changed between two commits or trees, by mode and object id. */
export async function diffRaw(gitDir: string, from: string, to: string): Promise<RawChange[]> {
  refuseOption(['diff-tree'], from, to);
  const { stdout } = await git([...DIFF, '--raw', from, to], { gitDir });
  return parseRaw(stdout.split('\0')).changes;
}

/** What changed between two commits or trees, with line counts. */
export async function diffNumstat(gitDir: string, base: string, head: string): Promise<FileCount[]> {
  refuseOption(['diff-tree'], base, head);
  const { stdout } = await git([...DIFF, '--raw', '--numstat', base, head], { gitDir });
  const { changes, rest } = parseRaw(stdout.split('\0'));
  const status = new Map(changes.map((change) => [change.path, change.status]));
  return rest.flatMap((record) => {
    const match = /^(\d+|-)\t(\d+|-)\t(.+)$/s.exec(record);
    const [, added, deleted, path] = match ?? [];
    if (path === undefined) return [];
    return [
      {
        path,
        status: status.get(path) ?? 'M',
        added: added === '-' ? 0 : Number(added),
        deleted: deleted === '-' ? 0 : Number(deleted),
        binary: added === '-',
      },
    ];
  });
}

function parseRaw(records: readonly string[]): { changes: RawChange[]; rest: readonly string[] } {
  const changes: RawChange[] = [];
  let at = 0;
  for (; at + 1 < records.length; at += 2) {
    const match = /^:(\d+) (\d+) \S+ (\S+) ([ADMT])/.exec(records[at] ?? '');
    const [, oldMode, newMode, sha, status] = match ?? [];
    const path = records[at + 1];
    if (oldMode === undefined || newMode === undefined || sha === undefined || path === undefined) break;
    changes.push({ path, status: toStatus(status), oldMode, newMode, sha });
  }
  return { changes, rest: records.slice(at) };
}

function toStatus(letter: string | undefined): ChangeStatus {
  return letter === 'A' || letter === 'D' || letter === 'T' ? letter : 'M';
}

/** The unified diff between two commits or trees; longer than `maxBytes` throws `GitError`. */
export async function diffText(gitDir: string, from: string, to: string, maxBytes?: number): Promise<string> {
  refuseOption(['diff-tree'], from, to);
  const args = ['diff-tree', '-r', '-p', '--no-renames', '--no-ext-diff', '--no-textconv', from, to];
  const { stdout } = await git(args, maxBytes === undefined ? { gitDir } : { gitDir, maxBytes });
  return stdout;
}

/** The best common ancestor, or null when the histories are unrelated. */
export async function mergeBase(gitDir: string, a: string, b: string): Promise<string | null> {
  refuseOption(['merge-base'], a, b);
  const { stdout, exitCode } = await git(['merge-base', a, b], { gitDir, okCodes: [0, 1] });
  return exitCode === 0 ? stdout.trim() : null;
}

export async function isAncestor(gitDir: string, ancestor: string, descendant: string): Promise<boolean> {
  refuseOption(['merge-base'], ancestor, descendant);
  const { exitCode } = await git(['merge-base', '--is-ancestor', ancestor, descendant], { gitDir, okCodes: [0, 1] });
  return exitCode === 0;
}

export interface LogEntry {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: { readonly name: string; readonly email: string; readonly date: string };
  readonly committer: { readonly name: string; readonly email: string; readonly date: string };
  readonly subject: string;
  readonly body: string;
}

const LOG_FORMAT = '%H%n%T%n%P%n%an%n%ae%n%at%n%cn%n%ce%n%ct%n%s%n%b';

/** Commits reachable from a revision (or range `a..b`), newest first; dates are ISO 8601 in UTC. */
export async function log(
  gitDir: string,
  revision: string,
  options: { readonly limit?: number; readonly firstParent?: boolean } = {},
): Promise<LogEntry[]> {
  refuseOption(['log'], revision);
  const narrowed = [
    ...(options.limit === undefined ? [] : [`--max-count=${options.limit}`]),
    ...(options.firstParent ? ['--first-parent'] : []),
  ];
  const { stdout } = await git(['log', '-z', `--format=tformat:${LOG_FORMAT}`, ...narrowed, revision, '--'], {
    gitDir,
  });
  return stdout
    .split('\0')
    .filter((record) => record !== '')
    .map(parseLogEntry);
}

function parseLogEntry(record: string): LogEntry {
  const [
    sha = '',
    tree = '',
    parents = '',
    an = '',
    ae = '',
    ad = '',
    cn = '',
    ce = '',
    cd = '',
    subject = '',
    ...body
  ] = record.split('\n');
  return {
    sha,
    tree,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    author: { name: an, email: ae, date: toIsoDate(ad) },
    committer: { name: cn, email: ce, date: toIsoDate(cd) },
    subject,
    body: body.join('\n').trimEnd(),
  };
}

/** git's own ISO format differs between versions (`Z` or `+00:00`). */
function toIsoDate(seconds: string): string {
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}

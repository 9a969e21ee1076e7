/** The repository of a plain GitHub: a bare one on disk, its objects as GitHub's API shows them, real merges. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';

export interface PlainRepository {
  readonly gitDir: string;
  readonly head: (branch: string) => Promise<string | null>;
  /** Moves or makes a branch; false when it is not where the caller thought. */
  readonly move: (branch: string, to: string, from: string | null) => Promise<boolean>;
  readonly commit: (sha: string) => Promise<Shape>;
  readonly tree: (sha: string) => Promise<Shape>;
  readonly blob: (sha: string) => Promise<Shape>;
  readonly file: (path: string) => Promise<Buffer | null>;
  readonly store: (type: string, bytes: Buffer) => Promise<string>;
  readonly makeTree: (base: string | undefined, entries: readonly Shape[]) => Promise<string>;
  readonly makeCommit: (commit: Shape) => Promise<string>;
  /** The merge commit, or null where both changed the same. */
  readonly merge: (base: string, head: string, message: string) => Promise<string | null>;
  readonly isMerged: (base: string, head: string) => Promise<boolean>;
  readonly serve: (path: string, request: IncomingMessage, response: ServerResponse) => void;
}

/** JSON as it comes. */
export type Shape = ReturnType<typeof JSON.parse>;

const who = {
  GIT_AUTHOR_NAME: 'Plain',
  GIT_AUTHOR_EMAIL: 'plain@forge.test',
  GIT_COMMITTER_NAME: 'Plain',
  GIT_COMMITTER_EMAIL: 'plain@forge.test',
};

export function createRepository(gitDir: string, files: Readonly<Record<string, string>>): PlainRepository {
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', gitDir]);
  const lines = ['commit refs/heads/main', 'committer Plain <plain@forge.test> 1700000000 +0230', 'data 6', 'first\n'];
  for (const [path, content] of Object.entries(files))
    lines.push(`M 100644 inline ${path}`, `data ${Buffer.byteLength(content)}`, content);
  execFileSync('git', ['--git-dir', gitDir, 'fast-import', '--quiet'], { input: `${lines.join('\n')}\n` });

  const git = async (
    args: readonly string[],
    input?: Buffer | string,
    env: NodeJS.ProcessEnv = {},
  ): Promise<Buffer> => {
    const options = { encoding: 'buffer' as const, env: { ...process.env, ...who, ...env }, maxBuffer: 2 ** 28 };
    const running = promisify(execFile)('git', ['--git-dir', gitDir, ...args], options);
    running.child.stdin?.on('error', () => undefined).end(input ?? '');
    return (await running).stdout;
  };
  const say = async (...args: string[]): Promise<string> => (await git(args)).toString('utf8').trim();
  const head = (branch: string): Promise<string | null> =>
    say('rev-parse', '--verify', '-q', `refs/heads/${branch}`).catch(() => null);
  const store = async (type: string, bytes: Buffer): Promise<string> =>
    (await git(['hash-object', '-w', '-t', type, '--stdin'], bytes)).toString().trim();
  const date = async (sha: string, who: string): Promise<string> =>
    `${await say('show', '-s', `--format=%${who}I`, sha)}`;

  return {
    gitDir,
    head,
    store,
    move: (branch, to, from) =>
      say('update-ref', `refs/heads/${branch}`, to, from ?? '0'.repeat(40)).then(
        () => true,
        () => false,
      ),
    async commit(sha) {
      const [tree, parents, an, ae, cn, ce, ...rest] = (
        await git(['show', '-s', '--format=%T%n%P%n%an%n%ae%n%cn%n%ce%n%B', sha])
      )
        .toString('utf8')
        .split('\n');
      const utc = async (role: string): Promise<string> => new Date(await date(sha, role)).toISOString();
      return {
        sha,
        tree: { sha: tree },
        parents: (parents ?? '').split(' ').flatMap((parent) => (parent === '' ? [] : { sha: parent })),
        author: { name: an, email: ae, date: await utc('a') },
        committer: { name: cn, email: ce, date: await utc('c') },
        message: rest.join('\n').trimEnd(),
      };
    },
    async tree(sha) {
      const rows = (await git(['ls-tree', '-r', '-t', '-z', sha])).toString('utf8').split('\0').filter(Boolean);
      const tree = rows.map((row) => {
        const [meta = '', path] = row.split('\t');
        const [mode, type, entry] = meta.split(' ');
        return { mode, type, sha: entry, path };
      });
      return { sha, tree, truncated: false };
    },
    async blob(sha) {
      return { sha, encoding: 'base64', content: (await git(['cat-file', 'blob', sha])).toString('base64') };
    },
    file: (path) => git(['cat-file', 'blob', `refs/heads/main:${path}`]).catch(() => null),
    async makeTree(base, entries) {
      const env = { GIT_INDEX_FILE: `${gitDir}/index-${process.hrtime.bigint()}` };
      await git(['read-tree', base ?? '--empty'], '', env);
      const lines = entries.map(
        ({ mode, sha, path }) => `${sha === null ? '0' : mode} ${sha ?? '0'.repeat(40)}\t${path}\0`,
      );
      await git(['update-index', '-z', '--index-info'], lines.join(''), env);
      return (await git(['write-tree'], '', env)).toString().trim();
    },
    makeCommit({ message, tree, parents, author, committer }) {
      const seconds = (iso: string): number => Math.floor(Date.parse(iso) / 1000);
      const line = (role: string, by: Shape): string => `${role} ${by.name} <${by.email}> ${seconds(by.date)} +0000`;
      const lines = [`tree ${tree}`, ...parents.map((parent: string) => `parent ${parent}`)];
      lines.push(line('author', author), line('committer', committer ?? author), '', message);
      return store('commit', Buffer.from(lines.join('\n')));
    },
    async merge(base, headSha, message) {
      const tree = await say('merge-tree', '--write-tree', '--no-messages', base, headSha).catch(() => null);
      if (tree === null) return null;
      return (await git(['commit-tree', tree, '-p', base, '-p', headSha, '-F', '-'], message)).toString().trim();
    },
    isMerged: (base, headSha) =>
      say('merge-base', '--is-ancestor', headSha, base).then(
        () => true,
        () => false,
      ),
    serve: (path, request, response) => serveGit(gitDir, path, request, response),
  };
}

function serveGit(gitDir: string, path: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(path, 'http://localhost');
  const cgi = spawn('git', ['-c', 'http.receivepack=true', 'http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: gitDir,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: searchParams.toString(),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'somebody',
    },
  });
  const chunks: Buffer[] = [];
  request.pipe(cgi.stdin).on('error', () => undefined);
  cgi.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  cgi.on('close', () => {
    const output = Buffer.concat(chunks);
    const split = output.indexOf('\r\n\r\n');
    for (const line of output.toString('latin1', 0, split).split('\r\n')) {
      const [name = '', value = ''] = line.split(': ');
      if (name.toLowerCase() === 'status') response.statusCode = Number(value.slice(0, 3));
      else response.setHeader(name, value);
    }
    response.end(output.subarray(split + 4));
  });
}

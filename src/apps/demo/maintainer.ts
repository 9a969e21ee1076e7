/** The human of the demo: everything over the API of the local GitHub and git, and each step told to the reader. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withAskpass } from '../../git/askpass.ts';
import { commitTree, initBare, readTreeInto, resolveRef, writeTree } from '../../git/plumbing.ts';
import { fetch, push } from '../../git/remote.ts';
import { git } from '../../git/run.ts';
import { plainText } from '../../text/columns.ts';
import type { Person } from '../local/person.ts';
import type { Files, Maintainer } from './scenarios/scenario.ts';

interface MaintainerOptions {
  readonly person: Person;
  readonly token: string;
  readonly cloneUrl: string;
  /** Number of the master issue. */
  readonly issue: number;
  /** For a clone of their own. */
  readonly dir: string;
  readonly say: (line: string) => void;
}

export interface RecordedMaintainer extends Maintainer {
  /** Everything told so far, in order. */
  readonly told: readonly string[];
  /** How often `/muster run` was said, and how many commands since the last one, it included. */
  readonly asked: () => { readonly runs: number; readonly commands: number };
}

export function createMaintainer(options: MaintainerOptions): RecordedMaintainer {
  const { person, issue } = options;
  const told: string[] = [];
  let asked = { runs: 0, commands: 0 };
  const tell = (words: string): void => {
    told.push(words);
    options.say(`@${person.login} ${words}`);
  };
  return {
    told,
    asked: () => asked,
    thinks: (words) => tell(`thinks: ${words}`),
    comments: async (command, on = issue) => {
      tell(`comments on #${on}: ${command}`);
      const isRun = command.startsWith('/muster run');
      asked = isRun ? { runs: asked.runs + 1, commands: 1 } : { ...asked, commands: asked.commands + 1 };
      await person.comment(on, command);
    },
    rewrites: async (body, words) => {
      tell(`edits #${issue}: ${words}`);
      await person.call('PATCH', `/issues/${issue}`, { body });
    },
    readsDiagnostics: async (state) => {
      for (const { diagnostic } of state.tasks) {
        if (diagnostic?.state !== 'open' || diagnostic.issue === null) continue;
        const { title, body } = (await person.call('GET', `/issues/${diagnostic.issue.number}`)) as {
          title: string;
          body: string;
        };
        const last = lastLogLine(body);
        tell(
          `reads #${diagnostic.issue.number}, ${plainText(title)}${last === null ? '' : `, where the log ends with:\n  | ${last}`}`,
        );
      }
    },
    approves: async (pull) => {
      tell(`approves pull request #${pull}`);
      await person.call('POST', `/pulls/${pull}/reviews`, { event: 'APPROVE' });
    },
    pushes: async (files, subject) => {
      tell(`pushes to main: "${subject}" (${Object.keys(files).join(', ')})`);
      await pushToMain(options, files, subject);
    },
  };
}

/** Of the first fenced block of a diagnostic issue; null when it quotes no log. */
function lastLogLine(body: string): string | null {
  const log = /^(`{3,})text\n(.*?)\n\1$/ms.exec(body)?.[2];
  return log === undefined ? null : plainText(log.split('\n').at(-1) ?? '');
}

async function pushToMain(options: MaintainerOptions, files: Files, subject: string): Promise<void> {
  const { login } = options.person;
  const dir = await mkdtemp(join(options.dir, 'human-'));
  try {
    await withAskpass(dir, { username: login, token: options.token }, async (auth) => {
      const gitDir = join(dir, 'clone.git');
      await initBare(gitDir);
      await fetch(gitDir, options.cloneUrl, ['refs/heads/main:refs/heads/main'], { auth });
      const base = await resolveRef(gitDir, 'refs/heads/main');
      if (base === null) throw new Error('the demo repository has no main branch');
      const sha = await commitTree(gitDir, {
        tree: await treeWith(gitDir, join(dir, 'index'), base, files),
        parents: [base],
        message: `${subject}\n`,
        author: { name: login, email: `${login}@example.com` },
        date: new Date(),
      });
      const outcome = await push(
        gitDir,
        options.cloneUrl,
        { sha, ref: 'refs/heads/main' },
        { expectedOld: base, auth },
      );
      if (outcome.kind !== 'pushed') throw new Error(`"${subject}" could not be pushed: ${outcome.kind}`);
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The tree of a commit with these files added or replaced. */
async function treeWith(gitDir: string, indexFile: string, base: string, files: Files): Promise<string> {
  await readTreeInto(gitDir, indexFile, base);
  for (const [path, text] of Object.entries(files)) {
    const blob = (await git(['hash-object', '-w', '--stdin'], { gitDir, input: text })).stdout.trim();
    await git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], { gitDir, indexFile });
  }
  return writeTree(gitDir, indexFile);
}

/** `muster run`: somebody's repository and plan, through the whole loop, without touching their tree or branches. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Logger } from 'pino';
import type { AgentSetup } from '../../agents/runner.ts';
import type { RecordedEvent } from '../../core/events.ts';
import type { Orchestration } from '../../core/model.ts';
import type { Policy } from '../../core/plan.ts';
import { slug } from '../../core/slugs.ts';
import { showFile } from '../../git/plumbing.ts';
import { git } from '../../git/run.ts';
import { detectCiCommand } from '../../sandbox/ci-detect.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { followToEnd } from './drive.ts';
import type { Laptop } from './laptop.ts';
import { openLaptop, openSandbox } from './laptop.ts';
import { personAt } from './person.ts';

export interface RunPlanOptions {
  readonly planFile: string;
  readonly repoDir: string;
  readonly dataDir: string;
  readonly agents: Readonly<Record<string, AgentSetup>>;
  readonly policy: Partial<Policy>;
  /** The words of the command that starts it, e.g. `/muster run --max-workers 3`. */
  readonly command: string;
  readonly retry: boolean;
  readonly fresh: boolean;
  readonly testCommand?: string;
  readonly runTests: boolean;
  readonly testTimeoutMs?: number;
  readonly port?: number;
  readonly path?: string;
  readonly log: Logger;
  readonly say: (line: string) => void;
  readonly onEvent: (recorded: RecordedEvent, state: Orchestration) => void;
  readonly signal: AbortSignal;
}

export interface RunPlanResult {
  /** Null when interrupted. */
  readonly state: Orchestration | null;
  readonly branch: string | null;
  readonly sha: string | null;
  readonly alreadyDone: boolean;
}

/** What is remembered of a run beside GitHub's and the engine's own state. */
interface RunRecord {
  readonly planSha256: string;
  readonly base: string;
  readonly branch: string | null;
  readonly over: boolean;
}

const owner = 'local';
const you = 'you';

export async function runPlan(options: RunPlanOptions): Promise<RunPlanResult> {
  const source = await openSource(options.repoDir);
  const body = readPlan(options.planFile);
  const planSlug = slug(basename(options.planFile).replace(/\.[^.]*$/, ''));
  const dir = join(options.dataDir, 'runs', `${planSlug}-${sha256(source.gitDir).slice(0, 10)}`);
  if (options.fresh) rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const record = await beginOrResume(options, dir, source, sha256(body));
  const testCommand = options.runTests
    ? (options.testCommand ?? (await detectCiCommand((path) => fileAt(source.gitDir, record.base, path))))
    : undefined;
  if (testCommand === undefined) {
    options.say(
      'No test command was found in this repository, so nothing checks the work before it lands. Name one with --test-command.',
    );
  }
  const sandbox = await openSandbox({
    ...options,
    dir,
    runTests: testCommand !== undefined,
    ...(testCommand === undefined ? {} : { testCommand }),
  });
  let laptop: Laptop | null = null;
  try {
    const repo = await seedRepository(sandbox, source, record, testCommand !== undefined);
    await refuseRedBase(sandbox, options, repo, record.base, testCommand);
    laptop = await openLaptop(sandbox, {
      ...options,
      dir,
      basePolicy: options.policy,
      overridePolicy: { merge: 'auto', approval: 'run', allowUnverified: true },
    });
    options.say(
      `Local GitHub: ${sandbox.url}/${owner}/${repo.name} (only on this machine, only while this command runs)`,
    );
    const { issue, requests } = await askForRun(laptop, options, repo.name, body);
    const state = await followToEnd({
      store: laptop.runtime.store,
      repo: { owner, name: repo.name },
      issue,
      onEvent: options.onEvent,
      signal: options.signal,
      requests,
    });
    if (state === null) return { state, branch: null, sha: null, alreadyDone: false };
    const delivered = await deliver(repo.gitDir, source, record, planSlug);
    writeRecord(dir, { ...record, branch: delivered?.branch ?? record.branch, over: true });
    return { state, branch: delivered?.branch ?? null, sha: delivered?.sha ?? null, alreadyDone: requests === 0 };
  } finally {
    await (laptop ?? sandbox).close();
  }
}

interface Source {
  readonly gitDir: string;
  readonly name: string;
  readonly head: string;
  readonly branch: string;
}

async function openSource(repoDir: string): Promise<Source> {
  const dir = resolve(repoDir);
  const ask = (...args: string[]): Promise<string> => git(args, { cwd: dir }).then((result) => result.stdout.trim());
  try {
    const gitDir = await ask('rev-parse', '--absolute-git-dir');
    const common = resolve(dir, await ask('rev-parse', '--git-common-dir'));
    const head = await ask('rev-parse', '--verify', 'HEAD^{commit}');
    const branch = await git(['symbolic-ref', '--short', '--quiet', 'HEAD'], { cwd: dir, okCodes: [0, 1] }).then(
      (result) => result.stdout.trim(),
    );
    return {
      gitDir: existsSync(join(common, 'objects')) ? common : gitDir,
      name: slug(basename(dir)),
      head,
      branch: branch || 'main',
    };
  } catch (error) {
    const why = existsSync(dir) ? 'is not a git repository with at least one commit' : 'does not exist';
    throw new CommandFailed(
      exitCodes.unreadable,
      `${repoDir} ${why}. Give the repository to work on with --repo DIR.`,
      { cause: error },
    );
  }
}

function readPlan(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailed(
      exitCodes.unreadable,
      `The plan ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

async function beginOrResume(
  options: RunPlanOptions,
  dir: string,
  source: Source,
  planSha256: string,
): Promise<RunRecord> {
  const known = readRecord(dir);
  if (known !== null && known.planSha256 === planSha256) {
    if (!known.over) options.say('Going on with the run that was interrupted.');
    return known;
  }
  if (known !== null && !known.over) {
    throw new CommandFailed(
      exitCodes.invalidPlan,
      `An unfinished run of ${options.planFile} exists, and the plan has changed since. Put the plan back to go on with it, or add --fresh to begin again from ${source.branch}.`,
    );
  }
  // a new plan after a finished run, or the first run: from the present head
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const record = { planSha256, base: source.head, branch: null, over: false };
  writeRecord(dir, record);
  return record;
}

async function seedRepository(
  sandbox: Sandbox,
  source: Source,
  record: RunRecord,
  checked: boolean,
): Promise<{ name: string; gitDir: string }> {
  return sandbox.createRepository({
    owner,
    name: source.name,
    defaultBranch: source.branch,
    seedFrom: { gitDir: source.gitDir, ref: record.base },
    requiredChecks: checked ? ['ci'] : [],
    deleteBranchOnMerge: false,
  });
}

/** Tests that fail before anybody changed anything would fail every pull request: said at once, with the log. */
async function refuseRedBase(
  sandbox: Sandbox,
  options: RunPlanOptions,
  repo: { name: string },
  base: string,
  testCommand: string | undefined,
): Promise<void> {
  if (testCommand === undefined) return;
  options.say(`Running the tests of the starting point: ${testCommand}`);
  await sandbox.drained();
  const token = sandbox.userToken(you, 'admin');
  const response = await fetch(`${sandbox.url}/repos/${owner}/${repo.name}/commits/${base}/check-runs`, {
    headers: { authorization: `token ${token}` },
  });
  const { check_runs: runs } = (await response.json()) as {
    check_runs: { conclusion: string | null; output: { text: string | null } }[];
  };
  const red = runs.find((run) => run.conclusion !== 'success');
  if (red === undefined) return;
  throw new CommandFailed(
    exitCodes.invalidPlan,
    [
      `The tests of this repository fail (${red.conclusion}) before anything was changed, so no pull request could ever be green.`,
      ...(red.output.text ?? '')
        .trimEnd()
        .split('\n')
        .slice(-12)
        .map((line) => `  | ${line}`),
      'They run in a clean checkout: name what prepares it, such as --test-command "npm ci && npm test", or leave tests out with --no-tests. Then add --fresh.',
    ].join('\n'),
  );
}

async function fileAt(gitDir: string, ref: string, path: string): Promise<string | undefined> {
  const bytes = await showFile(gitDir, ref, path);
  return bytes === null ? undefined : new TextDecoder().decode(bytes);
}

/** Opens the master issue and asks for the run, unless an earlier life of this run has done so. */
async function askForRun(
  laptop: Laptop,
  options: RunPlanOptions,
  repo: string,
  body: string,
): Promise<{ issue: number; requests: number }> {
  const { sandbox, runtime } = laptop;
  const person = personAt({
    url: sandbox.url,
    token: sandbox.userToken(you, 'admin'),
    login: you,
    repo: `${owner}/${repo}`,
  });
  const title = titleOf(body, options.planFile);
  const [known] = await person.ownIssues(title);
  const issue = known ?? (await person.openIssue(title, body));
  const said = (await person.comments(issue)).filter((comment) => comment.author === you);
  if (said.length === 0) {
    await person.comment(issue, options.command);
    return { issue, requests: 1 };
  }
  const rows = await runtime.store.findOrchestrations({ owner, name: repo, issue });
  const last = rows.at(-1);
  const state = last === undefined ? null : await runtime.store.loadState(last.key);
  if (options.retry && state?.phase === 'finished' && state.tasks.some((task) => task.status === 'failed')) {
    await person.comment(issue, '/muster retry');
    return { issue, requests: state.requests.length + 1 };
  }
  return { issue, requests: state?.phase === 'finished' ? 0 : said.length };
}

function titleOf(body: string, file: string): string {
  const heading = body.split('\n').find((line) => /^#\s+\S/.test(line));
  return (heading?.replace(/^#\s+/, '').replace(/\s+#*\s*$/, '') ?? basename(file)).slice(0, 250);
}

/** What landed becomes a branch of the user's repository; nothing else there changes. Null when nothing landed. */
async function deliver(
  landedDir: string,
  source: Source,
  record: RunRecord,
  planSlug: string,
): Promise<{ branch: string; sha: string } | null> {
  const { stdout } = await git(['rev-parse', `refs/heads/${source.branch}`], { gitDir: landedDir });
  const sha = stdout.trim();
  if (sha === record.base) return null;
  const branch = record.branch ?? (await freeBranch(source, `muster/run-${planSlug}`, sha));
  await git(
    [
      'fetch',
      '--no-tags',
      '--no-write-fetch-head',
      '--quiet',
      landedDir,
      `+refs/heads/${source.branch}:refs/heads/${branch}`,
    ],
    {
      gitDir: source.gitDir,
      allowFile: true,
    },
  );
  return { branch, sha };
}

/** A branch of that name from an earlier run is somebody's work: the next one gets a number. */
async function freeBranch(source: Source, wanted: string, sha: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}-${n}`;
    const { stdout } = await git(['rev-parse', '--verify', '--quiet', `refs/heads/${name}`], {
      gitDir: source.gitDir,
      okCodes: [0, 1],
    });
    if (stdout.trim() === '' || stdout.trim() === sha) return name;
  }
}

function recordFile(dir: string): string {
  return join(dir, 'run.json');
}

function readRecord(dir: string): RunRecord | null {
  return existsSync(recordFile(dir)) ? (JSON.parse(readFileSync(recordFile(dir), 'utf8')) as RunRecord) : null;
}

function writeRecord(dir: string, record: RunRecord): void {
  writeFileSync(`${recordFile(dir)}.new`, JSON.stringify(record));
  renameSync(`${recordFile(dir)}.new`, recordFile(dir));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

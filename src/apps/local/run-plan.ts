/** `muster run`: somebody's repository and plan, through the whole loop, without touching their tree or branches. */
import { createHash } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import type { Logger } from 'pino';
import type { AgentSetup } from '../../agents/runner.ts';
import type { RecordedEvent } from '../../core/events.ts';
import type { Orchestration, PlanProblem } from '../../core/model.ts';
import type { Policy } from '../../core/plan.ts';
import { defaultPolicy } from '../../core/plan.ts';
import { slug } from '../../core/slugs.ts';
import { showFile } from '../../git/plumbing.ts';
import { detectCiCommand } from '../../sandbox/ci-detect.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { compilePlan } from '../../text/compile-plan.ts';
import { loadSettings } from '../../text/settings.ts';
import { makeDataDir } from '../data-dir.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { hasShortPath, openControlSocket } from '../http/control.ts';
import { operatorOf } from '../operator-of.ts';
import { lengthProblems, readPlanFile } from '../plan-file.ts';
import { refuseRedBase } from './base-tests.ts';
import type { Delivered } from './delivery.ts';
import { deliver } from './delivery.ts';
import { followToEnd } from './drive.ts';
import type { Laptop } from './laptop.ts';
import { openLaptop, openSandbox } from './laptop.ts';
import { personAt } from './person.ts';
import type { RunRecord } from './run-record.ts';
import { claimRun, forgetRun, readRecord, removeIfEmpty, writeRecord } from './run-record.ts';
import type { Source } from './source.ts';
import { gitWords, openSource, refuseBlockedBranch } from './source.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface RunPlanOptions {
  readonly planFile: string;
  readonly repoDir: string;
  readonly dataDir: string;
  readonly agents: Readonly<Record<string, AgentSetup>>;
  readonly policy: Partial<Policy>;
  /** The flags of `/muster run` and `/muster retry`, e.g. `--max-workers 3`. */
  readonly flags: string;
  /** Those of `/muster run` alone: how the plan is made. */
  readonly planFlags?: string;
  readonly asList?: boolean;
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
  readonly onQuiet: (state: Orchestration) => void;
  /** Called with the end of the run while its local GitHub is still up, which it is until the promise resolves. */
  readonly onEnd: (end: RunEnd) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface RunEnd {
  readonly state: Orchestration;
  readonly delivered: Delivered | null;
  /** It had come to its end before; nothing was done now. */
  readonly alreadyDone: boolean;
  readonly issueUrl: string;
  /** What failed attempts left, with their logs. */
  readonly failedDir: string;
}

export type RunPlanResult =
  | { readonly kind: 'ended' }
  | { readonly kind: 'interrupted' }
  /** Seen before anything was begun. */
  | { readonly kind: 'refused'; readonly problems: readonly PlanProblem[] };

const owner = 'local';
const you = 'you';

/** Throws `CommandFailed` for everything that the user can mend. */
export async function runPlan(options: RunPlanOptions): Promise<RunPlanResult> {
  const body = readPlanFile(options.planFile);
  const source = await openSource(options.repoDir);
  const planSlug = slug(basename(options.planFile).replace(/\.[^.]*$/, ''));
  const branch = `muster/run-${planSlug}`;
  await refuseBlockedBranch(source, branch);
  const dataDir = makeDataDir(options.dataDir, 'Name another directory with --data-dir.');
  const dir = makeDataDir(
    join(dataDir, 'runs', `${planSlug}-${sha256(source.ownGitDir).slice(0, 10)}`),
    'Name another directory with --data-dir.',
  );
  const lock = await claimRun(dir, options.planFile);
  try {
    if (options.fresh) forgetRun(dir);
    const known = resumable(options, readRecord(dir), source, sha256(body));
    const problems = known === null ? await planProblems(options, source, body) : [];
    if (problems.length > 0) return { kind: 'refused', problems };
    const record = known ?? begin(dir, options, source, sha256(body));
    return await work({ options, source, dir, branch, body, record });
  } finally {
    await lock.release();
    removeIfEmpty(dir);
  }
}

interface Run {
  readonly options: RunPlanOptions;
  readonly source: Source;
  readonly dir: string;
  /** Where what lands is to arrive. */
  readonly branch: string;
  readonly body: string;
  readonly record: RunRecord;
}

async function work(run: Run): Promise<RunPlanResult> {
  const { options, source, dir, record } = run;
  const testCommand = await testCommandOf(run);
  const tests = { runTests: testCommand !== undefined, ...(testCommand === undefined ? {} : { testCommand }) };
  options.say(`Setting up a local GitHub with ${source.name} at ${record.base.slice(0, 10)} ...`);
  const sandbox = await openSandbox({ ...options, dir, ...tests });
  let laptop: Laptop | null = null;
  try {
    const repo = await seedRepository(sandbox, source, record, testCommand !== undefined);
    if (options.signal.aborted) return { kind: 'interrupted' };
    if (!record.begun && testCommand !== undefined) await testBase(run, sandbox, testCommand);
    if (options.signal.aborted) return { kind: 'interrupted' };
    writeRecord(dir, { ...record, begun: true });
    options.say('Opening the database (a new one takes a few seconds) ...');
    const opening = openLaptop(sandbox, {
      waitsOutside: false,
      ...options,
      dir,
      ...tests,
      basePolicy: options.policy,
      overridePolicy: { merge: 'auto', approval: 'run', allowUnverified: true },
      // nobody else is bothered by many issues here
      sharding: { startsSharded: true },
    });
    laptop = await unlessAborted(opening, options.signal);
    if (laptop === null || options.signal.aborted) return { kind: 'interrupted' };
    options.say(`Local GitHub: ${repo.url} (only on this machine, only while this command runs)`);
    const closeControl = await openControl(join(dir, 'muster'), laptop);
    try {
      return await drive(run, laptop, repo);
    } finally {
      await closeControl();
    }
  } finally {
    await (laptop ?? sandbox).close();
  }
}

/** For `muster status`, `muster cancel` and the like while it works; where the path is too long it works without. */
async function openControl(dataDir: string, { runtime }: Laptop): Promise<() => Promise<void>> {
  return hasShortPath(dataDir)
    ? openControlSocket(dataDir, runtime.store, operatorOf(runtime))
    : (): Promise<void> => Promise.resolve();
}

/** Asks for the run, follows it, brings home what landed. */
async function drive(
  run: Run,
  laptop: Laptop,
  repo: { readonly gitDir: string; readonly url: string },
): Promise<RunPlanResult> {
  const { options, source, dir, record } = run;
  const { issue, requests, known } = await askForRun(run, laptop);
  if (known !== null && requests > 0) {
    const landed = known.tasks.filter((task) => task.status === 'merged').length;
    options.say(`${landed} of ${known.tasks.length} tasks had landed when it stopped.`);
  }
  const state = await followToEnd({
    ...options,
    store: laptop.runtime.store,
    repo: { owner, name: record.name },
    issue,
    after: known?.seq ?? 0,
    requests,
  });
  if (state === null) return { kind: 'interrupted' };
  const delivered = await deliver(repo.gitDir, source, record, run.branch);
  // what was refused as a whole begins anew the next time
  const begun = state.phase !== 'refused';
  writeRecord(dir, { ...record, begun, branch: delivered?.branch ?? record.branch, over: begun });
  await options.onEnd({
    state,
    delivered,
    alreadyDone: requests === 0,
    issueUrl: `${repo.url}/issues/${issue}`,
    failedDir: join(dir, 'muster', 'agents', 'failed'),
  });
  return { kind: 'ended' };
}

/** The run to go on with; null where a new one is to begin. */
function resumable(
  options: RunPlanOptions,
  known: RunRecord | null,
  source: Source,
  planSha256: string,
): RunRecord | null {
  if (known === null || !known.begun) return null;
  if (known.planSha256 === planSha256) {
    if (!known.over) options.say('Going on with the unfinished run of this plan.');
    return known;
  }
  const remedy = `Put it back to go on with that run, or add --fresh to begin again from ${source.branch}.`;
  if (!known.over)
    throw new CommandFailed(
      exitCodes.invalidPlan,
      `An unfinished run of ${known.planFile} exists, and ${options.planFile} says something else. ${remedy}`,
    );
  if (options.retry)
    throw new CommandFailed(
      exitCodes.invalidPlan,
      `--retry tries again what failed in the run of ${known.planFile}, but ${options.planFile} says something else. ${remedy}`,
    );
  return null;
}

/** The first run, a new plan after a finished one, or one that never came to its start: from the present head. */
function begin(dir: string, options: RunPlanOptions, source: Source, planSha256: string): RunRecord {
  forgetRun(dir);
  const record = {
    planFile: resolve(options.planFile),
    planSha256,
    name: source.name,
    defaultBranch: source.branch,
    base: source.head,
    begun: false,
    branch: null,
    over: false,
  };
  writeRecord(dir, record);
  return record;
}

/** What the engine would refuse too, known before anything is set up. */
async function planProblems(options: RunPlanOptions, source: Source, body: string): Promise<readonly PlanProblem[]> {
  const loaded = loadSettings((await fileAt(source.gitDir, source.head, '.github/muster.yml')) ?? null);
  // their lines are the settings', and their words say so
  if (!loaded.ok) return loaded.problems.map((problem) => ({ ...problem, line: 0 }));
  const compiled = compilePlan({
    body,
    settings: loaded.settings,
    flags: options.asList === true ? { asList: true } : {},
    subIssues: [],
    agents: Object.keys(options.agents),
    capabilities: Object.fromEntries(
      Object.entries(options.agents).map(([name, agent]) => [name, agent.capabilities ?? []]),
    ),
    basePolicy: { ...defaultPolicy, ...options.policy },
  });
  return [...lengthProblems(body), ...(compiled.ok ? [] : compiled.problems)];
}

async function testCommandOf({ options, source, record }: Run): Promise<string | undefined> {
  const say = record.over ? (): void => {} : options.say;
  if (!options.runTests) {
    say('As asked with --no-tests, nothing checks the work before it lands.');
    return undefined;
  }
  const command = options.testCommand ?? (await detectCiCommand((path) => fileAt(source.gitDir, record.base, path)));
  if (command === undefined)
    say(
      'No test command was found in this repository, so nothing checks the work before it lands. Name one with --test-command.',
    );
  return command;
}

async function testBase({ options, record }: Run, sandbox: Sandbox, command: string): Promise<void> {
  await refuseRedBase({
    sandbox,
    repo: `${owner}/${record.name}`,
    base: record.base,
    token: sandbox.userToken(you, 'admin'),
    command,
    say: options.say,
    signal: options.signal,
  });
}

async function seedRepository(
  sandbox: Sandbox,
  source: Source,
  record: RunRecord,
  checked: boolean,
): Promise<{ readonly gitDir: string; readonly url: string }> {
  try {
    const { gitDir } = await sandbox.createRepository({
      owner,
      name: record.name,
      defaultBranch: record.defaultBranch,
      seedFrom: { gitDir: source.gitDir, ref: record.base },
      requiredChecks: checked ? ['ci'] : [],
      deleteBranchOnMerge: false,
    });
    return { gitDir, url: `${sandbox.url}/${owner}/${record.name}` };
  } catch (error) {
    throw new CommandFailed(
      exitCodes.unreadable,
      `The commits of ${source.dir} cannot be copied${gitWords(error)}. A complete clone is needed; "git fsck" in it says whether it is one.`,
      { cause: error },
    );
  }
}

async function fileAt(gitDir: string, ref: string, path: string): Promise<string | undefined> {
  const bytes = await showFile(gitDir, ref, path);
  return bytes === null ? undefined : new TextDecoder().decode(bytes);
}

interface Asked {
  readonly issue: number;
  /** How many requests must have been heard before an end is one; 0: it is over, and nothing was asked. */
  readonly requests: number;
  /** As it stood when this command came. */
  readonly known: Orchestration | null;
}

/** Opens the master issue and asks for the run, unless an earlier life of this run has done so. */
async function askForRun({ options, record, body }: Run, laptop: Laptop): Promise<Asked> {
  const { sandbox, runtime } = laptop;
  const token = sandbox.userToken(you, 'admin');
  const person = personAt({ url: sandbox.url, token, login: you, repo: `${owner}/${record.name}` });
  const title = titleOf(body, options.planFile);
  const [opened] = await person.ownIssues(title);
  const issue = opened ?? (await person.openIssue(title, body));
  const said = (await person.comments(issue)).filter((comment) => comment.author === you);
  if (said.length === 0) {
    await person.comment(issue, `/muster run ${options.flags} ${options.planFlags ?? ''}`.trim());
    return { issue, requests: 1, known: null };
  }
  const rows = await runtime.store.findOrchestrations({ owner, name: record.name, issue });
  const last = rows.at(-1);
  const known = last === undefined ? null : await runtime.store.loadState(last.key);
  if (options.retry && known?.phase === 'finished' && known.tasks.some((task) => task.status === 'failed')) {
    await person.comment(issue, `/muster retry ${options.flags}`.trim());
    return { issue, requests: known.requests.length + 1, known };
  }
  return { issue, requests: known?.phase === 'finished' ? 0 : said.length, known };
}

function titleOf(body: string, file: string): string {
  const heading = body.split('\n').find((line) => /^#\s+\S/.test(line));
  return (heading?.replace(/^#\s+/, '').replace(/\s+#*\s*$/, '') ?? basename(file)).slice(0, 250);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `muster run PLAN.md --repo DIR` */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { sayEvent, sayProblems, saySummary } from '../../text/terminal.ts';
import { sayNext } from '../../text/waiting.ts';
import { CommandFailed, exitCodeOf, exitCodes } from '../exit-codes.ts';
import type { Delivered } from '../local/delivery.ts';
import type { RunEnd } from '../local/run-plan.ts';
import { runPlan } from '../local/run-plan.ts';
import { createLogger } from '../logger.ts';
import { defaultDataDir } from '../settings.ts';
import { shellWord } from '../shell-word.ts';
import { readWhere } from '../where.ts';
import { sayFailures } from './failures.ts';
import { onInterrupt, untilInterrupted } from './interrupt.ts';
import type { AgentOptions } from './options.ts';
import { agentsFrom, collect, notEmpty, portNumber, wholeNumber } from './options.ts';
import type { Output } from './output.ts';
import { clockTime, createOutput } from './output.ts';
import { requireGit } from './requirements.ts';
import { summaryJson } from './summary-json.ts';
import { sayTroubles } from './troubles.ts';
import { tell } from './verbs.ts';

interface RunOptions extends AgentOptions {
  readonly repo: string;
  readonly maxWorkers?: number;
  readonly batchSize?: number;
  readonly timeout?: number;
  readonly priority?: string;
  readonly strategy?: string;
  readonly dryRun?: boolean;
  readonly testCommand?: string;
  readonly tests: boolean;
  readonly retry?: boolean;
  readonly fresh?: boolean;
  readonly serve?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly dataDir?: string;
  readonly port?: number;
  readonly attempts?: number;
  readonly grouped?: boolean;
  readonly asList?: boolean;
}

const help = `
Ctrl-C stops cleanly. The same command again goes on where it stopped, also after a crash.

Examples:
  muster run PLAN.md --repo . --agent-command 'claude -p' --agent-env ANTHROPIC_API_KEY
  muster run PLAN.md --agent-command ./my-agent.sh --max-workers 3

Exit codes: 0 all landed, 1 at least 80 %, 2 less, 3 unreadable input, 4 invalid plan or red tests to begin with,
6 timed out, 7 in use or out of resources, 8 no agent, 9 a fault of Muster, 130 interrupted.
With --json, stdout holds one document when the run ended or the plan was refused, and nothing otherwise.`;

export function runCommand(): Command {
  return new Command('run')
    .summary('Work through a plan in a repository of yours, on a local GitHub.')
    .description(
      'Work through a plan in a repository of yours, on a local GitHub. Your tree, branches and remotes stay as they are; what landed arrives as the branch muster/run-<plan>.',
    )
    .argument(
      '<plan>',
      'a Markdown file with a checklist, - for standard input, or "owner/repo#12" for the server here',
    )
    .option('--repo <dir>', 'the repository to work on', notEmpty, '.')
    .option('--agent <name>', 'an agent of MUSTER_CONFIG')
    .option(
      '--agent-command <command>',
      'a shell command that works on one task in its current directory; the prompt comes on stdin',
    )
    .option('--agent-env <name>', 'hand this variable of yours to the agent (repeatable)', collect)
    .option('--max-workers <n>', 'agents at once', wholeNumber(1, 100))
    .option('--batch-size <n>', 'start tasks in batches of n, each after the last has ended', wholeNumber(1, 100))
    .option('--timeout <seconds>', 'for one attempt', wholeNumber(1, 86_400))
    .option('--attempts <n>', 'automatic attempts per task', wholeNumber(1, 10))
    .option(
      '--test-command <command>',
      'how this repository is tested in a clean checkout (default: npm test, make test, ... as found)',
    )
    .option('--no-tests', 'land without any tests')
    .option('--grouped', 'make one task of each group that "muster plan" proposes')
    .option('--as-list', 'take the entries of a list without boxes as tasks')
    .option('--priority <level>', 'critical, high, medium or low')
    .option('--strategy <how>', 'adaptive, parallel or sequential')
    .option('--dry-run', 'of an issue: show its plan there, and wait for approval')
    .option('--retry', 'try again what failed in the finished run of this plan')
    .option('--fresh', 'forget an earlier run of this plan and begin again')
    .option('--serve', 'keep the local GitHub up afterwards, to look around in a browser')
    .option('--json', 'one JSON document on stdout, progress on stderr')
    .option('--verbose', 'also show the log')
    .option('--data-dir <dir>', 'where runs are kept (default: below the XDG state directory)', notEmpty)
    .option('--port <n>', 'port of the local GitHub (default: any free one)', portNumber)
    .addHelpText('after', help)
    .action(run);
}

async function run(plan: string, options: RunOptions): Promise<void> {
  if (isIssue(plan)) return tell('run', [plan, ...spokenFlags(options)], options);
  if (options.dryRun === true)
    throw new CommandFailed(exitCodes.unreadable, `"muster plan ${plan}" shows what a run of it would do.`);
  await requireGit();
  const output = createOutput(options.json === true);
  const { agents, name } = agentsFrom(options, process.env);
  let ended = false;
  const interrupted = onInterrupt(() => output.say(ended ? 'Stopping ...' : 'Stopping: what runs is handed back ...'));
  const result = await runPlan({
    planFile: plan,
    repoDir: options.repo,
    dataDir: options.dataDir ?? defaultDataDir(process.env),
    agents,
    policy: {
      agent: name,
      retryDelaySeconds: 2,
      ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
    },
    flags: policyFlags(options).join(' '),
    planFlags: planFlags(options).join(' '),
    asList: options.asList === true,
    retry: options.retry === true,
    fresh: options.fresh === true,
    runTests: options.tests,
    ...(options.testCommand === undefined ? {} : { testCommand: options.testCommand }),
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(process.env.PATH === undefined ? {} : { path: process.env.PATH }),
    log:
      options.verbose === true
        ? createLogger('debug', [])
        : createLogger(
            'warn',
            [],
            sayTroubles(output.say, () => ended || interrupted.aborted),
          ),
    say: output.say,
    onEvent: (recorded, state) => {
      const line = sayEvent(state, recorded, clockTime);
      if (line !== null) output.progress(line);
    },
    onQuiet: (state) => output.progress(`[${clockTime(Date.now())}] ${sayNext(state, Date.now())}`),
    onEnd: async (end) => {
      ended = true;
      report(output, end, options);
      if (options.serve !== true) return;
      output.say(`\nThe local GitHub stays up: ${end.issueUrl}\nCtrl-C ends it.`);
      await untilInterrupted(interrupted);
    },
    signal: interrupted,
  });
  if (result.kind === 'interrupted') {
    process.exitCode = exitCodes.interrupted;
    output.say('Stopped. The same command goes on with it.');
  } else if (result.kind === 'refused') {
    process.exitCode = exitCodes.invalidPlan;
    output.say(sayProblems(result.problems));
    output.json({ phase: 'refused', problems: result.problems, exitCode: process.exitCode });
  }
}

/** A file of that name wins. */
export function isIssue(plan: string): boolean {
  return readWhere(plan)?.owner !== undefined && !existsSync(plan);
}

function policyFlags(options: RunOptions): readonly string[] {
  const flags = [
    ['--max-workers', options.maxWorkers],
    ['--batch-size', options.batchSize],
    ['--timeout', options.timeout],
    ['--priority', options.priority],
    ['--strategy', options.strategy],
  ] as const;
  return flags.flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
}

/** Of `run` and `plan` alike. */
export function planFlags({ grouped, asList }: Pick<RunOptions, 'grouped' | 'asList'>): readonly string[] {
  const switches = [
    ['--grouped', grouped],
    ['--as-list', asList],
  ] as const;
  return switches.flatMap(([flag, on]) => (on === true ? [flag] : []));
}

function spokenFlags(options: RunOptions): readonly string[] {
  const switches = [
    ['--retry', options.retry],
    ['--fresh', options.fresh],
    ['--dry-run', options.dryRun],
  ] as const;
  const agent = options.agent === undefined ? [] : ['--agent', options.agent];
  return [
    ...policyFlags(options),
    ...planFlags(options),
    ...agent,
    ...switches.flatMap(([flag, on]) => (on === true ? [flag] : [])),
  ];
}

function report(output: Output, end: RunEnd, options: RunOptions): void {
  const { state, delivered } = end;
  const exitCode = exitCodeOf(state);
  process.exitCode = exitCode;
  output.say('');
  if (end.alreadyDone)
    output.say(
      state.tasks.some((task) => task.status === 'failed')
        ? 'This plan has been worked through before: --retry tries again what failed, --fresh begins anew. This is how it ended:\n'
        : 'This plan has been worked through before: --fresh begins anew. This is how it ended:\n',
    );
  output.say(state.phase === 'refused' ? sayProblems(state.problems) : saySummary(state));
  const failures = sayFailures(state, end.failedDir);
  if (failures !== '') output.say(`\n${failures}`);
  if (delivered !== null) output.say(`\n${deliveryWords(delivered, options.repo)}`);
  output.json({
    ...summaryJson(state),
    branch: delivered?.branch ?? null,
    sha: delivered?.sha ?? null,
    exitCode,
  });
}

function deliveryWords({ branch, sha, leftAlone }: Delivered, repo: string): string {
  const why = leftAlone === null ? '' : ` ${leftAlone} is checked out or holds other work, and stays as it is.`;
  return `What landed is the branch ${branch} of ${repo} (${sha.slice(0, 10)}).${why} Look at it with: git -C ${shellWord(repo)} log --graph ${branch}`;
}

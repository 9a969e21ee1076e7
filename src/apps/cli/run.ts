/** `muster run PLAN.md --repo DIR` */
import { Command, Option } from 'commander';
import { sayEvent, sayProblems, saySummary } from '../../text/terminal.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { runPlan } from '../local/run-plan.ts';
import { createLogger } from '../logger.ts';
import { defaultDataDir } from '../settings.ts';
import { onInterrupt } from './interrupt.ts';
import type { AgentOptions } from './options.ts';
import { agentsFrom, collect, wholeNumber } from './options.ts';
import { clockTime, createOutput } from './output.ts';
import { requireGit } from './requirements.ts';
import { summaryJson } from './summary-json.ts';

interface RunOptions extends AgentOptions {
  readonly repo: string;
  readonly maxWorkers?: number;
  readonly batchSize?: number;
  readonly timeout?: number;
  readonly testCommand?: string;
  readonly tests: boolean;
  readonly retry?: boolean;
  readonly fresh?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly dataDir?: string;
  readonly port?: number;
  readonly attempts?: number;
}

export function runCommand(): Command {
  return new Command('run')
    .description(
      'Work through a plan in a repository of yours, on a local GitHub. Your tree, branches and remotes stay as they are;\nwhat landed arrives as the branch muster/run-<plan>. The same command again goes on where it stopped.',
    )
    .argument('<plan>', 'a Markdown file with a checklist')
    .option('--repo <dir>', 'the repository to work on', '.')
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
    .option('--retry', 'try again what failed in the finished run of this plan')
    .option('--fresh', 'forget an earlier run of this plan and begin again')
    .option('--json', 'one JSON document on stdout, progress on stderr')
    .option('--verbose', 'also show the log')
    .option('--data-dir <dir>', 'where runs are kept')
    .addOption(new Option('--port <n>', 'port of the local GitHub').argParser(wholeNumber(0, 65_535)))
    .addHelpText(
      'after',
      "\nExamples:\n  muster run PLAN.md --repo . --agent-command 'claude -p' --agent-env ANTHROPIC_API_KEY\n  muster run PLAN.md --agent-command ./my-agent.sh --max-workers 3\n\nExit codes: 0 all landed, 1 at least 80 %, 2 less, 3 unreadable, 4 invalid plan, 6 timed out, 8 no agent, 130 interrupted.",
    )
    .action(run);
}

async function run(plan: string, options: RunOptions): Promise<void> {
  await requireGit();
  const output = createOutput(options.json === true);
  const { agents, name } = agentsFrom(options, process.env);
  const dataDir = options.dataDir ?? defaultDataDir(process.env);
  const interrupt = onInterrupt(() =>
    output.say('Stopping: what runs is handed back. The same command goes on with it.'),
  );
  const flags = [
    ['--max-workers', options.maxWorkers],
    ['--batch-size', options.batchSize],
    ['--timeout', options.timeout],
  ] as const;
  const words = flags.flatMap(([flag, value]) => (value === undefined ? [] : [`${flag} ${value}`]));
  const result = await runPlan({
    planFile: plan,
    repoDir: options.repo,
    dataDir,
    agents,
    policy: {
      agent: name,
      retryDelaySeconds: 2,
      ...(options.attempts === undefined ? {} : { attempts: options.attempts }),
    },
    command: ['/muster run', ...words].join(' '),
    retry: options.retry === true,
    fresh: options.fresh === true,
    runTests: options.tests,
    ...(options.testCommand === undefined ? {} : { testCommand: options.testCommand }),
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(process.env.PATH === undefined ? {} : { path: process.env.PATH }),
    log: createLogger(options.verbose === true ? 'debug' : 'silent', []),
    say: output.say,
    onEvent: (recorded, state) => {
      const line = sayEvent(state, recorded, clockTime);
      if (line !== null) output.progress(line);
    },
    signal: interrupt,
  });
  if (result.state === null) {
    process.exitCode = exitCodes.interrupted;
    return;
  }
  process.exitCode = exitCodeOf(result.state);
  if (result.alreadyDone)
    output.say('This plan has been worked through before; --retry tries again what failed, --fresh begins anew.');
  output.say(result.state.phase === 'refused' ? sayProblems(result.state.problems) : saySummary(result.state));
  if (result.branch !== null)
    output.say(
      `What landed is the branch ${result.branch} of ${options.repo} (${result.sha?.slice(0, 10)}). Look at it with: git -C ${options.repo} log --graph ${result.branch}`,
    );
  output.json({ ...summaryJson(result.state), branch: result.branch, sha: result.sha, exitCode: process.exitCode });
}

/** `muster demo`: the whole product in a minute, with no account, no token and no model. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { columns } from '../../text/columns.ts';
import { sayEvent, saySummary } from '../../text/terminal.ts';
import type { DemoEnd, DemoResult } from '../demo/run-demo.ts';
import { playDemo } from '../demo/run-demo.ts';
import { findScenario, scenarios } from '../demo/scenarios/all.ts';
import type { Scenario } from '../demo/scenarios/scenario.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { createLogger } from '../logger.ts';
import { onInterrupt, untilInterrupted } from './interrupt.ts';
import { portNumber, wholeNumber } from './options.ts';
import type { Output } from './output.ts';
import { clockTime, createOutput } from './output.ts';
import { requireGit } from './requirements.ts';
import { summaryJson } from './summary-json.ts';

interface DemoCommandOptions {
  readonly list?: boolean;
  readonly serve?: boolean;
  readonly json?: boolean;
  readonly seed: number;
  readonly port?: number;
  readonly verbose?: boolean;
}

const byDefault = 'simserv';

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'See it work: a master issue becomes merged pull requests on a local GitHub. No account, no token, no model.',
    )
    .addArgument(
      new Argument('[scenario]', 'which example; --list tells what each one shows')
        .choices(scenarios.map(({ name }) => name))
        .default(byDefault),
    )
    .option('--list', 'tell what each example shows and how it is meant to end; play none')
    .option('--serve', 'keep the local GitHub up afterwards, to look around in a browser')
    .option('--json', 'one JSON document on stdout, progress on stderr')
    .option('--seed <n>', "sway of the scripted agent's pauses", wholeNumber(0, 1_000_000), 1)
    .option('--port <n>', 'port of the local GitHub (default: any free one)', portNumber)
    .option('--verbose', 'also show the log')
    .addHelpText('after', '\nExit codes: 0 all landed, 1 at least 80 %, 2 less, 7 out of resources, 130 interrupted.')
    .action(demo);
}

async function demo(name: string, options: DemoCommandOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const scenario = findScenario(name);
  if (options.list === true || scenario === undefined) return list(output);
  await requireGit();
  const dir = mkdtempSync(join(tmpdir(), 'muster-demo-'));
  const remove = (): void => rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  const interrupted = onInterrupt(() => output.say('Stopping ...'), remove);
  const { expected } = scenario;
  output.say(`Muster demo "${name}": ${scenario.about}`);
  output.say(
    'The GitHub here is a local model on real git repositories; the agent is a script. Every number below is measured.',
  );
  output.say(`It is meant to end with ${endWords(expected.landed, expected.of, expected.exitCode)}.\n`);
  try {
    const result = await playDemo({
      scenario,
      dir,
      port: options.port ?? 0,
      seed: options.seed,
      log: createLogger(options.verbose === true ? 'debug' : 'silent', []),
      say: output.say,
      onEvent: (recorded, state) => {
        const line = sayEvent(state, recorded, clockTime);
        if (line !== null) output.progress(line);
      },
      signal: interrupted,
    });
    if (result !== null) await conclude(output, scenario, result, options.serve === true, interrupted);
    else process.exitCode = exitCodes.interrupted;
  } finally {
    remove();
  }
}

async function conclude(
  output: Output,
  scenario: Scenario,
  { laptop, issueUrl, end }: DemoResult,
  serve: boolean,
  interrupted: AbortSignal,
): Promise<void> {
  try {
    if (end === null) {
      process.exitCode = exitCodes.interrupted;
      return;
    }
    const exitCode = exitCodeOf(end.state);
    process.exitCode = exitCode;
    report(output, scenario, end, exitCode, issueUrl);
    if (serve) {
      output.say(`\nThe local GitHub stays up: ${issueUrl}\nCtrl-C ends it.`);
      await untilInterrupted(interrupted);
    } else output.say(`\nTo look at the issues, comments and pull requests in a browser: ${withServe(scenario.name)}`);
  } finally {
    await laptop.close();
  }
}

function report(output: Output, scenario: Scenario, end: DemoEnd, exitCode: number, issueUrl: string): void {
  const { state, main, measures, maintainer } = end;
  const { expected, lesson, notShown = [] } = scenario;
  const landed = state.tasks.filter((task) => task.status === 'merged').length;
  const asExpected = landed === expected.landed && state.tasks.length === expected.of && exitCode === expected.exitCode;
  output.say(`\n${saySummary(state)}\n`);
  for (const line of columns(measures.map(({ label, value, words }) => [label, words ?? String(value)])))
    output.say(line);
  output.say('\nmain of the local GitHub now holds, newest first:');
  for (const subject of main) output.say(`  ${subject}`);
  if (asExpected) output.say(['\nWhat happened:', ...lesson.map((line) => `- ${line}`)].join('\n'));
  if (notShown.length > 0) output.say(['\nNot as in the example:', ...notShown.map((line) => `- ${line}`)].join('\n'));
  output.say(`\n${verdict(scenario, asExpected, endWords(landed, state.tasks.length, exitCode))}`);
  output.json({
    demo: scenario.name,
    url: issueUrl,
    ...summaryJson(state),
    maintainer,
    measured: Object.fromEntries(measures.map(({ key, value }) => [key, value])),
    main,
    notShown,
    expected,
    asExpected,
    exitCode,
  });
}

/** `9 of 10 landed, which is exit code 1 (a partial success)`. */
function endWords(landed: number, total: number, exitCode: number): string {
  const partial = exitCode === exitCodes.partial ? ' (a partial success: at least 80 %, not all)' : '';
  return `${landed} of ${total} landed and exit code ${exitCode}${partial}`;
}

function verdict({ expected }: Scenario, asExpected: boolean, words: string): string {
  if (asExpected) return `This is the end that the example is meant to show: ${words}.`;
  return [
    `This is NOT the end that the example is meant to show: ${words}, instead of ${expected.landed} of ${expected.of} and exit code ${expected.exitCode}.`,
    'A machine that is very busy can be the reason: then it helps to try again. What failed is told above and in the diagnostic issues (--serve).',
  ].join('\n');
}

function list(output: Output): void {
  const rows = scenarios.map(({ name, about, expected }) => [
    name,
    `${expected.landed} of ${expected.of}`,
    `exit ${expected.exitCode}`,
    about,
  ]);
  if (!output.wantsJson) output.say(columns([['Demo', 'Landed', 'Ends with', 'What it shows'], ...rows]).join('\n'));
  output.json(scenarios.map(({ name, about, expected, notShown = [] }) => ({ name, about, expected, notShown })));
}

/** The words that were typed, and `--serve`. */
function withServe(name: string): string {
  const typed = process.env.npm_lifecycle_event === 'demo' ? 'npm run demo --' : 'muster demo';
  return name === byDefault ? `${typed} --serve` : `${typed} ${name} --serve`;
}

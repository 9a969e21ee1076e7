/** `muster demo`: the whole product in a minute, with no account, no token and no model. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import type { Orchestration } from '../../core/model.ts';
import { sayEvent, saySummary } from '../../text/terminal.ts';
import { playDemo } from '../demo/run-demo.ts';
import type { ScenarioName } from '../demo/scenarios.ts';
import { scenarioNames, scenarios } from '../demo/scenarios.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { createLogger } from '../logger.ts';
import { onInterrupt, untilInterrupted } from './interrupt.ts';
import { portNumber, wholeNumber } from './options.ts';
import type { Output } from './output.ts';
import { clockTime, createOutput } from './output.ts';
import { requireGit } from './requirements.ts';
import { summaryJson } from './summary-json.ts';

interface DemoCommandOptions {
  readonly serve?: boolean;
  readonly json?: boolean;
  readonly seed: number;
  readonly port?: number;
  readonly verbose?: boolean;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'See it work: a master issue becomes merged pull requests on a local GitHub. No account, no token, no model.',
    )
    .addArgument(
      new Argument('[scenario]', 'simserv: five modules at once; websocket: two of five tasks fail and recover')
        .choices([...scenarioNames])
        .default('simserv'),
    )
    .option('--serve', 'keep the local GitHub up afterwards, to look around in a browser')
    .option('--json', 'one JSON document on stdout, progress on stderr')
    .option('--seed <n>', "sway of the scripted agent's pauses", wholeNumber(0, 1_000_000), 1)
    .option('--port <n>', 'port of the local GitHub (default: any free one)', portNumber)
    .option('--verbose', 'also show the log')
    .addHelpText('after', '\nExit codes: 0 all landed, 1 at least 80 %, 2 less, 7 out of resources, 130 interrupted.')
    .action(demo);
}

async function demo(name: ScenarioName, options: DemoCommandOptions): Promise<void> {
  await requireGit();
  const output = createOutput(options.json === true);
  const scenario = scenarios[name];
  const dir = mkdtempSync(join(tmpdir(), 'muster-demo-'));
  const remove = (): void => rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  const interrupted = onInterrupt(() => output.say('Stopping ...'), remove);
  output.say(`Muster demo "${name}": ${scenario.about}`);
  output.say(
    'The GitHub here is a local model on real git repositories; the agent is a script. Every number below is measured.',
  );
  output.say('');
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
    if (result === null) {
      process.exitCode = exitCodes.interrupted;
      return;
    }
    try {
      if (result.state === null) process.exitCode = exitCodes.interrupted;
      else {
        report(output, name, result.state, result.landed);
        if (options.serve === true) {
          output.say(`\nThe local GitHub stays up: ${result.repoUrl}/issues/${result.issue}\nCtrl-C ends it.`);
          await untilInterrupted(interrupted);
        } else output.say(`\nTo look at the issues, comments and pull requests in a browser: ${withServe(name)}`);
      }
    } finally {
      await result.laptop.close();
    }
  } finally {
    remove();
  }
}

function report(output: Output, name: ScenarioName, state: Orchestration, landed: readonly string[]): void {
  const exitCode = exitCodeOf(state);
  process.exitCode = exitCode;
  output.say('');
  output.say(saySummary(state));
  output.say('');
  output.say('main of the local GitHub now holds, newest first:');
  for (const subject of landed) output.say(`  ${subject}`);
  output.json({ demo: name, ...summaryJson(state), main: landed, exitCode });
}

/** The words that were typed, and `--serve`. */
function withServe(name: ScenarioName): string {
  const typed = process.env.npm_lifecycle_event === 'demo' ? 'npm run demo --' : 'muster demo';
  return name === 'simserv' ? `${typed} --serve` : `${typed} ${name} --serve`;
}

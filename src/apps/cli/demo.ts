/** `muster demo`: the whole product in a minute, with no account, no token and no model. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { sayEvent, saySummary } from '../../text/terminal.ts';
import { playDemo } from '../demo/run-demo.ts';
import type { ScenarioName } from '../demo/scenarios.ts';
import { scenarioNames, scenarios } from '../demo/scenarios.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { createLogger } from '../logger.ts';
import { onInterrupt } from './interrupt.ts';
import { wholeNumber } from './options.ts';
import { clockTime, createOutput } from './output.ts';
import { requireGit } from './requirements.ts';
import { summaryJson } from './summary-json.ts';

interface DemoCommandOptions {
  readonly serve?: boolean;
  readonly json?: boolean;
  readonly seed: number;
  readonly port: number;
  readonly verbose?: boolean;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'See it work: a master issue becomes merged pull requests on a local GitHub. No account, no token, no model.',
    )
    .addArgument(
      new Argument('[scenario]', "which of the seed's examples").choices([...scenarioNames]).default('simserv'),
    )
    .option('--serve', 'keep the local GitHub up afterwards, to look around in a browser')
    .option('--json', 'one JSON document on stdout, progress on stderr')
    .option('--seed <n>', "sway of the scripted agent's pauses", wholeNumber(0, 1_000_000), 1)
    .option('--port <n>', 'port of the local GitHub', wholeNumber(0, 65_535), 0)
    .option('--verbose', 'also show the log')
    .action(demo);
}

async function demo(name: ScenarioName, options: DemoCommandOptions): Promise<void> {
  await requireGit();
  const output = createOutput(options.json === true);
  const scenario = scenarios[name];
  const dir = mkdtempSync(join(tmpdir(), 'muster-demo-'));
  const interrupted = onInterrupt(() => output.say('Stopping.'));
  output.say(`Muster demo "${name}": ${scenario.about}`);
  output.say(
    'The GitHub here is a local model on real git repositories; the agent is a script. Every number below is measured.',
  );
  output.say('');
  try {
    const result = await playDemo({
      scenario,
      dir,
      port: options.port,
      seed: options.seed,
      log: createLogger(options.verbose === true ? 'debug' : 'silent', []),
      say: output.say,
      onEvent: (recorded, state) => {
        const line = sayEvent(state, recorded, clockTime);
        if (line !== null) output.progress(line);
      },
      signal: interrupted,
    });
    if (result.state === null) {
      process.exitCode = exitCodes.interrupted;
    } else {
      process.exitCode = exitCodeOf(result.state);
      output.say('');
      output.say(saySummary(result.state));
      output.say('');
      output.say('main of the local GitHub now holds, newest first:');
      for (const subject of result.landed) output.say(`  ${subject}`);
      output.json({ demo: name, ...summaryJson(result.state), main: result.landed, exitCode: process.exitCode });
      if (options.serve === true) await serve(output.say, `${result.repoUrl}/issues/${result.issue}`, interrupted);
      else output.say('\nTo look at the issues, comments and pull requests in a browser: npm run demo -- --serve');
    }
    await result.laptop.close();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function serve(say: (line: string) => void, url: string, interrupted: AbortSignal): Promise<void> {
  say(`\nThe local GitHub stays up: ${url}\nCtrl-C ends it.`);
  await new Promise<void>((resolve) => {
    if (interrupted.aborted) resolve();
    interrupted.addEventListener('abort', () => resolve());
  });
}

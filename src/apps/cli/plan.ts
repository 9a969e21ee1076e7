/** `muster plan FILE`: what would be understood, before anything is created. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { defaultPolicy } from '../../core/plan.ts';
import { compilePlan } from '../../text/compile-plan.ts';
import { planJson } from '../../text/plan-json.ts';
import { loadSettings } from '../../text/settings.ts';
import { sayPlan, sayProblems } from '../../text/terminal.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { createOutput } from './output.ts';

export function planCommand(): Command {
  return new Command('plan')
    .description('Show what Muster understands of a checklist: tasks, edges, order, and what it leaves out and why.')
    .argument('<file>', 'a Markdown file, or - for standard input')
    .option('--json', 'as one JSON document')
    .addHelpText(
      'after',
      '\nExit codes: 0 understood (also when there is nothing to do), 3 unreadable, 4 invalid plan (a cycle, an unknown reference, ...).',
    )
    .action((file: string, options: { readonly json?: boolean }) => {
      const body = read(file);
      const output = createOutput(options.json === true);
      const settings = loadSettings(null);
      if (!settings.ok) throw new CommandFailed(exitCodes.internal, 'empty settings were refused');
      const compiled = compilePlan({
        body,
        settings: settings.settings,
        flags: {},
        subIssues: [],
        agents: ['default'],
        basePolicy: defaultPolicy,
      });
      output.json(planJson(body));
      const empty = !compiled.ok && compiled.problems.every((problem) => problem.code === 'no-checklist');
      if (!output.wantsJson) output.say(compiled.ok ? sayPlan(compiled.plan) : sayProblems(compiled.problems));
      else if (!compiled.ok) output.say(sayProblems(compiled.problems));
      process.exitCode = compiled.ok || empty ? exitCodes.done : exitCodes.invalidPlan;
    });
}

function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new CommandFailed(
      exitCodes.unreadable,
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

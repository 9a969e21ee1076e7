/** `muster plan FILE`: what would be understood, before anything is created. */
import { Command } from 'commander';
import type { PlanWarning } from '../../core/plan.ts';
import { defaultPolicy } from '../../core/plan.ts';
import { compilePlan } from '../../text/compile-plan.ts';
import { planJson } from '../../text/plan-json.ts';
import { sayPlan, sayProblems } from '../../text/terminal.ts';
import { exitCodes } from '../exit-codes.ts';
import { lengthProblems, readPlanFile } from '../plan-file.ts';
import { notEmpty } from './options.ts';
import { createOutput } from './output.ts';
import { isIssue } from './run.ts';
import { type TellOptions, tell } from './verbs.ts';

export function planCommand(): Command {
  return new Command('plan')
    .description('Show what Muster understands of a checklist: tasks, edges, order, and what it leaves out and why.')
    .argument('<file>', 'a Markdown file, - for standard input, or "owner/repo#12": its plan is shown on the issue')
    .option('--data-dir <dir>', 'of an issue: the data directory of the server', notEmpty)
    .option('--json', 'as one JSON document (also of an invalid plan)')
    .addHelpText(
      'after',
      '\nExit codes: 0 understood (also when there is nothing to do), 3 unreadable, 4 invalid plan (a cycle, an unknown reference, ...).',
    )
    .action(plan);
}

async function plan(file: string, options: TellOptions): Promise<void> {
  if (isIssue(file)) return tell('plan', [file], options);
  const body = readPlanFile(file);
  const output = createOutput(options.json === true);
  const compiled = compilePlan({
    body,
    settings: {},
    flags: {},
    subIssues: [],
    agents: ['default'],
    basePolicy: defaultPolicy,
  });
  const tooLong = lengthProblems(body);
  const problems = [...tooLong, ...(compiled.ok ? [] : compiled.problems)];
  const understood = planJson(body);
  const known = new Set<string>(understood.warnings.map(({ code }) => code));
  const refusals = problems.flatMap(({ line, code, message }) => (known.has(code) ? [] : [{ line, code, message }]));
  output.json({ ...understood, warnings: [...refusals, ...understood.warnings] });
  if (problems.length > 0) output.say([sayProblems(problems), ...ignored(understood.warnings)].join('\n'));
  else if (compiled.ok && !output.wantsJson) output.say(sayPlan(compiled.plan));
  const nothingToDo = problems.every(({ code }) => code === 'no-checklist');
  process.exitCode = nothingToDo ? exitCodes.done : exitCodes.invalidPlan;
}

const mostIgnored = 3;

/** A refusal may come from what was passed over. */
function ignored(warnings: readonly PlanWarning[]): readonly string[] {
  const lines = warnings
    .filter(({ code }) => code === 'unreadable')
    .map(({ line, message }) => `line ${line}: ${message}`);
  const more = lines.length - mostIgnored;
  return [...lines.slice(0, mostIgnored), ...(more > 0 ? [`... and ${more} more lines like that`] : [])];
}

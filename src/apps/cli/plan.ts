/** `muster plan FILE`: what would be understood, before anything is created. */
import { Command } from 'commander';
import { groupedPlan } from '../../core/grouping.ts';
import type { Flags } from '../../core/model.ts';
import type { PlanWarning } from '../../core/plan.ts';
import { planJson } from '../../text/plan-json.ts';
import { sayPlan } from '../../text/say-plan.ts';
import { sayProblems } from '../../text/terminal.ts';
import { exitCodes } from '../exit-codes.ts';
import { viewPlan } from '../local/plan-view.ts';
import { lengthProblems, readPlanFile } from '../plan-file.ts';
import { agentsFrom, notEmpty } from './options.ts';
import { createOutput } from './output.ts';
import { isIssue, planFlags } from './run.ts';
import { type TellOptions, tell } from './verbs.ts';

export interface PlanOptions {
  readonly json?: boolean;
  readonly settings?: string;
  readonly grouped?: boolean;
  readonly asList?: boolean;
}

export function planCommand(): Command {
  return new Command('plan')
    .description('Show what Muster understands of a checklist: tasks, edges, order, and what it leaves out and why.')
    .argument('<file>', 'a Markdown file, - for standard input, or "owner/repo#12": its plan is shown on the issue')
    .option(
      '--settings <file>',
      'settings (default: .github/muster.yml of the repository that the file lies in)',
      notEmpty,
    )
    .option('--grouped', 'with each proposed group as one task')
    .option('--as-list', 'take the entries of a list without boxes as tasks')
    .option('--data-dir <dir>', 'of an issue: the data directory of the server', notEmpty)
    .option('--json', 'as one JSON document (also of an invalid plan)')
    .addHelpText(
      'after',
      '\nExit codes: 0 understood (also when there is nothing to do), 3 unreadable, 4 invalid plan (a cycle, an unknown reference, ...).',
    )
    .action(plan);
}

async function plan(file: string, options: PlanOptions & TellOptions): Promise<void> {
  if (isIssue(file)) return tell('plan', [file, ...planFlags(options)], options);
  const body = readPlanFile(file);
  const output = createOutput(options.json === true);
  const flags: Flags = options.asList === true ? { asList: true } : {};
  const { compiled, from, warnings } = await viewPlan(file, body, {
    ...(options.settings === undefined ? {} : { settingsFile: options.settings }),
    flags,
    ...agentsHere(),
  });
  const problems = [...lengthProblems(body), ...(compiled.ok ? [] : compiled.problems)];
  const understood = planJson(body, { flags, plan: compiled.ok ? compiled.plan : null });
  const known = new Set<string>(understood.warnings.map(({ code }) => code));
  const refusals = problems.flatMap(({ line, code, message }) => (known.has(code) ? [] : [{ line, code, message }]));
  output.json({ ...understood, warnings: [...refusals, ...warnings, ...understood.warnings] });
  if (problems.length > 0) output.say([sayProblems(problems), ...ignored(understood.warnings)].join('\n'));
  else if (compiled.ok && !output.wantsJson) {
    const shown = options.grouped === true ? groupedPlan(compiled.plan) : compiled.plan;
    output.say(sayPlan({ ...shown, warnings: [...warnings, ...shown.warnings] }, from));
  }
  const nothingToDo = problems.every(({ code }) => code === 'no-checklist');
  process.exitCode = nothingToDo ? exitCodes.done : exitCodes.invalidPlan;
}

/** Those of this machine, where its operator has named any. */
function agentsHere(): Pick<Parameters<typeof viewPlan>[2], 'agents' | 'agent'> {
  const { MUSTER_AGENT_COMMAND: command = '', MUSTER_CONFIG: config = '' } = process.env;
  if (command.trim() === '' && config === '') return { agents: null };
  const { agents, name } = agentsFrom({}, process.env);
  const capabilities = Object.entries(agents).map(([one, agent]) => [one, agent.capabilities ?? []] as const);
  return { agents: Object.fromEntries(capabilities), agent: name };
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

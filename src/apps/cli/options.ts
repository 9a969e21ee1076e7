/** Options that several commands share, and how their values are read. */

import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { parseOperatorConfig } from '../../agents/operator-config.ts';
import type { AgentSetup } from '../../agents/runner.ts';
import { withAbsolutePaths } from '../agent-command.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { systemWords } from '../system-trouble.ts';

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  };
}

/** Below 1024 lie ports that HTTP clients refuse to talk to. */
export function portNumber(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value === 0 || (value >= 1_024 && value <= 65_535)) return value;
  throw new InvalidArgumentError('It must be a whole number from 1024 to 65535, or 0 for any free port.');
}

export interface AgentOptions {
  readonly agent?: string;
  readonly agentCommand?: string;
  readonly agentEnv?: readonly string[];
}

/** The agents an operator named on the command line or in MUSTER_CONFIG; the name is the one to use. */
export function agentsFrom(
  options: AgentOptions,
  env: Readonly<Record<string, string | undefined>>,
): { readonly agents: Readonly<Record<string, AgentSetup>>; readonly name: string } {
  const agents: Record<string, AgentSetup> = {};
  const command = options.agentCommand ?? env.MUSTER_AGENT_COMMAND;
  if (command !== undefined && command.trim() !== '')
    agents.default = { command: withAbsolutePaths(command), env: named(options.agentEnv ?? [], env) };
  const path = env.MUSTER_CONFIG;
  if (path) Object.assign(agents, configured(path, env));
  const name = options.agent ?? (agents.default === undefined ? (Object.keys(agents)[0] ?? 'default') : 'default');
  if (agents[name] !== undefined) return { agents, name };
  const known = Object.keys(agents);
  throw new CommandFailed(
    exitCodes.agentCannotStart,
    known.length === 0 && options.agent === undefined
      ? "No agent is named. Say which command works on a task with --agent-command '...', or name your agents in a file and set MUSTER_CONFIG to its path."
      : `There is no agent "${name}". ${known.length === 0 ? 'Name your agents in a file and set MUSTER_CONFIG to its path.' : `Known: ${known.join(', ')}.`}`,
  );
}

function configured(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, AgentSetup>> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandFailed(exitCodes.unreadable, `MUSTER_CONFIG (${path}) cannot be read: ${systemWords(error)}.`);
  }
  const config = parseOperatorConfig(text, env);
  if (config.ok) return config.agents;
  throw new CommandFailed(
    exitCodes.unreadable,
    config.problems.map((problem) => `MUSTER_CONFIG (${path}), line ${problem.line}: ${problem.message}`).join('\n'),
  );
}

function named(names: readonly string[], env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of names) {
    const value = env[name];
    if (value === undefined)
      throw new CommandFailed(exitCodes.agentCannotStart, `--agent-env ${name}: that variable is not set here.`);
    values[name] = value;
  }
  return values;
}

export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** A directory: the empty one of an unset variable would be the present one. */
export function notEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

/** `muster approve | reject | retry | cancel | pause | resume | merge`: what a comment can say, said to a running Muster. */
import { userInfo } from 'node:os';
import { Command } from 'commander';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { readWhere, type Where } from '../where.ts';
import { notEmpty } from './options.ts';
import { createOutput } from './output.ts';
import { reach } from './reach.ts';

export interface TellOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
}

const help = `
An issue is "owner/repo#12" (in quotes, because a shell takes #12 for a comment), its address, or its number alone:
of a master issue, which means all of it, of a sub-issue, a pull request or a diagnostic issue.
It is said to the "muster start" or the "muster run" at work here, in the name of whoever runs this command.

Exit codes: 0 done, 2 nothing was done (the answer says why), 3 not understood, 7 in use or out of resources.`;

const verbs = {
  approve: 'Start a plan that waits for approval, or take over an edited list.',
  reject: 'Drop a plan that waits for approval, or keep to what was approved.',
  retry: 'Try again what failed: one task, a whole issue, or all. Takes the flags of /muster retry.',
  cancel: 'Stop one task, a whole issue, or all.',
  pause: 'Let agents at work finish; nothing new starts and nothing lands.',
  resume: 'Go on after a pause.',
  merge: 'Let what is ready land where merging is left to people.',
} as const;

export function verbCommands(): readonly Command[] {
  return Object.entries(verbs).map(([verb, description]) =>
    new Command(verb)
      .description(description)
      .argument('[issue...]', 'which issue; with retry, cancel and merge also "all"')
      .option('--data-dir <dir>', "the server's data directory (default: DATABASE_URL, else MUSTER_DATA_DIR)", notEmpty)
      .option('--json', 'the answer as one JSON document')
      .allowUnknownOption()
      .addHelpText('after', help)
      .action((words: readonly string[], options: TellOptions) => tell(verb, words, options)),
  );
}

/** `words`: an issue, flags and their values, as they were typed. Sets the exit code. */
export async function tell(verb: string, words: readonly string[], options: TellOptions): Promise<void> {
  const { where, all, rest } = sortedOut(words);
  const said = { text: ['/muster', verb, ...rest].join(' '), where, all, by: `cli:${userName()}` };
  const { answered } = await reach(options, { kind: 'command', ...said });
  if (answered.kind !== 'command') return;
  const { outcome } = answered;
  if (outcome.kind === 'unclear') throw new CommandFailed(exitCodes.unreadable, outcome.text);
  const output = createOutput(options.json === true);
  const obeyed = outcome.kind === 'answered' && outcome.obeyed;
  process.exitCode = obeyed || outcome.kind === 'waiting' ? exitCodes.done : exitCodes.failed;
  output.json({
    outcome: outcome.kind === 'waiting' ? 'waiting' : obeyed ? 'done' : 'refused',
    orchestration: outcome.kind === 'answered' ? outcome.orchestration : null,
    text: outcome.text,
  });
  if (!output.wantsJson) output.say(outcome.text);
}

/** A number may also be a flag's value, so it stays where it stands and is read with the flags. */
function sortedOut(words: readonly string[]): {
  readonly where: Where;
  readonly all: boolean;
  readonly rest: readonly string[];
} {
  const named = words.findIndex((word) => readWhere(word)?.owner !== undefined);
  const where = readWhere(words[named] ?? '') ?? {};
  const all = words[0] === 'all';
  return { where, all, rest: words.filter((_, index) => index !== named && !(all && index === 0)) };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'somebody';
  }
}

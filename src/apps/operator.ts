/**
 * The verbs of a comment, said on the command line: to a running server over its control socket, or into the database
 * that several processes share. Whoever may do that runs the server, so nobody is asked for permission.
 */
import { randomUUID } from 'node:crypto';
import type { Repository, SpokenCommand } from '../core/model.ts';
import type { OperatorAsks } from '../engine/ask.ts';
import type { Store } from '../engine/ports.ts';
import { answerOperator } from '../text/operator-words.ts';
import { readCommand } from '../text/slash.ts';
import { findOrchestration, type Where } from './where.ts';

export interface OperatorWords {
  /** `/muster retry --fresh`, as in a comment; what it is about is in `where`. */
  readonly text: string;
  readonly where: Where;
  /** Everything of the one orchestration there is: for verbs that want to be told what they are about. */
  readonly all?: boolean;
  /** Who asks, as it is recorded. */
  readonly by: string;
}

export type OperatorOutcome =
  | { readonly kind: 'answered'; readonly obeyed: boolean; readonly orchestration: string; readonly text: string }
  /** Not understood, or not clear what is meant. */
  | { readonly kind: 'unclear'; readonly text: string }
  /** Written down; nobody has looked at it yet. */
  | { readonly kind: 'waiting'; readonly text: string };

/** Carries out what the operator says. */
export type Obey = (words: OperatorWords) => Promise<OperatorOutcome>;

export interface OperatorMeans {
  readonly store: Store;
  readonly now: () => number;
  readonly ask: (asks: OperatorAsks) => Promise<string>;
  /** A repository as GitHub spells it; null where the App is not installed. */
  readonly repositoryOf: (owner: string, name: string) => Promise<Repository | null>;
  readonly waitMs: number;
}

/** Verbs that would do much more than meant if their number got lost: a shell takes `#3` for a comment. */
const wantsNumber: ReadonlySet<string> = new Set(['cancel', 'merge', 'retry']);

export async function obeyOperator(means: OperatorMeans, words: OperatorWords): Promise<OperatorOutcome> {
  const command = readCommand(words.text);
  if (command.kind !== 'command')
    return { kind: 'unclear', text: command.kind === 'unknown' ? command.problem : command.text };
  const where = command.target === null ? words.where : { ...words.where, number: command.target };
  if (wantsNumber.has(command.verb) && where.number === undefined && words.all !== true)
    return {
      kind: 'unclear',
      text: `Say what to ${command.verb}: a number ("muster ${command.verb} 12", because a shell takes #12 for a comment), or "muster ${command.verb} all".`,
    };
  const aim = await aimOf(means, where, command);
  if ('problem' in aim) return { kind: 'unclear', text: aim.problem };
  const { repo, issue, target } = aim;
  const source = `cli-${randomUUID()}`;
  const key = await means.ask({ repo, issue, source, by: words.by, command: { ...command, target } });
  return waitForAnswer(means, key, source);
}

type Aim =
  | { readonly repo: Repository; readonly issue: number; readonly target: number | null }
  | { readonly problem: string };

async function aimOf(means: OperatorMeans, where: Where, command: SpokenCommand): Promise<Aim> {
  const found = await findOrchestration(means.store, where);
  const { owner, name, number } = where;
  if (found.kind === 'one') {
    const { repo, issue } = found.state;
    return { repo, issue: issue.number, target: number === undefined || number === issue.number ? null : number };
  }
  if (found.kind === 'several') {
    const names = found.states.map(({ repo, issue }) => `${repo.owner}/${repo.name}#${issue.number}`);
    return { problem: `That may mean ${names.join(' or ')}. Name one, in quotes: "${names[0]}".` };
  }
  const begins = command.kind === 'command' && (command.verb === 'run' || command.verb === 'plan');
  if (!begins || owner === undefined || name === undefined || number === undefined)
    return {
      problem:
        number === undefined
          ? 'Nothing runs here, and nothing has run yet.'
          : `#${number} is no master issue, sub-issue, pull request or diagnostic issue of any orchestration here. "muster status" lists them.`,
    };
  const repo = await means.repositoryOf(owner, name);
  return repo === null
    ? { problem: `The App is not installed on ${owner}/${name}, or there is no such repository.` }
    : { repo, issue: number, target: null };
}

const pollMs = 50;

async function waitForAnswer(means: OperatorMeans, key: string, source: string): Promise<OperatorOutcome> {
  const until = means.now() + means.waitMs;
  for (;;) {
    const state = await means.store.loadState(key);
    const request = state?.requests.find((one) => one.source === source);
    if (state !== null && request !== undefined && request.state !== 'checking')
      return { kind: 'answered', orchestration: state.id, ...answerOperator(state, request, means.now()) };
    if (means.now() >= until)
      return { kind: 'waiting', text: 'It is written down. Nobody has looked at it yet: a running server will.' };
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/**
 * What the server behind the API turned out to lack. Learned from definite answers only (a route or a field that does
 * not exist), once per process and host; limits, 5xx and broken connections teach nothing.
 */
import type { Notes, RepoName } from '../engine/ports.ts';
import { gapWords, isServerGap, type ServerGap } from '../text/server-gaps.ts';
import { notesInMemory } from './notes.ts';

/** GraphQL operations by name, and mutations by their field. */
export type Operation =
  | 'readPlan'
  | 'readProgress'
  | 'readOutside'
  | 'readBodies'
  | 'readMergeCommit'
  | 'createIssue'
  | 'addBlockedBy'
  | 'addComment'
  | 'updateIssueComment'
  | 'addReaction'
  | 'updateIssue';

export interface Server {
  readonly apiUrl: string;
  readonly gaps: () => readonly ServerGap[];
  readonly lacks: (gap: ServerGap) => boolean;
  /** Says so in the log, once. `evidence`: what the server answered. */
  readonly learn: (gap: ServerGap, evidence: string) => void;
  /** Whether this operation goes over GraphQL. */
  readonly speaks: (operation: Operation) => boolean;
  readonly learnUnspoken: (operation: Operation, evidence: string) => void;
  /** It has shown that it is no GitHub of today: GraphQL, or parts of it, are missing. */
  readonly differs: () => boolean;
  /** It is GitHub's own: it lacks nothing for good, whatever it answers in a bad hour. */
  readonly isGitHub: boolean;
  /** Counts failures and answers without sense to one question, until one makes sense; returns how many in a row. */
  readonly strike: (question: string) => number;
  readonly clear: (question: string) => void;
  /** What outlives this process. In memory alone until `recall`. */
  readonly notes: () => Notes;
  /** Takes over what other processes, and this one before its last end, learned; to be repeated now and then. */
  readonly recall: (notes: Notes) => Promise<void>;
  /** `<slug>[bot]`, once it is known. */
  readonly appLogin: () => string | null;
  readonly nameApp: (login: string) => void;
  /** Names that the server gave the author of what we wrote, apart from the App's own. */
  readonly ownLogins: Set<string>;
  /** Smaller things that routes do, by a name of their own: seen to work, or seen to be missing. */
  readonly routes: Map<string, 'there' | 'missing'>;
  /** How often a merge was refused for no reason that would pass, by repository, number and commit. */
  readonly refusals: Map<string, number>;
  /** What is being edited now, see `inTurn`. */
  readonly turns: Map<string, Promise<unknown>>;
}

/** Edits of one thing that read before they write, one after the other. `key` names the thing. */
export function inTurn<T>(server: Server, key: string, work: () => Promise<T>): Promise<T> {
  const turn = (server.turns.get(key) ?? Promise.resolve()).then(work, work);
  const over = turn.catch(() => undefined);
  server.turns.set(key, over);
  void over.then(() => server.turns.get(key) === over && server.turns.delete(key));
  return turn;
}

/** The key under which merges into one repository take their turns. */
export function mergeTurn(repo: RepoName): string {
  return `merge ${repo.owner}/${repo.name}`.toLowerCase();
}

export interface ServerLog {
  readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

function isGitHubs(apiUrl: string): boolean {
  const { hostname } = new URL(apiUrl);
  return hostname === 'api.github.com' || hostname.endsWith('.ghe.com');
}

/** A server may be renewed: what it lacked this long ago is asked for anew. */
const BELIEVED_MS = 24 * 3_600_000;

export function createServer(apiUrl: string, log: ServerLog): Server {
  const gaps = new Set<ServerGap>();
  const unspoken = new Set<Operation>();
  const prefix = `lacks ${apiUrl} `;
  let notes = notesInMemory();
  const strikes = new Map<string, number>();
  let appLogin: string | null = null;
  // what cannot be written down is learned again after the next start
  const note = (what: string): void => void notes.write(prefix + what, true).catch(() => {});
  const learn = (gap: ServerGap, evidence: string): void => {
    if (gaps.has(gap)) return;
    gaps.add(gap);
    note(gap);
    log.warn({ lacks: gap, evidence: evidence.slice(0, 300) }, gapWords(gap));
  };
  const recallGap = (gap: ServerGap): void => {
    if (!gaps.has(gap)) log.warn({ lacks: gap, evidence: 'known from before' }, gapWords(gap));
    gaps.add(gap);
  };
  return {
    apiUrl,
    gaps: () => [...gaps].filter((gap) => gap !== 'graphql-parts' || !gaps.has('graphql')),
    lacks: (gap) => gaps.has(gap),
    learn,
    speaks: (operation) => !gaps.has('graphql') && !unspoken.has(operation),
    learnUnspoken(operation, evidence) {
      unspoken.add(operation);
      note(`operation ${operation}`);
      learn('graphql-parts', `${operation}: ${evidence}`);
    },
    differs: () => gaps.has('graphql') || gaps.has('graphql-parts'),
    isGitHub: isGitHubs(apiUrl),
    strike(question) {
      if (isGitHubs(apiUrl)) return 0;
      const count = (strikes.get(question) ?? 0) + 1;
      strikes.set(question, count);
      return count;
    },
    clear: (question) => void strikes.delete(question),
    notes: () => notes,
    async recall(kept) {
      notes = kept;
      for (const { key, ageMs } of await kept.read(prefix)) {
        const what = key.slice(prefix.length);
        if (ageMs > BELIEVED_MS) continue;
        if (isServerGap(what)) recallGap(what);
        else if (what.startsWith('operation ')) unspoken.add(what.slice('operation '.length) as Operation);
      }
    },
    appLogin: () => appLogin,
    nameApp(login) {
      appLogin = login;
    },
    ownLogins: new Set(),
    routes: new Map(),
    refusals: new Map(),
    turns: new Map(),
  };
}

/**
 * What the server behind the API turned out to lack. Learned from definite answers only (a route or a field that does
 * not exist), once per process and host; limits, 5xx and broken connections teach nothing.
 */
import type { RepoName } from '../engine/ports.ts';
import { gapWords, type ServerGap } from '../text/server-gaps.ts';

/** GraphQL operations by name, and mutations by their field. */
export type Operation =
  | 'readPlan'
  | 'readProgress'
  | 'readBodies'
  | 'readMergeCommit'
  | 'createIssue'
  | 'addBlockedBy'
  | 'addComment'
  | 'updateIssueComment'
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
  /** Counts answers without sense to one operation, until one makes sense; returns how many in a row. */
  readonly strike: (operation: Operation) => number;
  readonly clear: (operation: Operation) => void;
  /** `<slug>[bot]`, once it is known. */
  readonly appLogin: () => string | null;
  readonly nameApp: (login: string) => void;
  /** Names that the server gave the author of what we wrote, apart from the App's own. */
  readonly ownLogins: Set<string>;
  /** Smaller things that routes do, by a name of their own: seen to work, or seen to be missing. */
  readonly routes: Map<string, 'there' | 'missing'>;
  /** How often a pull request was found behind its branch, by repository, number and commit. */
  readonly staleHeads: Map<string, number>;
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

export function createServer(apiUrl: string, log: ServerLog): Server {
  const gaps = new Set<ServerGap>();
  const unspoken = new Set<Operation>();
  const strikes = new Map<Operation, number>();
  let appLogin: string | null = null;
  const learn = (gap: ServerGap, evidence: string): void => {
    if (gaps.has(gap)) return;
    gaps.add(gap);
    log.warn({ lacks: gap, evidence: evidence.slice(0, 300) }, gapWords(gap));
  };
  return {
    apiUrl,
    gaps: () => [...gaps].filter((gap) => gap !== 'graphql-parts' || !gaps.has('graphql')),
    lacks: (gap) => gaps.has(gap),
    learn,
    speaks: (operation) => !gaps.has('graphql') && !unspoken.has(operation),
    learnUnspoken(operation, evidence) {
      unspoken.add(operation);
      learn('graphql-parts', `${operation}: ${evidence}`);
    },
    strike(operation) {
      const count = (strikes.get(operation) ?? 0) + 1;
      strikes.set(operation, count);
      return count;
    },
    clear: (operation) => void strikes.delete(operation),
    appLogin: () => appLogin,
    nameApp(login) {
      appLogin = login;
    },
    ownLogins: new Set(),
    routes: new Map(),
    staleHeads: new Map(),
    turns: new Map(),
  };
}

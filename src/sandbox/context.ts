// What every part of the local GitHub is handed: the world, the caller, a request, and the route registry's type.
// Promise: types only. May import rows and state. server.ts puts the parts together, routes.ts is the registry.
// Invariant: all writes of one request go into ONE world.state.transaction(() => ...) with its webhooks emitted
// inside; git work comes before it. Handlers may be async and may throw Refusal (refusal.ts).
import type { AppRow, Instant, RepositoryRow, State, TokenRow, UserRow } from './state.ts';

/** Who makes a request. `user` of an installation is the App's bot. */
export type Actor =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'app'; readonly app: AppRow }
  | { readonly kind: 'installation'; readonly app: AppRow; readonly user: UserRow; readonly token: TokenRow }
  | { readonly kind: 'user'; readonly user: UserRow; readonly token: TokenRow };

/** An actor that can write: it has a user. */
export type SignedIn = Extract<Actor, { readonly user: UserRow }>;

export type ApiVersion = '2022-11-28' | '2026-03-10';

export interface RouteRequest {
  readonly method: string;
  /** Path below the API root, undecoded, without the query. */
  readonly path: string;
  readonly template: string;
  /** Template variables, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed JSON object; {} when there was no body. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly actor: Actor;
  readonly apiVersion: ApiVersion;
  header(name: string): string | null;
}

export interface Reply {
  readonly status: number;
  /** JSON value; undefined = no body (204). */
  readonly body?: unknown;
  /** Instead of JSON, for media types like application/vnd.github.raw+json. */
  readonly raw?: { readonly type: string; readonly data: string | Uint8Array };
  readonly headers?: Readonly<Record<string, string>>;
  /** For the request log only. */
  readonly graphqlOperation?: string;
  /** GraphQL root fields as often as they were asked for. For the request log only. */
  readonly graphqlFields?: readonly string[];
  /** What befell the request. For the request log only. */
  readonly fault?: FaultName;
}

/** Faults that are decided for each request. */
export type FaultName =
  | 'secondaryLimit'
  | 'tooManyRequests'
  | 'creationLimit'
  | 'serverError'
  | 'partialGraphql'
  | 'lateLanding'
  | 'slow';

export type Handler = (request: RouteRequest) => Reply | Promise<Reply>;
export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface Routes {
  /**
   * `template` as GitHub's OpenAPI writes it, for example `/repos/{owner}/{repo}/commits/{ref}/check-runs`. Variables
   * match one path segment, except those named in `wide`, which may hold slashes (refs, branches, file paths).
   * Of two matching templates the one with the longer fixed text wins, so order of registration does not matter.
   */
  add(method: Method, template: string, handler: Handler, options?: { readonly wide?: readonly string[] }): void;
}

export interface WebhookFaults {
  /** Probability 0..1 that a delivery is never sent. */
  drop: number;
  /** Probability 0..1 that a delivery is sent twice (same GUID). */
  double: number;
  /** Buffer deliveries for windowMs, then send them in seeded random order. */
  shuffle: boolean;
  windowMs: number;
  delayMs: number;
}

export interface Faults {
  webhooks: WebhookFaults;
  /** A mutating request lands only after a delay in [min, max) ms, also when its client has gone; the answer follows. */
  lateLanding: { rate: number; delayMs: [number, number] };
  /** Always true: a request that was read completely lands even when its client has gone. */
  readonly landAfterDisconnect: true;
  /** Lists (not direct reads) leave out issues, comments and pulls younger than this. */
  listLagMs: number;
  /** `mergeable` is null at the first read after the head or the base changed. */
  mergeableNullFirst: boolean;
  /** 403 with retry-after. Decided before the request lands. */
  secondaryLimit: { rate: number };
  /** 429 with retry-after. Decided before the request lands. */
  tooManyRequests: { rate: number };
  /** "was submitted too quickly" for what would create an issue, a comment or a pull request, with retry-after. */
  creationLimit: { rate: number };
  /** What `retry-after` says in answers of these three. */
  retryAfterSeconds: number;
  /** GraphQL loses one root field of its answer, with an error in its place; a mutation has landed all the same. */
  partialGraphql: { rate: number };
  /** The answer comes only after a delay in [min, max) ms. */
  slow: { rate: number; delayMs: [number, number] };
  /**
   * Per account, resource and window; a window begins with the first request. 403 afterwards. Said in the headers of
   * every answer, but not by GET /rate_limit.
   */
  primaryLimit: { limit: number; windowSeconds: number };
  /** 502. Half of them before, half of them after the request landed (seeded). */
  serverError: { rate: number };
  tokenTtlSeconds: number;
  seed: number;
}

export interface RequestLogEntry {
  readonly at: string;
  /** 'app', 'installation', a login, or 'anonymous'. */
  readonly actor: string;
  /** When the request had been read, like `at`; the answer went out at `at`. */
  readonly from?: string;
  readonly installation?: number;
  readonly method: string;
  readonly template: string;
  readonly path: string;
  readonly status: number;
  readonly graphqlOperation?: string;
  readonly graphqlFields?: readonly string[];
  /** Seconds that the answer asked to be left alone. */
  readonly retryAfter?: number;
  readonly fault?: FaultName;
  /** `git` traffic, `token` minting and `html` pages are not API requests in GitHub's counting. */
  readonly kind: 'api' | 'git' | 'token' | 'html';
  readonly ms: number;
}

/** One REST answer or one webhook, for a validator. */
export type Exchange =
  | {
      readonly kind: 'rest';
      readonly method: string;
      readonly template: string;
      readonly path: string;
      readonly status: number;
      readonly apiVersion: ApiVersion;
      readonly requestBody: unknown;
      readonly body: unknown;
    }
  | { readonly kind: 'webhook'; readonly event: string; readonly action: string | null; readonly payload: unknown };

export type WebhookEvent =
  | 'issues'
  | 'issue_comment'
  | 'sub_issues'
  | 'issue_dependencies'
  | 'push'
  | 'pull_request'
  | 'pull_request_review'
  | 'check_run'
  | 'check_suite'
  /** Sent to every App about itself. */
  | 'installation'
  | 'installation_repositories';

/** One ref that moved. Zero sha (40 times '0') = did not exist / no longer exists. */
export interface RefMove {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

export interface World {
  readonly state: State;
  /** Root of everything on disk; bare repositories are under `dir/repos/owner/name.git`. */
  readonly dir: string;
  /** `http://127.0.0.1:PORT`, without a slash at the end. Known from the first request on. */
  url(): string;
  now(): Date;
  /** now() as an Instant, for rows. Strictly increasing within one process so that lists sort stably. */
  instant(): Instant;
  readonly faults: Faults;
  /** Seeded by faults.seed; in [0, 1). */
  random(): number;
  /** False while the listLagMs fault hides a thing created at `createdAt` from lists. */
  listed(createdAt: Instant): boolean;
  gitDir(repo: RepositoryRow): string;
  /**
   * Queues one webhook in the current transaction. `payload` is everything but `repository`, `organization`,
   * `installation` and `sender`, which are added (push gets its own repository shape). Nothing is queued while no
   * webhook URL is set. Sent asynchronously after the commit.
   */
  emit(event: WebhookEvent, repo: RepositoryRow, sender: UserRow, payload: Readonly<Record<string, unknown>>): void;
  /** Sends after the commit what webhooks.ts has queued in the current transaction. */
  send(queued: readonly Exchange[]): void;
  /** Refs moved (by push, merge or REST). Called by the git side; listeners: pulls (synchronize), CI. */
  readonly refMoves: {
    announce(repo: RepositoryRow, sender: UserRow, moves: readonly RefMove[]): Promise<void>;
    listen(listener: (repo: RepositoryRow, sender: UserRow, moves: readonly RefMove[]) => void | Promise<void>): void;
  };
  /** Keeps `drained()` waiting until the work is over. Errors are kept for `close()` to report. */
  track(work: Promise<unknown>): void;
  /** Writes an entry for traffic outside the REST registry (git, HTML). REST and GraphQL are logged by the server. */
  log(entry: RequestLogEntry): void;
}

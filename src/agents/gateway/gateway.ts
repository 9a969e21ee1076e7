/**
 * The gateway between agents and the providers of their models, one for a worker. Each attempt gets a throwaway key and
 * an address; the provider's key is added only on the way out, so an agent can neither keep it nor lose it.
 * Invariant: what passes is not changed and not held back; everything learnt from it is read beside the stream.
 */
import { randomBytes } from 'node:crypto';
import { lstat, rm } from 'node:fs/promises';
import { createServer, Agent as HttpAgent, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { answerTo, type Refusal } from './answers.ts';
import { type Budget, type Ledger, type MayGoOn, withinBudget } from './budget.ts';
import { type Dialect, manners, type Provider, problemOf, type Route } from './dialects.ts';
import { admitRequest, digestKey, type Guest } from './door.ts';
import { forward, type Patience } from './forward.ts';
import { guessTokens, recordOf, recordOfRefusal } from './outcome.ts';
import type { Prices } from './prices.ts';
import type { CallRecord } from './record.ts';
import { createTally, type Report, type Tally } from './tally.ts';

export interface GatewayOptions {
  readonly prices?: Prices;
  /** Limits wider than one attempt's. */
  readonly ledger?: Ledger;
  readonly patience?: Partial<Patience>;
  readonly mostRequestBytes?: number;
  /** Milliseconds. */
  readonly now?: () => number;
  /** Never gets a key to see. */
  readonly log?: (level: 'info' | 'warn', message: string, fields: Readonly<Record<string, unknown>>) => void;
}

export interface Ticket {
  readonly attempt: string;
  readonly provider: Provider;
  readonly budget?: Budget;
  /** Also reachable by a Unix socket here, for a sandbox without network; at most 107 bytes. */
  readonly socketPath?: string;
  /** Called with every chunk that passes, so that an idle timer can be set back. */
  readonly onActivity?: () => void;
}

export interface Admission {
  /** The base URL for the agent's client, in the way its dialect wants it. */
  readonly url: string;
  /** The same by the attempt's Unix socket, which stands for host and port: what follows them. */
  readonly path: string;
  readonly key: string;
  /** A call under way is not in it; after `close` there is none. */
  readonly report: () => Report;
  /** Ends calls under way; afterwards the key is worth nothing. */
  readonly close: () => Promise<void>;
}

export interface Gateway {
  readonly port: number;
  readonly admit: (ticket: Ticket) => Promise<Admission>;
  readonly close: () => Promise<void>;
}

/** Bytes. Longer paths are cut off by the kernel without a word. */
const LONGEST_SOCKET_PATH = 107;
const patienceByDefault: Patience = { connectMs: 15_000, firstByteMs: 600_000, idleMs: 300_000, silenceMs: 10_000 };
/** A connection that nobody used for so long may be closed at the other end. */
const KEEP_CONNECTION_MS = 15_000;

/** An agent that opens more is no agent at work, and the worker has other uses for its file descriptors. */
const MOST_CONNECTIONS_OF_ONE = 128;
const MOST_CONNECTIONS = 2_048;
/** How long the rest of a request that was refused may run into nothing. */
const LINGER_MS = 5_000;

interface Admitted extends Guest {
  readonly ticket: Ticket;
  readonly tally: Tally;
  readonly over: AbortController;
  readonly secrets: readonly string[];
}

interface House {
  readonly options: GatewayOptions;
  readonly guests: Map<string, Admitted>;
  readonly connections: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly patience: Patience;
  readonly now: () => number;
}

/** Listens on a free port of 127.0.0.1. */
export async function openGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const keep = { keepAlive: true, timeout: KEEP_CONNECTION_MS };
  const house: House = {
    options,
    guests: new Map(),
    connections: { http: new HttpAgent(keep), https: new HttpsAgent(keep) },
    patience: { ...patienceByDefault, ...options.patience },
    now: options.now ?? Date.now,
  };
  const server = serverFor(house, null);
  await listening(server, { port: 0, host: '127.0.0.1' });
  const { port } = server.address() as AddressInfo;
  const admissions = new Set<Admission>();
  return {
    port,
    async admit(ticket) {
      const admitted = await admit(house, port, ticket);
      const admission: Admission = {
        ...admitted,
        async close() {
          admissions.delete(admission);
          await admitted.close();
        },
      };
      admissions.add(admission);
      return admission;
    },
    async close() {
      await Promise.all([...admissions].map((admission) => admission.close()));
      await closed(server);
      house.connections.http.destroy();
      house.connections.https.destroy();
    },
  };
}

async function admit(house: House, port: number, ticket: Ticket): Promise<Admission> {
  const problem = problemOf(ticket.provider);
  if (problem !== null) throw new Error(problem);
  const { socketPath } = ticket;
  if (socketPath !== undefined && Buffer.byteLength(socketPath) > LONGEST_SOCKET_PATH)
    throw new Error(`A socket's path has at most ${LONGEST_SOCKET_PATH} bytes: ${socketPath}`);
  const id = randomBytes(9).toString('base64url');
  // the beginning is what redaction knows a key by
  const key = `sk-muster-${randomBytes(32).toString('base64url')}`;
  const { dialect } = ticket.provider;
  const guest: Admitted = {
    id,
    dialect,
    keyDigest: digestKey(key),
    ticket,
    tally: createTally(),
    over: new AbortController(),
    secrets: [key, ticket.provider.key],
  };
  const door = socketPath === undefined ? null : serverFor(house, id);
  if (door !== null && socketPath !== undefined) {
    await removeStale(socketPath);
    await listening(door, { path: socketPath });
  }
  house.guests.set(id, guest);
  const path = `/r/${id}${manners[dialect].suffix}`;
  return {
    url: `http://127.0.0.1:${port}${path}`,
    path,
    key,
    report: guest.tally.report,
    async close() {
      if (!house.guests.delete(id)) return;
      guest.over.abort();
      if (door === null || socketPath === undefined) return;
      await closed(door);
      await rm(socketPath, { force: true });
    },
  };
}

function serverFor(house: House, only: string | null): Server {
  const server = createServer({ maxHeaderSize: 64 * 1024, keepAliveTimeout: 75_000 }, (request, response) => {
    receive(house, only, request, response).catch((error: unknown) => {
      // nothing that one agent sends may end the worker
      house.options.log?.('warn', 'the model gateway failed at a request', { error: String(error) });
      response.destroy();
    });
  });
  server.maxConnections = only === null ? MOST_CONNECTIONS : MOST_CONNECTIONS_OF_ONE;
  // a gateway to one provider is no proxy
  server.on('connect', (_request, socket) => {
    // from here on nobody else hears its errors, and one that nobody hears ends the process
    socket.on('error', () => {});
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  return server;
}

async function receive(
  house: House,
  only: string | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const decision = admitRequest(request, house.guests, only);
  if (!decision.pass) {
    const { guest, why } = decision;
    guest?.tally.turnAway();
    const fields = { attempt: guest?.ticket.attempt, method: request.method, path: pathOf(request) };
    house.options.log?.('warn', `a request to the model gateway was turned away: ${why}`, fields);
    refuse(request, response, guest?.dialect ?? 'anthropic', { why });
    return;
  }
  const { guest, route, query } = decision;
  if (route.use === 'alive') {
    response.writeHead(200, { 'content-length': 0 }).end();
    return;
  }
  if (Number(request.headers['content-length'] ?? 0) > mostBytes(house)) {
    if (route.use === 'generate') await settle(house, guest, recordOfRefusal(guest.dialect, 'too_large', 413));
    refuse(request, response, guest.dialect, { why: 'too_large' });
    return;
  }
  if (route.use === 'generate') {
    const stop = await reasonToStop(house, guest);
    if (stop !== null) {
      const kind = stop.why === 'budget' ? 'over_budget' : 'ledger_failed';
      const status = refuse(request, response, guest.dialect, stop);
      return settle(house, guest, recordOfRefusal(guest.dialect, kind, status));
    }
  }
  // it may have hung up, or the attempt have ended, while the ledger was asked
  if (response.destroyed || guest.over.signal.aborted) response.destroy();
  else pass(house, guest, route, query, request, response);
}

function pass(
  house: House,
  guest: Admitted,
  route: Route,
  query: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { provider, onActivity = () => {} } = guest.ticket;
  const bytes = Number(request.headers['content-length'] ?? 0);
  // or many calls at once would each find the budget unspent
  const release = guest.tally.reserve(route.use === 'generate' ? guessTokens(bytes) : 0);
  onActivity();
  forward({
    request,
    response,
    provider,
    target: new URL(`${provider.baseUrl.replace(/\/+$/, '')}${route.path}${query}`),
    connections: house.connections,
    patience: house.patience,
    mostRequestBytes: mostBytes(house),
    now: house.now,
    onActivity,
    refuse: (why) => void refuse(request, response, guest.dialect, { why }),
    signal: guest.over.signal,
    onEnd: (seen) => {
      release();
      if (route.use === 'generate')
        void settle(house, guest, recordOf(seen, house.options.prices ?? {}, guest.secrets));
    },
  });
}

async function reasonToStop(house: House, guest: Admitted): Promise<Refusal | null> {
  const own = withinBudget(guest.ticket.budget ?? {}, guest.tally.spent());
  if (!own.ok) return { why: 'budget', verdict: own };
  try {
    const verdict: MayGoOn = (await house.options.ledger?.mayGoOn(guest.ticket.attempt)) ?? { ok: true };
    return verdict.ok ? null : { why: 'budget', verdict };
  } catch (error) {
    house.options.log?.('warn', 'the ledger of the model gateway could not be asked', { error: String(error) });
    return { why: 'ledger' };
  }
}

/** The attempt's own tally first and at once: the next request may already be there. */
async function settle(house: House, guest: Admitted, call: CallRecord): Promise<void> {
  guest.tally.add(call);
  try {
    await house.options.ledger?.record(guest.ticket.attempt, call);
  } catch (error) {
    house.options.log?.('warn', 'the ledger of the model gateway could not be told', { error: String(error) });
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, dialect: Dialect, refusal: Refusal): number {
  const { status, body } = answerTo(dialect, refusal);
  if (response.destroyed || response.headersSent) return status;
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
  // a client reads the answer once it has sent all of its request; but it may not send for ever
  request.resume();
  if (!request.complete) {
    const timer = setTimeout(() => request.destroy(), LINGER_MS).unref();
    request.once('close', () => clearTimeout(timer));
  }
  return status;
}

function mostBytes(house: House): number {
  return house.options.mostRequestBytes ?? 100 * 1024 * 1024;
}

/** Without the query, which may hold a key. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?')[0]?.slice(0, 200) ?? '';
}

/** What a killed worker left behind; nothing but a socket is removed. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found?.isSocket()) await rm(path);
}

function listening(server: Server, where: { path: string } | { port: number; host: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

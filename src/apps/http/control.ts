/**
 * The control socket: how the command line asks a running server, whose database only it may open, and tells it what to
 * do. A Unix socket with mode 0600 in the data directory: who may write there may ask and command.
 */
import { chmod, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { join, resolve } from 'node:path';
import type { Store } from '../../engine/ports.ts';
import type { Obey, OperatorOutcome, OperatorWords } from '../operator.ts';
import { type Answer, answerQuestion, type Question } from '../questions.ts';
import type { Where } from '../where.ts';

/** What goes over the socket, one of it per connection. */
export type Asked = Question | ({ readonly kind: 'command' } & OperatorWords);
export type Answered = Answer | ({ readonly kind: 'command' } & { readonly outcome: OperatorOutcome });

function controlSocket(dataDir: string): string {
  return join(dataDir, 'control.sock');
}

/** The name of a Unix socket is cut off without a word beyond this many bytes (104 on macOS, 108 on Linux, with a zero). */
const longestSocketPath = 103;

/** Whether a data directory can have a control socket. */
export function hasShortPath(dataDir: string): boolean {
  return Buffer.byteLength(controlSocket(resolve(dataDir))) <= longestSocketPath;
}

/** Bytes of the path of the longest such directory. */
export const longestDataDir = longestSocketPath - '/control.sock'.length;

/** Returns how to close it. */
export async function openControlSocket(dataDir: string, store: Store, obey: Obey): Promise<() => Promise<void>> {
  const path = controlSocket(dataDir);
  // left behind by a kill; the data directory's lock says that nobody else serves it
  await rm(path, { force: true });
  const server = createServer((incoming, response) => {
    const asked = readAsked(incoming.url?.slice(1) ?? '');
    if (asked === null) {
      response.writeHead(400).end(JSON.stringify({ error: 'this is not a question I know' }));
      return;
    }
    answer(store, obey, asked).then(
      (answered) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answered)),
      (error) => response.writeHead(500).end(JSON.stringify({ error: String(error) })),
    );
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(path, done);
  });
  await chmod(path, 0o600);
  server.on('error', () => {});
  return async () => {
    await new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    });
    await rm(path, { force: true });
  };
}

async function answer(store: Store, obey: Obey, asked: Asked): Promise<Answered> {
  return asked.kind === 'command'
    ? { kind: 'command', outcome: await obey(asked) }
    : await answerQuestion(store, asked, Date.now());
}

/** Null for anything else: whoever can write to the socket must not be able to end the server with it. */
function readAsked(text: string): Asked | null {
  try {
    const asked: unknown = JSON.parse(decodeURIComponent(text));
    if (typeof asked !== 'object' || asked === null || !('kind' in asked)) return null;
    const where = readPlace('where' in asked ? asked.where : undefined);
    const { number } = where;
    if (asked.kind === 'health') return { kind: 'health' };
    if (asked.kind === 'status') return { kind: 'status', where };
    if (asked.kind === 'why') return number === undefined ? null : { kind: 'why', where: { ...where, number } };
    if (asked.kind !== 'command' || !('text' in asked) || !('by' in asked)) return null;
    const { text: said, by } = asked;
    if (typeof said !== 'string' || typeof by !== 'string') return null;
    return { kind: 'command', text: said, by, where, all: 'all' in asked && asked.all === true };
  } catch {
    return null;
  }
}

function readPlace(value: unknown): Where {
  if (typeof value !== 'object' || value === null) return {};
  const { owner, name, number } = value as Readonly<Record<string, unknown>>;
  return {
    ...(typeof owner === 'string' ? { owner } : {}),
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof number === 'number' ? { number } : {}),
  };
}

/** Null when no server runs on this data directory. */
export function askRunning(dataDir: string, asked: Asked): Promise<Answered | null> {
  return new Promise((done, fail) => {
    const sent = request(
      // one question, one connection: a kept one may be closed by the server just as it is used again
      { socketPath: controlSocket(dataDir), path: `/${encodeURIComponent(JSON.stringify(asked))}`, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => (response.statusCode === 200 ? done(JSON.parse(text)) : fail(new Error(text))));
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? done(null) : fail(error),
    );
    sent.end();
  });
}

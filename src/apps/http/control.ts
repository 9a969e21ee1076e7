/**
 * The control socket: how `muster status`, `why` and `health` ask a running server, whose database only it may open.
 * A Unix socket with mode 0600 in the data directory: who may write there may ask.
 */
import { chmod, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import type { Store } from '../../engine/ports.ts';
import { type Answer, answerQuestion, type Question } from '../questions.ts';

function controlSocket(dataDir: string): string {
  return join(dataDir, 'control.sock');
}

/** Returns how to close it. */
export async function openControlSocket(dataDir: string, store: Store): Promise<() => Promise<void>> {
  const path = controlSocket(dataDir);
  // left behind by a kill; the data directory's lock says that nobody else serves it
  await rm(path, { force: true });
  const server = createServer((incoming, response) => {
    const question = readQuestion(incoming.url?.slice(1) ?? '');
    if (question === null) {
      response.writeHead(400).end(JSON.stringify({ error: 'this is not a question I know' }));
      return;
    }
    answerQuestion(store, question, Date.now()).then(
      (answer) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)),
      (error) => response.writeHead(500).end(JSON.stringify({ error: String(error) })),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  server.on('error', () => {});
  return async () => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    await rm(path, { force: true });
  };
}

/** Null for anything else: whoever can write to the socket must not be able to end the server with it. */
function readQuestion(text: string): Question | null {
  try {
    const asked: unknown = JSON.parse(decodeURIComponent(text));
    if (typeof asked !== 'object' || asked === null || !('kind' in asked)) return null;
    if (asked.kind === 'status' || asked.kind === 'health') return { kind: asked.kind };
    const issue = 'issue' in asked ? asked.issue : null;
    return asked.kind === 'why' && typeof issue === 'number' ? { kind: 'why', issue } : null;
  } catch {
    return null;
  }
}

/** Null when no server runs on this data directory. */
export function askRunning(dataDir: string, question: Question): Promise<Answer | null> {
  return new Promise((resolve, reject) => {
    const asked = request(
      // one question, one connection: a kept one may be closed by the server just as it is used again
      { socketPath: controlSocket(dataDir), path: `/${encodeURIComponent(JSON.stringify(question))}`, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => (response.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text))));
      },
    );
    asked.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? resolve(null) : reject(error),
    );
    asked.end();
  });
}

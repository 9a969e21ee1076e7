import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a port of this machine that can turn into a hole: what is open then stays open and carries nothing more. */
export interface TcpProxy {
  readonly port: number;
  /** For the connections open now whose client has sent `text`; new ones work. Answers how many there were. */
  readonly swallow: (text: string) => number;
  readonly close: () => void;
}

export async function startProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<{ readonly inner: Socket; readonly outer: Socket; sent: string; swallowed: boolean }>();
  const server = createServer((outer) => {
    const pair = { outer, inner: connect(target, '127.0.0.1'), sent: '', swallowed: false };
    pairs.add(pair);
    outer.on('data', (chunk) => {
      pair.sent += chunk;
      if (!pair.swallowed) pair.inner.write(chunk);
    });
    pair.inner.on('data', (chunk) => {
      if (!pair.swallowed) outer.write(chunk);
    });
    for (const socket of [outer, pair.inner]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        outer.destroy();
        pair.inner.destroy();
        pairs.delete(pair);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    swallow: (text) => {
      const hit = [...pairs].filter((pair) => pair.sent.includes(text));
      for (const pair of hit) pair.swallowed = true;
      return hit.length;
    },
    close: () => {
      for (const { outer, inner } of pairs) {
        outer.destroy();
        inner.destroy();
      }
      server.close();
    },
  };
}

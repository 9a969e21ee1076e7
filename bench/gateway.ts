/**
 * What the model gateway adds: time to the first byte of a streaming answer, beside asking the provider directly, in
 * turns; and megabytes a second through it. Provider, gateway and client share this process, so both are upper bounds.
 */
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openGateway } from '../src/agents/gateway/gateway.ts';
import { median, percentile } from './figures.ts';

export interface GatewayResult {
  readonly bench: 'gateway';
  readonly requests: number;
  readonly requestBytes: number;
  /** Milliseconds to the first byte. */
  readonly directP50Ms: number;
  readonly directP95Ms: number;
  readonly addedP50Ms: number;
  readonly addedP95Ms: number;
  readonly streamMb: number;
  readonly directMbPerSecond: number;
  readonly throughMbPerSecond: number;
  /** Every request through it was metered. */
  readonly metered: number;
}

/** About what Claude Code sends. */
const requestBytes = 60_000;
const events = `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a few words more of it' } })}\n\n`;
const start = `event: message_start\ndata: ${JSON.stringify({ type: 'message_start', message: { model: 'm', usage: { input_tokens: 10, output_tokens: 1 } } })}\n\n`;
const stop = `event: message_delta\ndata: ${JSON.stringify({ type: 'message_delta', delta: {}, usage: { output_tokens: 20 } })}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n`;

export async function measureGateway(requests = 1_000, streamMb = 200): Promise<GatewayResult> {
  const block = Buffer.from(events.repeat(Math.ceil(16_384 / events.length)));
  const server = createServer((incoming, response) => {
    incoming.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(start);
      let left = incoming.headers['x-blocks'] === undefined ? 1 : Number(incoming.headers['x-blocks']);
      const more = (): void => {
        while (left > 0) {
          left -= 1;
          if (!response.write(block)) {
            response.once('drain', more);
            return;
          }
        }
        response.end(stop);
      };
      more();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const direct = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const gateway = await openGateway();
  const attempt = await gateway.admit({ attempt: 'bench', provider: { dialect: 'anthropic', baseUrl: direct, key: 'k' } });
  const agent = new Agent({ keepAlive: true });
  const body = Buffer.alloc(requestBytes, '{"model":"m"} ');
  const blocks = Math.ceil((streamMb * 1_000_000) / block.length);
  try {
    const ask = (base: string, count?: number): Promise<Times> => time(base, attempt.key, body, agent, count);
    const times: Record<'direct' | 'through', number[]> = { direct: [], through: [] };
    // the first fifty do not count: code gets compiled, connections are opened
    for (let n = -50; n < requests; n++) {
      const [one, other] = [await ask(direct), await ask(attempt.url)];
      if (n < 0) continue;
      times.direct.push(one.firstByteMs);
      times.through.push(other.firstByteMs);
    }
    const metered = attempt.report().usage.outputTokens / 20 - 50;
    const [plain, passed] = [await ask(direct, blocks), await ask(attempt.url, blocks)];
    const [directP50Ms, directP95Ms] = [median(times.direct), percentile(times.direct, 0.95)];
    return {
      bench: 'gateway',
      requests,
      requestBytes,
      directP50Ms,
      directP95Ms,
      addedP50Ms: median(times.through) - directP50Ms,
      addedP95Ms: percentile(times.through, 0.95) - directP95Ms,
      streamMb,
      directMbPerSecond: plain.bytes / plain.wholeMs / 1_000,
      throughMbPerSecond: passed.bytes / passed.wholeMs / 1_000,
      metered,
    };
  } finally {
    agent.destroy();
    await gateway.close();
    server.close().closeAllConnections();
  }
}

interface Times {
  readonly firstByteMs: number;
  readonly wholeMs: number;
  readonly bytes: number;
}

function time(base: string, key: string, body: Buffer, agent: Agent, blocks?: number): Promise<Times> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-api-key': key, 'content-length': body.length, ...(blocks === undefined ? {} : { 'x-blocks': blocks }) };
    const startedAt = performance.now();
    let firstByteMs = 0;
    let bytes = 0;
    const outgoing = request(`${base}/v1/messages`, { method: 'POST', agent, headers }, (answer) => {
      answer.on('data', (chunk: Buffer) => {
        if (bytes === 0) firstByteMs = performance.now() - startedAt;
        bytes += chunk.length;
      });
      answer.on('end', () => resolve({ firstByteMs, wholeMs: performance.now() - startedAt, bytes }));
      answer.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}


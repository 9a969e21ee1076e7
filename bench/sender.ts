/** A process of its own that sends signed webhooks as fast as they are taken; told what to do as JSON on stdin. */
import { createHmac, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

interface Order {
  readonly url: string;
  readonly secret: string;
  readonly payload: string;
  readonly count: number;
  readonly atOnce: number;
}

const order: Order = JSON.parse(await text(process.stdin));
const agent = new Agent({ keepAlive: true, maxSockets: order.atOnce });
const signature = `sha256=${createHmac('sha256', order.secret).update(order.payload).digest('hex')}`;
let left = order.count;
let refused = 0;

function send(): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(order.payload),
      'x-github-event': 'issues',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': signature,
    };
    const sent = request(order.url, { method: 'POST', agent, headers }, (response) => {
      if ((response.statusCode ?? 500) >= 300) refused += 1;
      response.resume().on('end', resolve);
    });
    sent.on('error', reject).end(order.payload);
  });
}

const startedAt = performance.now();
const lane = async (): Promise<void> => {
  while (left-- > 0) await send();
};
await Promise.all(Array.from({ length: order.atOnce }, lane));
process.stdout.write(JSON.stringify({ ms: performance.now() - startedAt, refused }));
agent.destroy();

import { afterAll, beforeAll } from 'vitest';
import { describeQueueContract } from '../queue/contract.ts';
import { openQueue } from './open-queue.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

describeQueueContract('BullMQ on Redis', (places) =>
  openQueue(server.url, { concurrency: { long: places, short: places } }),
);

// the contract holds without Redis too: each queue is opened, and then Redis is killed before the first key
describeQueueContract('BullMQ while Redis is away', async (places) => {
  const lost = await startRedis();
  const opened = await openQueue(lost.url, { concurrency: { long: places, short: places } });
  await lost.stop();
  return opened;
});

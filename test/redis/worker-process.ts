// A process with a queue of its own. `worker-process.ts <url> <prefix> hold|finish`: prints each key when it starts;
// `hold` never finishes one, `finish` closes the queue at the first line on its standard input and must then end by itself.
import { openQueue } from './open-queue.ts';

const [url = '', prefix = '', mode = ''] = process.argv.slice(2);
const { queue, lines } = await openQueue(url, { prefix });

queue.start(async (key) => {
  process.stdout.write(`${key}\n`);
  if (mode === 'hold') await new Promise<never>(() => {});
});
process.stdin.once('data', async () => {
  process.stdin.destroy();
  await queue.close();
  process.stdout.write(`closed ${JSON.stringify(lines)}\n`);
});

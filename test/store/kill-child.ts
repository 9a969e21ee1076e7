/**
 * The victim of kill.test.ts: writes as fast as it can and says on stdout what has been acknowledged, one JSON line each,
 * written at once. Arguments: data directory, template, number of this run.
 */
import { writeSync } from 'node:fs';
import { openStore } from '../../src/store/open-store.ts';
import { foldExample, rowOf, signalTo, stepFrom, wanted } from './examples.ts';
import type { Acknowledged } from './kill-report.ts';

const [dir = '', template = '', run = ''] = process.argv.slice(2);

function say(line: Acknowledged): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

say({ did: 'start' });
const store = await openStore({ dir, template, now: Date.now, fold: foldExample });
const { key } = rowOf(1);
await store.createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 1));
await store.releaseDeadLeases(Date.now(), 0);
say({ did: 'open', seq: (await store.loadState(key))?.seq ?? 0 });

for (let turn = 0; ; turn += 1) {
  const id = `${run}-${turn}`;
  await store.receiveDelivery({ id, event: 'push', payload: JSON.stringify({ id }), receivedAt: Date.now() });
  say({ did: 'receive', id });

  let seq = 0;
  await store.advance(key, (state) => {
    const step = stepFrom(state, 3, { commands: [wanted(`c-${id}`)] });
    seq = step.state.seq;
    return step;
  });
  say({ did: 'advance', seq, command: `c-${id}` });

  const [claim] = await store.claim(`c-${id}`, { owner: run, now: Date.now(), leaseMs: () => 60_000, peers: 0 });
  if (claim === undefined) throw new Error(`c-${id} could not be claimed`);
  if (!(await store.complete(claim, { run }, [signalTo(key, claim.key)], Date.now(), [])))
    throw new Error(`c-${id} could not be completed`);
  say({ did: 'complete', command: `c-${id}` });
  if (turn % 25 === 24) await store.maintain();
}

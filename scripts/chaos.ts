/**
 * `npm run chaos [-- --kills N --seed S --naive --aimed]`: kills the App at seeded moments; exits 1 when anything was lost
 * or doubled. `--db postgres [--queue redis]`: several processes, with more kinds of disasters.
 */
import { parseArgs } from 'node:util';
import { runClusterChaos } from '../test/cluster/chaos.ts';
import { runChaos } from '../test/world/chaos.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    naive: { type: 'boolean', default: false },
    aimed: { type: 'boolean', default: false },
    db: { type: 'string', default: 'pglite' },
    queue: { type: 'string', default: 'in-process' },
  },
});
const common = {
  kills: Number(values.kills),
  seed: values.seed,
  limitMs: 900_000,
  say: (line: string): void => void process.stdout.write(`${line}\n`),
};
const report =
  values.db === 'postgres'
    ? await runClusterChaos({ ...common, redis: values.queue === 'redis' })
    : await runChaos({ ...common, naive: values.naive, aimed: values.aimed });
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exitCode = report.damage.length === 0 ? 0 : 1;

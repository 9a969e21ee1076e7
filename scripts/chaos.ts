/** `npm run chaos [-- --kills N --seed S --naive --aimed]`: kills the App at seeded moments; exits 1 when anything was lost or doubled. */
import { parseArgs } from 'node:util';
import { runChaos } from '../test/world/chaos.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    naive: { type: 'boolean', default: false },
    aimed: { type: 'boolean', default: false },
  },
});
const report = await runChaos({
  kills: Number(values.kills),
  seed: values.seed,
  naive: values.naive,
  aimed: values.aimed,
  limitMs: 900_000,
  say: (line) => process.stdout.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exitCode = report.damage.length === 0 ? 0 : 1;

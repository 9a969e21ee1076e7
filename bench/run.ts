/** `npm run bench [-- NAME ...]`: one JSON line each; see README.md beside it. */
import { measureCommands } from './commands.ts';
import { measureCompile } from './compile.ts';
import { measureGateway } from './gateway.ts';
import { measureIntake } from './intake.ts';
import { measureMakespan } from './makespan.ts';
import { measurePlanSize } from './plan-size.ts';
import { measureOverhead } from './overhead.ts';

const benches: Readonly<Record<string, () => AsyncGenerator<object>>> = {
  async *overhead() {
    for (const [orchestrations, tasks] of [
      [1, 1],
      [1, 10],
      [1, 100],
      [5, 100],
    ] as const)
      yield await measureOverhead(orchestrations, tasks);
  },
  async *gateway() {
    yield await measureGateway();
  },
  async *intake() {
    yield await measureIntake();
  },
  async *makespan() {
    yield measureMakespan();
  },
  async *compile() {
    yield measureCompile();
  },
  async *'plan-size'() {
    for (const tasks of [100, 300, 1_000]) yield measurePlanSize(tasks);
  },
  async *commands() {
    yield await measureCommands(1);
    const url = process.env.BENCH_DATABASE_URL;
    if (url) yield await measureCommands(8, 2_000, url);
    else process.stderr.write('PostgreSQL is left out: name an empty database with BENCH_DATABASE_URL.\n');
  },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => benches[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`There is no bench "${unknown.join('", "')}". There are: ${Object.keys(benches).join(', ')}.\n`);
  process.exit(1);
}
for (const name of wanted.length > 0 ? wanted : Object.keys(benches)) {
  process.stderr.write(`${name} ...\n`);
  for await (const result of benches[name]?.() ?? []) process.stdout.write(`${JSON.stringify(rounded(result))}\n`);
}
// pooled connections and a cluster's child processes may still be going down
process.exit(0);

/** Three digits behind the point are more than any of these is worth. */
function rounded(result: object): object {
  return Object.fromEntries(
    Object.entries(result).map(([key, value]) => [key, typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value]),
  );
}

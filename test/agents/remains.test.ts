import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { attemptPlace } from '../../src/agents/place.ts';
import { expectDelivered, expectFailed, listening, setUpBench } from './bench.ts';

/** Deeper than a path may be long: only who goes there step by step can name it. */
const dig =
  'const fs = require("fs"); for (let i = 0; i < 60; i++) { const d = "d".repeat(200); fs.mkdirSync(d); process.chdir(d); } fs.writeFileSync("f", "x");';

it.each([
  ['its tree', `node -e '${dig}'`],
  ['its home', `( cd "$HOME"; node -e '${dig}' )`],
  ['a directory that it closed', `mkdir m; ( cd m; node -e '${dig}' ); chmod 000 m`],
])('what an agent dug in %s is removed, and costs it no attempt', async (_, line) => {
  const bench = await setUpBench();
  const spec = bench.spec();
  const place = attemptPlace(bench.dataDir, spec);
  const delivery = expectDelivered(await bench.runner(`${line}; echo 1 > a`).run(spec, listening()));
  expect(delivery.files.map(({ path }) => path)).toContain('a');
  const second = bench.spec({ attempt: 2 });
  const failed = expectFailed(await bench.runner(`${line}; exit 3`).run(second, listening()));
  expect(failed.class).toBe('crashed');
  for (const path of [place.tree, place.home, attemptPlace(bench.dataDir, second).home])
    expect(existsSync(path)).toBe(false);
});

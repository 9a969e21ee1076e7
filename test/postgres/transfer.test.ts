import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { importDatabase } from '../../src/store/import-database.ts';
import { migrate, schemaVersions } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { openPostgres } from '../../src/store/open-postgres.ts';
import { type OpenStore, openPostgresStore, openStore } from '../../src/store/open-store.ts';
import { attempt, foldExample, noon, rowOf, signalTo, stepFrom, wanted } from '../store/examples.ts';
import { storeTemplate } from '../store/template.ts';
import { type PostgresServer, startPostgres } from './server.ts';

let server: PostgresServer;
let dir: string;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muster-transfer-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const main = join(import.meta.dirname, '..', '..', 'src', 'apps', 'cli', 'main.ts');

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function muster(args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): Promise<Ran> {
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'db', ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: dir, ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => {
    out += String(data);
  });
  child.stderr.on('data', (data) => {
    err += String(data);
  });
  // one that refuses does not read what it is given
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

async function pglite(name: string): Promise<OpenStore> {
  const template = await storeTemplate();
  return openStore({ dir: join(dir, name, 'db'), now: () => noon, fold: foldExample, template });
}

const hostile = 'nul \0 half \ud83d escaped \\u0000 quote " newline \n 😀';
const payload = '{ "b":1.0, "a":"\\u0000 \\ud800 é 漢\\r\\n",\r\n "big": 12345678901234567890 }';

/** Something in every table. */
async function fill(store: OpenStore): Promise<void> {
  const projection = {
    tasks: [
      {
        id: 't',
        title: hostile.replace('\0', ''),
        description: 'd',
        status: 's',
        priority: 'high',
        dependencies: ['u'],
        metadata: { n: 1 },
      },
    ],
    workflows: [{ id: 'w', taskId: 't', status: 's', startTime: noon, endTime: null, result: null, metadata: {} }],
    history: [{ workflowId: 'w', from: null, to: 's', at: noon + 1, metadata: {} }],
  };
  const commands = [
    attempt('run'),
    wanted('post', { kind: 'post-status' }),
    wanted('later', { kind: 'wake', at: 1 }, Number.MAX_SAFE_INTEGER),
  ];
  await store.createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 2, { commands, projection, subIssues: [3, 4] }));
  await store.createOrchestration(rowOf(2), stepFrom({ seq: 0 }, 1, { live: false }));
  await store.addSignals([
    signalTo(rowOf(1).key, 's1', { type: 'command-gave-up', key: 'k', kind: 'x', task: null, message: hostile }),
  ]);
  await store.receiveDelivery({ id: 'g1', event: 'push', payload, receivedAt: noon });
  await store.receiveDelivery({
    id: 'g2',
    event: 'push',
    payload: JSON.stringify({ text: 'x'.repeat(3_000_000) }),
    receivedAt: noon,
  });
  expect(await store.untranslatedDeliveries(10)).toHaveLength(2);
  await store.markUntranslatable('g2', 'too big');
  const many = Array.from({ length: 2_500 }, (_, n) => ({
    id: `h${n}`,
    event: 'push',
    payload: '{}',
    receivedAt: noon,
  }));
  await Promise.all(many.map((delivery) => store.receiveDelivery(delivery)));
  await store.recordAgents([
    { id: 'a', name: 'A', type: 'script', capabilities: ['c'], status: 'available', metadata: {} },
  ]);
  const request = { owner: 'me', now: noon, leaseMs: () => 60_000, peers: 0 };
  const [post] = await store.claim('post', request);
  if (post === undefined) throw new Error('nothing was claimed');
  await store.complete(
    post,
    { kind: 'comment', comment: { id: 9_007_199_254_740_991, nodeId: 'n', url: 'u' } },
    [],
    noon,
    [],
  );
  await store.claim('run', { ...request, slots: () => [{ name: 'attempts', most: 1 }] });
}

async function importLines(url: string, lines: readonly string[]): Promise<void> {
  const database = await openPostgres({ url, onError: () => {} });
  try {
    async function* each(): AsyncGenerator<string> {
      yield* lines;
    }
    await importDatabase(database.db, { lines: each(), onProgress: () => {} });
  } finally {
    await database.close();
  }
}

/** All but the header, which says when it was written. */
function rowsOf(file: string): readonly string[] {
  return readFileSync(file, 'utf8').split('\n').slice(1);
}

async function exported(name = 'first'): Promise<string> {
  const store = await pglite(name);
  await fill(store);
  await store.close();
  const file = join(dir, `${name}.jsonl`);
  expect(await muster(['export', file, '--data-dir', join(dir, name)])).toMatchObject({ code: 0 });
  return file;
}

// each run of the command line starts a process, and half of them an embedded database
describe('muster db', { timeout: 120_000 }, () => {
  it('carries everything from PGlite to PostgreSQL and back', async () => {
    const file = await exported();
    expect(statSync(file).mode & 0o077).toBe(0);
    const url = await server.emptyDatabase();
    const imported = await muster(['import', file, '--json'], { DATABASE_URL: url });
    expect(imported.code).toBe(0);
    const told = JSON.parse(imported.out);
    expect(told.counts).toMatchObject({
      webhook_inbox: 2_502,
      orchestrations: 2,
      events: 3,
      commands: 3,
      agent_runs: 1,
    });
    expect(Object.values(told.counts as Record<string, number>).filter((count) => count === 0)).toEqual([]);
    expect(imported.err).toContain('webhook_inbox:');
    expect(imported.out + imported.err).not.toContain('p@ss');

    const back = join(dir, 'back.jsonl');
    expect(await muster(['export', back], { DATABASE_URL: url })).toMatchObject({ code: 0 });
    const taken = (line: string): string => line.replace(/"taken_by":[^,}]*,"taken_until":[^,}]*/, '"taken');
    const [here, there] = [rowsOf(file), rowsOf(back)];
    // the two servers write UTC in two ways
    const normal = (line: string): string => taken(line).replaceAll('+00:00"', 'Z"').replaceAll('+00"', 'Z"');
    expect(there.map(normal)).toEqual(here.map(normal));

    const store = await openPostgresStore({ url, now: Date.now, fold: foldExample });
    const [first, second] = await store.untranslatedDeliveries(2);
    expect([first?.payload, second?.id]).toEqual([payload, 'h0']);
    await store.close();

    expect(await muster(['import', back, '--data-dir', join(dir, 'third')], { DATABASE_URL: url })).toMatchObject({
      code: 0,
    });
    const again = await openStore({ dir: join(dir, 'third', 'db'), now: () => noon, fold: foldExample });
    expect(await again.verifySnapshots()).toEqual([]);
    expect(await again.loadEvents(rowOf(1).key)).toHaveLength(2);
    await again.receiveDelivery({ id: 'new', event: 'push', payload: '{}', receivedAt: noon });
    expect((await again.untranslatedDeliveries(5_000)).at(-1)?.id).toBe('new');
    await again.addSignals([signalTo(rowOf(1).key, 's2')]);
    await again.advance(rowOf(1).key, (_, signals) => {
      expect(signals).toHaveLength(2);
      return null;
    });
    await again.close();
  });

  it('goes through a pipe', async () => {
    const file = await exported();
    const piped = await muster(['export', '-', '--data-dir', join(dir, 'first')]);
    expect(piped.code).toBe(0);
    expect(piped.out.split('\n').slice(1)).toEqual(rowsOf(file));
    const url = await server.emptyDatabase();
    expect(await muster(['import', '-'], { DATABASE_URL: url }, piped.out)).toMatchObject({ code: 0 });
    expect(await muster(['export', '-', '--json'], { DATABASE_URL: url })).toMatchObject({ code: 3 });
  });

  it('imports all or nothing, and says what is wrong with a file', async () => {
    const file = await exported();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const [header = '', ...rest] = lines;
    const end = rest.at(-1) ?? '';
    const rows = rest.slice(0, -1);
    const event = rows.find((row) => row.startsWith('{"table":"events"')) ?? '';
    const files: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /not an export of Muster/],
      [['{"hello":"world"}', ...rest], /not an export of Muster/],
      [[header.replace('"version":1', '"version":2'), ...rest], /format 2/],
      [[header.replace(/"schema":"[^"]*"/, '"schema":"999-future"'), ...rest], /newer Muster.*update Muster first/],
      [[header, ...rows], /cut off/],
      [[header, ...rows.slice(0, -1), rows.at(-1)?.slice(0, 20) ?? '', end], /is damaged/],
      [[header, ...rows.slice(1), end], /says that it holds 2502 rows of "webhook_inbox", and 2501/],
      [[header, ...rows, event, end], /takes no row of "events" in lines \d+ to \d+ .*duplicate/],
      [[header, ...rows, event.replaceAll('events', 'secrets'), end], /"secrets", a table that Muster does not have/],
      [[header, ...rows, end, event], /more behind the end/],
    ];
    const url = await server.emptyDatabase();
    for (const [content, words] of files) await expect(importLines(url, content)).rejects.toThrow(words);
    const spoilt = join(dir, 'spoilt.jsonl');
    writeFileSync(spoilt, [header, ...rows].join('\n'));
    const refused = await muster(['import', spoilt], { DATABASE_URL: url });
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining('cut off')]);
    // nothing of all that is there: the good one goes in, and only once
    await importLines(url, lines);
    await expect(importLines(url, lines)).rejects.toThrow('not empty');
  });

  it('takes an export of an older schema and brings it up to date', async () => {
    const old = await openDatabase({ dir: join(dir, 'old', 'db'), onError: () => {} });
    await migrate(old.db, schemaVersions[0]);
    await sql`insert into agents (id, name) values ('a', 'A')`.execute(old.db);
    await old.close();
    const file = join(dir, 'old.jsonl');
    expect(await muster(['export', file, '--data-dir', join(dir, 'old')])).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).toContain(`"schema":"${schemaVersions[0]}"`);
    const url = await server.emptyDatabase();
    expect(await muster(['import', file], { DATABASE_URL: url })).toMatchObject({ code: 0 });
    const { code, out } = await muster(['migrate', '--json'], { DATABASE_URL: url });
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ from: schemaVersions.at(-1) })]);
    const used = await server.freshDatabase();
    await expect(importLines(used, readFileSync(file, 'utf8').split('\n'))).rejects.toThrow(
      /has 003-github-notes already: import into a database without/,
    );
  });

  it('exports one moment of a PostgreSQL that is in use, and says who uses it', async () => {
    const url = await server.emptyDatabase();
    const store = await openPostgresStore({ url, now: Date.now, fold: foldExample });
    await store.createOrchestration(rowOf(1), stepFrom({ seq: 0 }, 1));
    let busy = true;
    const writing = (async () => {
      while (busy) await store.advance(rowOf(1).key, (state) => stepFrom(state, 1));
    })();
    const file = join(dir, 'moment.jsonl');
    const { code, err } = await muster(['export', file], { DATABASE_URL: url });
    busy = false;
    await writing;
    await store.close();
    expect([code, err]).toEqual([0, expect.stringContaining('1 running Muster process(es)')]);
    const other = await server.emptyDatabase();
    await importLines(other, readFileSync(file, 'utf8').trimEnd().split('\n'));
    const copy = await openPostgresStore({ url: other, now: Date.now, fold: foldExample });
    // the snapshot belongs to the events, although both were being written
    expect(await copy.verifySnapshots()).toEqual([]);
    await copy.close();
  });

  it('refuses an embedded database that is in use, in words', async () => {
    const store = await pglite('used');
    const file = join(dir, 'used.jsonl');
    const { code, err } = await muster(['export', file, '--data-dir', join(dir, 'used')]);
    await store.close();
    expect([code, err]).toEqual([
      7,
      expect.stringMatching(new RegExp(`Process ${process.pid} has the embedded database .* open.*stop it`)),
    ]);
    expect(readdirSync(dir)).toEqual(['used']);
  });

  it('says what else cannot be', async () => {
    const file = join(dir, 'there.jsonl');
    writeFileSync(file, '');
    const url = await server.emptyDatabase();
    const refusals: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['export', file], 3, /is there already/],
      [['export', join(dir, 'new.jsonl')], 3, /nothing to export/],
      [['export', join(dir, 'no', 'such', 'dir')], 7, /cannot be written: there is no such file/],
      [['export', join(dir, 'x'), '--data-dir', join(dir, 'nowhere')], 3, /no database in .*--data-dir/],
      [['import', join(dir, 'nowhere')], 3, /is not a file/],
    ];
    for (const [args, exit, words] of refusals) {
      const { code, err } = await muster(args, { DATABASE_URL: url });
      expect([code, err]).toEqual([exit, expect.stringMatching(words)]);
    }
    expect(readdirSync(dir)).toEqual(['there.jsonl']);
  });
});

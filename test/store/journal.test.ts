import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { RawDelivery } from '../../src/engine/ports.ts';
import { type Journal, openJournal } from '../../src/store/journal.ts';
import { decodeDeliveries, encodeDelivery } from '../../src/store/journal-format.ts';
import { noon } from './examples.ts';

const parent = mkdtempSync(join(tmpdir(), 'muster-journal-'));

/** Opened by a process that was then killed, as far as its files can tell. */
const killed: Journal[] = [];
afterAll(async () => {
  await Promise.all(killed.map((journal) => journal.close()));
  rmSync(parent, { recursive: true, force: true });
});

let made = 0;
function newDirectory(): string {
  made += 1;
  return join(parent, String(made));
}

function delivery(id: string, payload = `{"id":"${id}"}`): RawDelivery {
  return { id, event: 'issues', payload, receivedAt: noon };
}

async function drained(journal: Journal): Promise<readonly RawDelivery[]> {
  const all: RawDelivery[] = [];
  await journal.drain(async (deliveries) => void all.push(...deliveries));
  return all;
}

function idsOf(deliveries: readonly RawDelivery[]): readonly string[] {
  return deliveries.map(({ id }) => id);
}

describe('the journal', () => {
  it('hands out what was appended, once, in order and to the letter, and keeps no file', async () => {
    const dir = newDirectory();
    const journal = await openJournal(dir);
    const odd = '{"a":"\\u0000 é 漢 \\ud83d\\ude00",\r\n "b":\n\n1}\n{"id":"x","event":"y","bytes":1}\n';
    const all = [delivery('z'), delivery('a', odd), delivery('m', '')];
    await Promise.all(all.map(journal.append));
    expect(journal.waiting()).toBe(3);
    expect(await drained(journal)).toEqual(all);
    expect(await drained(journal)).toEqual([]);
    expect(journal.waiting()).toBe(0);
    expect(readdirSync(dir)).toEqual([]);
    await journal.close();
  });

  it('has everything again after it was closed, or never closed, and goes on behind it', async () => {
    const dir = newDirectory();
    const first = await openJournal(dir);
    killed.push(first);
    await first.append(delivery('killed'));
    const second = await openJournal(dir);
    await second.append(delivery('closed'));
    await second.close();
    const third = await openJournal(dir);
    expect(third.waiting()).toBe(2);
    await third.append(delivery('new'));
    expect(idsOf(await drained(third))).toEqual(['killed', 'closed', 'new']);
    await third.close();
  });

  it('takes a file that was cut off anywhere for the whole records in it', () => {
    const records = ['a', 'b', 'c'].map((id) => Buffer.concat([...encodeDelivery(delivery(id, `é ${id}\n`))]));
    const file = Buffer.concat(records);
    const ends = records.map((_, index) => Buffer.concat(records.slice(0, index + 1)).length);
    for (let length = 0; length <= file.length; length++) {
      // the last line feed is no part of what must be there
      const whole = ends.filter((end) => end - 1 <= length).length;
      expect(idsOf(decodeDeliveries(file.subarray(0, length)))).toEqual(['a', 'b', 'c'].slice(0, whole));
      const zeros = Buffer.concat([file.subarray(0, length), Buffer.alloc(100)]);
      expect(idsOf(decodeDeliveries(zeros))).toEqual(['a', 'b', 'c'].slice(0, whole));
    }
  });

  it('begins a new file behind one that was cut off', async () => {
    const dir = newDirectory();
    const first = await openJournal(dir);
    killed.push(first);
    await first.append(delivery('whole'));
    await first.append(delivery('torn'));
    const [name = ''] = readdirSync(dir);
    const bytes = readFileSync(join(dir, name));
    writeFileSync(join(dir, name), bytes.subarray(0, bytes.length - 5));
    const second = await openJournal(dir);
    await second.append(delivery('later'));
    expect(idsOf(await drained(second))).toEqual(['whole', 'later']);
    await second.close();
  });

  it('hands everything out again when it could not be stored', async () => {
    const journal = await openJournal(newDirectory());
    for (const id of ['a', 'b']) await journal.append(delivery(id));
    await expect(journal.drain(() => Promise.reject(new Error('the database is away')))).rejects.toThrow('away');
    await journal.append(delivery('c'));
    expect(idsOf(await drained(journal))).toEqual(['a', 'b', 'c']);
    await journal.close();
  });

  it('rejects what the disk does not take, and goes on when it does again', async () => {
    const dir = newDirectory();
    const journal = await openJournal(dir);
    rmSync(dir, { recursive: true });
    await expect(journal.append(delivery('lost'))).rejects.toThrow('ENOENT');
    mkdirSync(dir);
    await journal.append(delivery('lost'));
    expect(idsOf(await drained(journal))).toEqual(['lost']);
    await journal.close();
  });

  it('loses nothing and repeats nothing while it is drained and appended to at once', async () => {
    const journal = await openJournal(newDirectory());
    const seen: string[] = [];
    const ids = Array.from({ length: 300 }, (_, index) => `d-${index}`);
    const appending = (async () => {
      for (const id of ids) await journal.append(delivery(id));
    })();
    let appended = false;
    void appending.then(() => {
      appended = true;
    });
    while (!appended) await journal.drain(async (some) => void seen.push(...idsOf(some)));
    seen.push(...idsOf(await drained(journal)));
    expect(seen).toEqual(ids);
    await journal.close();
  });

  it('ends big files, so that they are handed out in portions', async () => {
    const journal = await openJournal(newDirectory());
    const payload = 'x'.repeat(10 * 1024 * 1024);
    for (const id of ['a', 'b', 'c']) await journal.append(delivery(id, payload));
    const portions: (readonly string[])[] = [];
    await journal.drain(async (some) => void portions.push(idsOf(some)));
    expect(portions).toEqual([['a', 'b'], ['c']]);
    await journal.close();
  });

  it('is on the disk before it says so', async () => {
    const dir = newDirectory();
    const journal = await openJournal(dir);
    const probe = await open(parent, 'r');
    const flush = vi.spyOn(Object.getPrototypeOf(probe) as FileHandle, 'datasync');
    try {
      for (let n = 1; n <= 3; n += 1) {
        await journal.append(delivery(String(n)));
        expect(flush.mock.calls.length).toBe(n);
      }
      const together = Array.from({ length: 100 }, (_, n) => journal.append(delivery(`t-${n}`)));
      await Promise.all(together);
      expect(flush.mock.calls.length).toBeLessThan(10);
    } finally {
      flush.mockRestore();
      await probe.close();
      await journal.close();
    }
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LockHolder, lockDirectory, StoreLocked } from '../../src/store/directory-lock.ts';

describe('directory lock', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'muster-lock-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  const file = (): string => join(dir, 'lock.json');

  async function ownRecord(): Promise<LockHolder> {
    const lock = await lockDirectory(dir);
    const record = JSON.parse(readFileSync(file(), 'utf8')) as LockHolder;
    await lock.release();
    return record;
  }

  /** As if somebody had left this file there; `age` in seconds. */
  function leave(holder: LockHolder, age = 0): void {
    writeFileSync(file(), JSON.stringify(holder));
    const when = Date.now() / 1_000 - age;
    utimesSync(file(), when, when);
  }

  async function expectTaken(): Promise<void> {
    const lock = await lockDirectory(dir);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.release();
    expect(readdirSync(dir)).toEqual([]);
  }

  it('is exclusive, also within one process, and leaves nothing behind', async () => {
    const lock = await lockDirectory(dir);
    await expect(lockDirectory(dir)).rejects.toBeInstanceOf(StoreLocked);
    await lock.release();
    await expectTaken();
  });

  it('is of the directory, whatever name it is reached by', async () => {
    const lock = await lockDirectory(dir);
    await expect(lockDirectory(join(dir, '..', dir.split('/').at(-1) ?? ''))).rejects.toBeInstanceOf(StoreLocked);
    await lock.release();
  });

  it('lets one of many simultaneous openers in', async () => {
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(dir)));
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(won).toHaveLength(1);
    await Promise.all(won.map((lock) => lock.release()));
  });

  it('is refused by the file alone while its process lives', async () => {
    const mine = await ownRecord();
    leave(mine, 3_600);
    const error = await lockDirectory(dir).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StoreLocked);
    expect((error as StoreLocked).message).toContain(`process ${process.pid}`);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual(mine);
  });

  it('is taken from a process that is gone, also when another one has its number', async () => {
    const mine = await ownRecord();
    leave({ ...mine, startTime: '1' });
    await expectTaken();
    leave({ ...mine, pid: 2 ** 22 + 1 });
    await expectTaken();
  });

  it('is refused while a process that cannot be looked up gives signs of life, then taken', async () => {
    const elsewhere = { ...(await ownRecord()), world: 'another container', host: 'elsewhere' };
    leave(elsewhere, 5);
    await expect(lockDirectory(dir)).rejects.toThrow('on elsewhere');
    leave(elsewhere, 60);
    await expectTaken();
  });

  it('is taken when the file says nothing', async () => {
    writeFileSync(file(), 'not json');
    await expectTaken();
  });
});

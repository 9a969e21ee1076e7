import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openState, type State } from '../../src/sandbox/state.ts';
import { temporaryDir } from './local-github.ts';

const instant = '2026-01-02T03:04:05.678Z';

function addUser(state: State, login: string): number {
  return state.users.insert({ login, type: 'User', name: null, email: null, appId: null, createdAt: instant }).id;
}

function journalOf(dir: string): string[] {
  return readFileSync(join(dir, 'journal.ndjson'), 'utf8').trimEnd().split('\n');
}

describe('state', () => {
  it('gives back after reopening what was committed, with indexes, and never an id twice', () => {
    const dir = temporaryDir();
    const state = openState(dir);
    const [ann, bob] = state.transaction(() => [addUser(state, 'Ann'), addUser(state, 'Bob')]);
    state.transaction(() => state.users.delete(bob));
    state.close();

    const again = openState(dir);
    expect(again.users.all().map((user) => user.login)).toEqual(['Ann']);
    expect(again.users.one('login', 'ann')?.id).toBe(ann);
    expect(again.users.one('login', 'bob')).toBeUndefined();
    expect(again.transaction(() => addUser(again, 'Cleo'))).toBeGreaterThan(bob);
  });

  it('writes one line per transaction and keeps indexes right when a row changes', () => {
    const dir = temporaryDir();
    const state = openState(dir);
    const before = journalOf(dir).length;
    state.transaction(() => {
      const id = addUser(state, 'Ann');
      addUser(state, 'Bob');
      state.transaction(() => state.users.update(id, { login: 'Anna' }));
    });
    expect(journalOf(dir)).toHaveLength(before + 1);
    expect(state.users.one('login', 'ann')).toBeUndefined();
    expect(state.users.one('login', 'anna')?.login).toBe('Anna');
  });

  it('undoes a transaction that throws, in memory and in the journal', () => {
    const dir = temporaryDir();
    const state = openState(dir);
    const ann = state.transaction(() => addUser(state, 'Ann'));
    const lines = journalOf(dir);
    let told = 0;
    expect(() =>
      state.transaction(() => {
        addUser(state, 'Bob');
        state.users.update(ann, { login: 'Changed' });
        state.users.delete(ann);
        state.afterCommit(() => {
          told += 1;
        });
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(state.users.all().map((user) => user.login)).toEqual(['Ann']);
    expect(state.users.one('login', 'ann')?.id).toBe(ann);
    expect(journalOf(dir)).toEqual(lines);
    expect(told).toBe(0);
  });

  it('refuses a write outside a transaction', () => {
    const state = openState(temporaryDir());
    expect(() => addUser(state, 'Ann')).toThrow('outside a transaction');
    expect(state.users.all()).toEqual([]);
  });

  it('ignores a torn last line and goes on behind it', () => {
    const dir = temporaryDir();
    const state = openState(dir);
    state.transaction(() => addUser(state, 'Ann'));
    state.transaction(() => addUser(state, 'Bob'));
    state.close();
    const file = join(dir, 'journal.ndjson');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.slice(0, -5));

    const torn = openState(dir);
    expect(torn.users.all().map((user) => user.login)).toEqual(['Ann']);
    torn.transaction(() => addUser(torn, 'Cleo'));
    torn.close();
    appendFileSync(file, '{"s":9999,"m":[["users",');
    expect(
      openState(dir)
        .users.all()
        .map((user) => user.login),
    ).toEqual(['Ann', 'Cleo']);
  });

  it('compacts when it is opened', () => {
    const dir = temporaryDir();
    const state = openState(dir);
    for (let at = 0; at < 20; at += 1) state.transaction(() => addUser(state, `user-${at}`));
    state.close();
    expect(journalOf(dir)).toHaveLength(21);
    const again = openState(dir);
    expect(journalOf(dir)).toHaveLength(1);
    expect(again.users.all()).toHaveLength(20);
  });
});

import { describe, expect, it } from 'vitest';
import type { StoredCommand } from '../../src/engine/ports.ts';
import type { Share } from '../../src/engine/share.ts';
import { mayTake, slotsOf } from '../../src/engine/share.ts';

const orchestration = 'acme/shop/orch-7-20261120-0930';
const attempt: StoredCommand = { kind: 'run-attempt', task: 't1', attempt: 1, agent: 'claude' };
const merge: StoredCommand = { kind: 'merge-pull', task: 't1', round: 1, number: 9, sha: 'x' };
const other: StoredCommand = { kind: 'read-plan' };

function share(takes: Share['takes'], agents: Share['agents'] = null): Share {
  return { takes, agents, mostAttempts: 20 };
}

describe('what a process takes', () => {
  it.each<[Share['takes'], boolean, boolean]>([
    ['everything', true, true],
    ['attempts', true, false],
    ['all-but-attempts', false, true],
  ])('%s', (takes, attempts, rest) => {
    const keys = [`${orchestration}.read-plan.0`, `advance.${orchestration}`, 'inbox'];
    expect(mayTake(share(takes), `${orchestration}.run-attempt.t1.1`)).toBe(attempts);
    expect(keys.map((key) => mayTake(share(takes), key))).toEqual([rest, rest, rest]);
    expect(slotsOf(share(takes))(attempt, orchestration) !== null).toBe(attempts);
    for (const command of [merge, other]) expect(slotsOf(share(takes))(command, orchestration) !== null).toBe(rest);
  });

  it('only attempts of its own agents, where it has some', () => {
    expect(slotsOf(share('attempts', ['codex']))(attempt, orchestration)).toBeNull();
    expect(slotsOf(share('attempts', ['codex', 'claude']))(attempt, orchestration)).not.toBeNull();
  });
});

describe('what must not be under way too often', () => {
  it('attempts, in all orchestrations together', () => {
    expect(slotsOf(share('everything'))(attempt, orchestration)).toEqual([{ name: 'attempts', most: 20 }]);
  });

  it('landings in one repository', () => {
    const elsewhere = 'acme/other/orch-7-20261120-0930';
    expect(slotsOf(share('everything'))(merge, orchestration)).toEqual([{ name: 'merge acme/shop', most: 1 }]);
    expect(slotsOf(share('everything'))(merge, elsewhere)).toEqual([{ name: 'merge acme/other', most: 1 }]);
    expect(slotsOf(share('everything'))(other, orchestration)).toEqual([]);
  });
});

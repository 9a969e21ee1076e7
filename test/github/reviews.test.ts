import { describe, expect, it } from 'vitest';
import { reviewedBy } from '../../src/github/reviews.ts';

const writers = ['ada', 'grace'];
const mayWrite = (login: string): Promise<boolean | undefined> =>
  Promise.resolve(login === 'unreachable' ? undefined : writers.includes(login));

type Said = readonly [login: string, state: string, commit?: string, kind?: string];

function seen(...said: readonly Said[]): Promise<string | null> {
  const nodes = said.map(([login, state, oid = 'head', kind = 'User']) => ({
    state,
    author: login === 'ghost' ? null : { __typename: kind, login },
    commit: { oid },
  }));
  return reviewedBy({ headRefOid: 'head', reviews: { nodes } }, mayWrite);
}

describe('a pull request is approved', () => {
  it.each<readonly [string, readonly Said[], string | null]>([
    ['by somebody who may write', [['ada', 'APPROVED']], 'approved'],
    ['not by a member of the organisation who may only read', [['eve', 'APPROVED']], 'changes_requested'],
    ['not on an older head', [['ada', 'APPROVED', 'older']], 'changes_requested'],
    ['not by a bot, whatever its name', [['ada', 'APPROVED', 'head', 'Bot']], null],
    ['not by an account that is gone', [['ghost', 'APPROVED']], null],
    ['not when that was taken back', [['ada', 'DISMISSED']], 'changes_requested'],
    [
      'by the last word of one person',
      [
        ['ada', 'CHANGES_REQUESTED'],
        ['ada', 'APPROVED'],
      ],
      'approved',
    ],
    [
      'not against another writer',
      [
        ['ada', 'APPROVED'],
        ['grace', 'CHANGES_REQUESTED'],
      ],
      'changes_requested',
    ],
    [
      'whatever readers want changed',
      [
        ['ada', 'APPROVED'],
        ['eve', 'CHANGES_REQUESTED'],
      ],
      'approved',
    ],
    ['not while it is unknown who may write', [['unreachable', 'APPROVED']], null],
    ['not by silence', [['ada', 'COMMENTED']], null],
  ])('%s', async (_, said, wanted) => {
    expect(await seen(...said)).toBe(wanted);
  });
});

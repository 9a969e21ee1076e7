import { describe, expect, it } from 'vitest';
import { mergeListings } from '../../src/github/tree-merge.ts';

/** `path: content`; the content stands for its id. */
function listing(files: Readonly<Record<string, string>>) {
  return Object.entries(files).map(([path, sha]) => ({ path, sha, mode: '100644', type: 'blob' as const }));
}

const base = listing({ a: '1', b: '1', c: '1' });

describe('merging whole files', () => {
  it('takes over what only they changed, added or removed', () => {
    const ours = listing({ a: '2', b: '1', c: '1', mine: '1' });
    const theirs = listing({ a: '1', b: '2', yours: '1' });
    const merged = mergeListings(base, ours, theirs);
    expect(merged.kind === 'clean' && merged.changes.map(({ path, sha }) => [path, sha])).toEqual([
      ['b', '2'],
      ['c', null],
      ['yours', '1'],
    ]);
  });

  it('finds nothing to do where both did the same', () => {
    const same = listing({ a: '2', b: '1', new: '1' });
    expect(mergeListings(base, same, same)).toEqual({ kind: 'clean', changes: [] });
  });

  it.each([
    ['both changed it', { a: '2', b: '1', c: '1' }, { a: '3', b: '1', c: '1' }],
    ['we removed what they changed', { b: '1', c: '1' }, { a: '3', b: '1', c: '1' }],
    ['they removed what we changed', { a: '2', b: '1', c: '1' }, { b: '1', c: '1' }],
  ])('is a conflict where %s', (_, ours, theirs) => {
    expect(mergeListings(base, listing(ours), listing(theirs))).toEqual({ kind: 'conflict', paths: ['a'] });
  });
});

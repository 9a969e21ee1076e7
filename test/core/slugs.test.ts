import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { branchNames, slug } from '../../src/core/slugs.ts';
import { plannedTask } from './story.ts';

describe('a slug', () => {
  it.each([
    ['Extract auth', 'extract-auth'],
    ['  --Fix: the `cart` (again!)--  ', 'fix-the-cart-again'],
    ['Größe ändern', 'gro-e-andern'],
    ['Café crème', 'cafe-creme'],
    ['ﬁne', 'fine'],
    ['v2.0.1', 'v2-0-1'],
    ['日本語', 'task'],
    ['', 'task'],
    ['../../etc/passwd', 'etc-passwd'],
    ['a'.repeat(80), 'a'.repeat(50)],
    [`${'a'.repeat(49)} b`, 'a'.repeat(49)],
    ['-rf --upload-pack=x', 'rf-upload-pack-x'],
  ])('of "%s" is %s', (title, expected) => {
    expect(slug(title)).toBe(expected);
  });

  it('is safe in a branch name, whatever people write', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 90 }), (units) => {
        const title = String.fromCharCode(...units);
        expect(slug(title)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/);
        expect(slug(title)).not.toContain('--');
      }),
    );
  });
});

describe('branch names', () => {
  const names = (...titles: string[]): readonly string[] =>
    branchNames(
      12,
      titles.map((title, index) => plannedTask(`t${index + 1}`, { title })),
    );

  it.each([
    [['One', 'Two'], 'muster/12-one muster/12-two'],
    [['Same', 'same!', 'SAME'], 'muster/12-same muster/12-same-2 muster/12-same-3'],
    [['a', 'a', 'a 2'], 'muster/12-a muster/12-a-2 muster/12-a-2-2'],
    [['a 2', 'a', 'a'], 'muster/12-a-2 muster/12-a muster/12-a-3'],
    [['日', '本'], 'muster/12-task muster/12-task-2'],
  ])('of %j are %s', (titles, expected) => {
    expect(names(...titles)).toEqual(expected.split(' '));
  });

  it('are never one the folder of another, and never the same', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 4 }), { maxLength: 12 }), (titles) => {
        const made = names(...titles);
        expect(new Set(made).size).toBe(titles.length);
        for (const one of made) expect(made.some((other) => other.startsWith(`${one}/`))).toBe(false);
      }),
    );
  });
});

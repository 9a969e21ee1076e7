import { expect, it } from 'vitest';
import { hasNeed, withNeed, withoutNeed } from '../../src/text/needs-line.ts';

it('stands below the heading, in the order in which needs are found, and once', () => {
  const body = 'Part of #1.\n\n### Needs\n\n- **Other**: has to land\n\n### How\n';
  const twice = withNeed(withNeed(withNeed(body, 7), 12), 7);
  expect(twice).toBe('Part of #1.\n\n### Needs\n\nNeeds #12\n\nNeeds #7\n\n- **Other**: has to land\n\n### How\n');
  expect([7, 12, 1, 2].map((issue) => hasNeed(twice, issue))).toEqual([true, true, false, false]);
});

it('stands at the end of what somebody else wrote, before a hidden marker', () => {
  expect(withNeed('Just words.', 3)).toBe('Just words.\n\nNeeds #3\n');
  expect(withNeed('Words.\r\n\n<!-- muster:a/b:12345678 -->\n', 3)).toBe(
    'Words.\n\nNeeds #3\n\n\n<!-- muster:a/b:12345678 -->\n',
  );
});

it('is taken out again, and alone', () => {
  const body = 'Words.\n\n### Needs\n\n- #7 has to land before\n\n<!-- muster:a/b:12345678 -->\n';
  const both = withNeed(withNeed(body, 7), 71);
  expect(withoutNeed(both, 7)).toBe(withNeed(body, 71));
  expect(withoutNeed(withoutNeed(both, 7), 71)).toBe(body);
  expect(withoutNeed(body, 7)).toBe(body);
});

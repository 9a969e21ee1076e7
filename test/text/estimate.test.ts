import { describe, expect, it } from 'vitest';
import { estimateMinutes } from '../../src/text/estimate.ts';

describe('an estimate', () => {
  it.each([
    ['Migrate `utils/` directory (23 files, ~1200 LOC)', 30],
    ['Migrate models (15 files)', 23],
    ['Docs for the API (15 endpoints)', 18],
    ['Write 80 lines of code', 5],
    ['Design (2h)', 120],
    ['Design (30 min)', 30],
    ['Design (~1.5 hours, with review)', 90],
    ['Design\n- estimate: 45 minutes', 45],
    ['Design — 20 min', 20],
    ['Design **Estimate:** 2 h', 120],
    ['Design (M)', 30],
    ['Design\nsize: XL', 120],
    ['Design (12 min, 4000 LOC)', 12],
  ])('of %j', (text, minutes) => {
    expect(estimateMinutes(text)).toBe(minutes);
  });

  it.each([
    'Fix timeout after 30 minutes',
    'Keep logs for 24 hours',
    'Support 3 files',
    'Add size: XXL shirts',
    'See (#12)',
    'Version (1.5)',
    'plain',
  ])('is not read from %j', (text) => {
    expect(estimateMinutes(text)).toBeNull();
  });
});

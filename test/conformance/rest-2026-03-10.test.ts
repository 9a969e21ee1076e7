import { beforeAll, describe, expect, it } from 'vitest';
import { summarise } from './report.ts';
import { expectCompleteTour } from './tour/expectations.ts';
import type { Place } from './tour/place.ts';
import { tour } from './tour/tour.ts';
import { createValidator, type Validator } from './validator.ts';

describe('the local GitHub in API version 2026-03-10', () => {
  let place: Place;
  let validator: Validator;
  beforeAll(async () => {
    [place, validator] = await Promise.all([tour('2026-03-10'), createValidator({ version: '2026-03-10' })]);
  });

  it('was visited completely', () => expectCompleteTour(place, validator));

  it('says nothing that GitHub would not say', () => {
    expect(summarise(place.exchanges.flatMap(validator.validate))).toEqual([]);
  });

  it('differs from the older version in what GitHub took out', async () => {
    const older = await createValidator({ version: '2022-11-28' });
    const errors = summarise(place.exchanges.filter(({ kind }) => kind === 'rest').flatMap(older.validate));
    for (const gone of ['assignee', 'merge_commit_sha', 'has_downloads', 'rate']) {
      expect(errors.filter((line) => line.includes(`("${gone}")`))).not.toEqual([]);
    }
  });
});

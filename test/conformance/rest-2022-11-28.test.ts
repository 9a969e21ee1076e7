import { beforeAll, describe, expect, it } from 'vitest';
import { allowList } from './allow-list.ts';
import { type Mutilation, mutilate, type Seen } from './mutilations.ts';
import { summarise } from './report.ts';
import { expectCompleteTour, kindOf } from './tour/expectations.ts';
import type { Place } from './tour/place.ts';
import { tour } from './tour/tour.ts';
import { createValidator, errorsOf, type Validator } from './validator.ts';

describe('the local GitHub in API version 2022-11-28', () => {
  let place: Place;
  let validator: Validator;
  beforeAll(async () => {
    [place, validator] = await Promise.all([tour('2022-11-28'), createValidator({ version: '2022-11-28' })]);
  });

  it('was visited completely', () => expectCompleteTour(place, validator));

  it('says nothing that GitHub would not say, and needs all of the allow-list', () => {
    expect(summarise(place.exchanges.flatMap(validator.validate))).toEqual([]);
    expect(allowList.filter((entry) => !validator.used().has(entry))).toEqual([]);
  });

  it('is noticed when it says anything wrong', () => {
    const seen: Seen = new Map();
    const kinds = new Map(place.exchanges.map((exchange) => [kindOf(exchange), exchange]));
    const made: Mutilation[] = [];
    for (const exchange of kinds.values()) {
      for (const checked of validator.checks(exchange).checked) {
        expect(errorsOf(checked).filter(({ rule }) => rule !== 'undocumented')).toEqual([]);
        made.push(...mutilate(checked, seen));
      }
    }
    const count = (kind: Mutilation['kind']): number => made.filter((each) => each.kind === kind).length;
    const counts = { kinds: kinds.size, missing: count('missing'), null: count('null'), wrong: count('wrong type') };
    console.info(`negative control: ${made.length} mutilations of ${JSON.stringify(counts)}`);
    expect(made.filter(({ caught }) => !caught)).toEqual([]);
    expect(counts.missing).toBeGreaterThan(1000);
    expect(counts.wrong).toBeGreaterThan(1000);
  });
});

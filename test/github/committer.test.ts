import { afterAll, beforeAll, expect, it } from 'vitest';
import { committerOf } from '../../src/github/committer.ts';
import { type Forge, startForge } from './world.ts';

let forge: Forge;
beforeAll(async () => {
  forge = await startForge();
});
afterAll(() => forge.close());

it('commits carry the number of the App’s account, which is not the number of the App', async () => {
  const { id } = await forge.as('ada', 'GET', '/users/local-app%5Bbot%5D');
  expect(id).not.toBe(forge.app.id);
  expect(await committerOf(forge.app)).toEqual({
    name: 'local-app[bot]',
    email: `${id}+local-app[bot]@users.noreply.github.com`,
  });
});

it('commits carry no number where none can be asked for', async () => {
  for (const installations of [async () => [], () => Promise.reject(new Error('502'))])
    expect(await committerOf({ ...forge.app, installations })).toEqual({
      name: 'local-app[bot]',
      email: 'local-app[bot]@users.noreply.github.com',
    });
});

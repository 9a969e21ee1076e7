import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Place, shop } from './place.ts';

/** Pushes of every sort, and what can be read of them over REST. */
export async function visitGit({ bot, wes, rita, work }: Place): Promise<void> {
  const first = await work.push('feature/reading', {
    'src/a.txt': 'a\n',
    'picture.bin': '\u0000\u0001',
    'empty.txt': '',
  });
  symlinkSync('src/a.txt', join(work.dir, 'link'));
  await work.push(
    'feature/reading',
    { 'src/b.txt': 'b\n', 'src/a.txt': 'changed\n' },
    { message: 'Second\n\nWith a body' },
  );
  await work.push('feature/reading', { 'src/a.txt': null });
  await work.git('tag', 'v1', first);
  await work.git('tag', '--annotate', '--message', 'second', 'v2', first);
  await work.git('push', '--quiet', 'origin', 'v1', 'v2');
  await work.push('feature/rewritten', { 'once.txt': '1\n' });
  await work.push('feature/rewritten', { 'twice.txt': '2\n' }, { from: 'origin/main' });

  for (const path of ['README.md', 'src', 'picture.bin', 'empty.txt', 'link', 'src/b.txt']) {
    await bot('GET', `${shop}/contents/${path}?ref=feature/reading`, 200);
  }
  await bot('GET', `${shop}/contents/README.md`, 200);
  await bot('GET', `${shop}/contents/no-such`, 404);
  await bot('GET', `${shop}/contents/README.md?ref=no-such`, 404);
  for (const ref of ['heads/main', 'heads/feature/reading', 'tags/v1', 'tags/v2'])
    await bot('GET', `${shop}/git/ref/${ref}`, 200);
  await bot('GET', `${shop}/git/ref/heads/no-such`, 404);
  await bot('GET', `${shop}/git/ref/nonsense`, 404);
  for (const branch of ['main', 'feature/reading', 'feature%2Freading']) {
    await bot('GET', `${shop}/branches/${branch}`, 200);
    await bot('GET', `${shop}/rules/branches/${branch}`, 200);
  }
  await bot('GET', '/repos/acme/vault/branches/main', 200);
  await bot('GET', '/repos/acme/vault/rules/branches/main', 200);
  await bot('GET', `${shop}/branches/no-such`, 404);
  for (const ref of ['main', 'feature/reading', first, 'v1', 'v2', 'heads/main'])
    await bot('GET', `${shop}/commits/${ref}`, 200);
  await bot('GET', `${shop}/commits/${'0'.repeat(39)}1`, 422);
  for (const pair of [
    'main...feature/reading',
    'feature/reading...main',
    'main...main',
    'feature/rewritten...feature/reading',
  ]) {
    await bot('GET', `${shop}/compare/${pair}`, 200);
  }
  await bot('GET', `${shop}/compare/main...no-such`, 404);

  await wes('DELETE', `${shop}/git/refs/heads/feature/rewritten`, 204);
  await wes('DELETE', `${shop}/git/refs/heads/feature/rewritten`, 422);
  await rita('DELETE', `${shop}/git/refs/heads/feature/reading`, 403);
  await work.git('push', '--quiet', 'origin', '--delete', 'v1');
}

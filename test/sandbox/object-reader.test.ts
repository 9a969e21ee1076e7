import { describe, expect, it } from 'vitest';
import { git } from '../../src/git/run.ts';
import { readCommit, readFileAt, resolveCommit } from '../../src/sandbox/git-objects.ts';
import { findObject, readObject } from '../../src/sandbox/object-reader.ts';
import { bareRepository, commitFiles } from '../git/repository.ts';

const MAIN = 'refs/heads/main';

describe('the reader of objects', () => {
  it('sees refs move and objects come, whoever made them', async () => {
    const gitDir = await bareRepository();
    expect(await resolveCommit(gitDir, MAIN)).toBeNull();
    const one = await commitFiles(gitDir, MAIN, { a: '1' });
    expect(await resolveCommit(gitDir, MAIN)).toBe(one);
    const two = await commitFiles(gitDir, MAIN, { a: '2' });
    expect(await resolveCommit(gitDir, MAIN)).toBe(two);
    await git(['update-ref', '-d', MAIN], { gitDir });
    expect(await resolveCommit(gitDir, MAIN)).toBeNull();
    await git(['pack-refs', '--all'], { gitDir });
    await git(['repack', '-a', '-d', '-q'], { gitDir });
    expect((await readFileAt(gitDir, one, 'a'))?.toString()).toBe('1');
  });

  it('gives each of many questions its own answer, with every byte', async () => {
    const gitDir = await bareRepository();
    const texts = Array.from({ length: 60 }, (_, index) => `${index}\n\0${'x'.repeat(index * 3_000)}`);
    const files = Object.fromEntries(texts.map((text, index) => [`f${index}`, text]));
    const sha = await commitFiles(gitDir, MAIN, files);
    const read = await Promise.all(
      texts.map(async (_, index) => [
        (await readFileAt(gitDir, sha, `f${index}`))?.toString(),
        await readFileAt(gitDir, sha, `absent${index}`),
      ]),
    );
    expect(read).toEqual(texts.map((text) => [text, null]));
  });

  it.each(['main\nmain', 'main:./README.md', 'main:../x', 'main:..', 'no such name', '', '-h', `${'f'.repeat(40)}`])(
    'answers null for %j, and goes on',
    async (name) => {
      const gitDir = await bareRepository();
      const sha = await commitFiles(gitDir, MAIN, { 'README.md': 'x' });
      expect(await findObject(gitDir, name)).toBeNull();
      expect(await readObject(gitDir, name)).toBeNull();
      expect(await resolveCommit(gitDir, 'main')).toBe(sha);
    },
  );

  it('fails what was asked of a repository that is none, and only that', async () => {
    const gitDir = await bareRepository();
    await expect(findObject(`${gitDir}-absent`, 'main')).rejects.toThrow(/cat-file/);
    expect(await findObject(gitDir, 'main')).toBeNull();
  });
});

describe('a commit read from its object', () => {
  const plain = ['author A U Thor <a@example.com> 1700000000 +0530', 'committer C <c@example.com> 1700000060 -0800'];
  const signed = [
    ...plain,
    'gpgsig -----BEGIN PGP SIGNATURE-----',
    ' author X <x@x> 1 +0000',
    ' =abc',
    ' -----END-----',
  ];

  it.each([
    ['an ordinary one', plain, 'Title\n\nBody with ünïcode\n\nTrailer: x\n'],
    ['one without a body', plain, 'Title'],
    ['an empty message', plain, ''],
    ['a message that begins with empty lines', plain, '\n\n  Title\n'],
    ['a signed one', signed, 'Title\n\nauthor of nothing <a@b> 1 +0000\n'],
    ["nobody's", ['author  <> 0 +0000', 'committer  <> 0 +0000'], 'Title\n'],
    ['one in another encoding', [...plain, 'encoding ISO-8859-1'], Buffer.from('Gr\xfc\xdfe\n', 'latin1')],
    ['one with bytes that are no text', plain, Buffer.from([0x61, 0xff, 0x0a])],
  ])('says the same as git log: %s', async (_, lines, message) => {
    const gitDir = await bareRepository();
    const parent = await commitFiles(gitDir, MAIN, { a: '1' });
    const tree = (await git(['rev-parse', `${parent}^{tree}`], { gitDir })).stdout.trim();
    const head = [`tree ${tree}`, `parent ${parent}`, ...lines].join('\n');
    const input = Buffer.concat([Buffer.from(`${head}\n\n`), Buffer.from(message as string)]);
    const made = await git(['hash-object', '-t', 'commit', '-w', '--stdin', '--literally'], { gitDir, input });
    const sha = made.stdout.trim();
    const format = '--format=%H%n%T%n%P%n%an%n%ae%n%at%n%cn%n%ce%n%ct%n%B';
    const [id, treeId, parents, an, ae, at, cn, ce, ct, ...body] = (
      await git(['log', '--no-walk', format, sha], { gitDir })
    ).stdout.split('\n');
    const date = (seconds = ''): string => new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z');
    expect(await readCommit(gitDir, sha)).toEqual({
      sha: id,
      tree: treeId,
      parents: [parents],
      author: { name: an, email: ae, date: date(at) },
      committer: { name: cn, email: ce, date: date(ct) },
      message: body.join('\n').trimEnd(),
    });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from '../../src/text/markdown.ts';
import { rewordIssue } from '../../src/text/reword.ts';

const words = (text: string) => ({ title: text, block: quote(text) });
const before = words('Old words\nof two lines');
const after = words('New words');
const body = `Part of #7.\n\n${before.block}\n\n### Needs\n\nNothing.\n\n<!-- muster:x -->\n`;
const reworded = (text: string, title = before.title) => rewordIssue({ title, body: text }, before, after);

describe('the text of a sub-issue', () => {
  it('has the item replaced and keeps everything else', () => {
    const said = `A note of mine.\n\n${body}\nAnd one below.`;
    expect(reworded(said)).toEqual({ title: 'New words', body: said.replace(before.block, after.block), kept: false });
  });

  it('that quotes nothing is never taken for one that quotes an empty item', () => {
    const nothing = { title: 'Old words', block: '' };
    expect(rewordIssue({ title: 'Old words', body: 'Mine.' }, nothing, after)).toEqual({
      title: 'New words',
      body: 'Mine.',
      kept: true,
    });
  });

  it('keeps the line ends that an editor gave it', () => {
    const crlf = body.replaceAll('\n', '\r\n');
    expect(reworded(crlf).body).toBe(body.replace(before.block, after.block).replaceAll('\n', '\r\n'));
  });

  it.each([
    ['changed', body.replace('Old', 'My')],
    ['quoted on', body.replace(before.block, `${before.block}\n> and more`)],
    ['part of a larger quote', body.replace(before.block, `> more\n${before.block}`)],
    ['not there', 'All my own words.'],
    ['within a line', 'See > Old words\n> of two lines'],
  ])('stays where what we wrote is %s', (_, said) => {
    expect(reworded(said)).toMatchObject({ body: said, kept: true });
  });

  it('needs nothing where an item is but a pointer to it', () => {
    expect(rewordIssue({ title: 'T', body: 'New words\r\n' }, before, after)).toMatchObject({ kept: false });
  });

  it('and a title that is not ours stay', () => {
    expect(reworded(body, 'My title')).toMatchObject({ title: 'My title', kept: false });
  });
});

it('rewording twice is rewording once, and back again is as before', () => {
  const line = fc.stringMatching(/^[a-z]{1,3}( [a-z#>*]{1,3}){0,3}$/);
  const text = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, text, text, (above, old, fresh, below) => {
      const [from, to] = [words(old), words(fresh)];
      const issue = { title: old, body: `${above}\n\n${from.block}\n\n${below}\n` };
      const once = rewordIssue(issue, from, to);
      expect(once.kept).toBe(false);
      expect(once.body).toContain(to.block);
      const unique = !issue.body.includes(to.block) && !above.includes('>') && !below.includes('>');
      if (unique) expect(rewordIssue(once, to, from)).toMatchObject({ title: issue.title, body: issue.body });
      if (unique) expect(rewordIssue(once, from, to)).toEqual(once);
    }),
  );
});

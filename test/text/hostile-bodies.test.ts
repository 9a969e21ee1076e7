import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/core/plan.ts';
import { markBody } from '../../src/text/body-marks.ts';
import { parseChecklist } from '../../src/text/checklist.ts';
import { compilePlan } from '../../src/text/compile-plan.ts';
import { planJson } from '../../src/text/plan-json.ts';
import { redact } from '../../src/text/redact.ts';
import { parseSlashCommands } from '../../src/text/slash.ts';

const size = 65_536;
const fill = (piece: string): string => piece.repeat(Math.floor(size / piece.length));

const bodies: Readonly<Record<string, string>> = {
  'opening brackets': fill('['),
  'closing brackets': fill(']'),
  'empty boxes': fill('[ ]'),
  'quotes in quotes': fill('>'),
  'lists in lists': fill('- '),
  'numbers in numbers': fill('1. '),
  'quotes in lists': fill('> - '),
  'ever deeper lists': Array.from({ length: 250 }, (_, i) => `${' '.repeat(2 * i)}- [ ] a`).join('\n'),
  'underlined headings': fill('a\n=\n'),
  'one-letter items': fill('- a\n'),
  'items in one item': `- [ ] all\n${fill('  - [ ] b\n')}`,
  'five lists per line': fill('- - - - - a\n'),
  'lazy lines': `${'- '.repeat(9)}a\n${fill('b\n')}`,
  'quotes in an item': `- a\n${fill('  > > > a\n\n')}`,
  stars: fill('**a *b '),
  links: fill('[a](b'),
  comments: fill('<!--'),
  footnotes: fill('[^a]:'),
  'a wide table': `${'|a'.repeat(1000)}|\n${'|-'.repeat(1000)}|\n${fill('|\n')}`,
  'marks of all kinds': fill('*_~`[<'),
  'dependency words': `- [ ] ${fill('depends on 1 ')}`,
  'dependencies of many': fill('- [ ] a depends on "a", #1-#90, item 3 and b\n'),
  'all of the above': fill('- [ ] a, needs all of the above\n'),
  'words without spaces': `- [ ] ${fill('a.b/c-d')}`,
  references: `- [ ] ${fill('a/b#1,')}`,
  'estimates that are none': `- [ ] ${fill('(~1,000 ')}`,
  'links at the end': `- [ ] a${fill(' (#1)')}`,
  'brackets in a heading': `# ${'()'.repeat(20_000)}\n${'- [ ] a\n'.repeat(500)}`,
  'words of what is so': `- [ ] ${fill('all tests are ')}`,
  'words that end alike': fill('- [ ] added tested created (\n'),
  'question marks': `- [ ] ${fill('?(')}\n- [ ] a?`,
  asterisks: fill('*'),
  'opening parentheses': fill('('),
  'a tall table': `| # | task | blocked by |\n|---|---|---|\n${fill('| #7 | a |#1|\n')}`,
  'a list 200 deep with links': Array.from({ length: 200 }, (_, i) => `${' '.repeat(i)}- [ ] a (#${i})`).join('\n'),
  'phrases of all languages': `- [ ] ${fill('after #1, abhängig von 2, 依赖 #3, dépend de 4; ')}`,
  'a long list of blockers': `- [ ] a\n- [ ] b, blocked by ${fill('#1, #2 and item 1, ')}`,
  'half characters': fill('- [ ] \ud800\n'),
  NULs: fill('- [ ] \u0000 a\n'),
  'many spaces': `- [ ] a${fill(' ')}b`,
};

/** Generous for a slow machine; what this guards against took between 5 and 140 seconds. */
const limitMs = 4_000;

/** Milliseconds of this process's own time: what else the machine is busy with does not count. */
function timed(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

describe('65,536 characters', () => {
  it.each(Object.keys(bodies))('of %s are read in time', (name) => {
    const body = bodies[name] ?? '';
    expect(timed(() => planJson(body))).toBeLessThan(limitMs);
  });

  it.each(['closing brackets', 'lists in lists', 'five lists per line', 'one-letter items', 'half characters', 'NULs'])(
    'of %s are planned in time, and refused in words or marked by links alone',
    (name) => {
      const body = bodies[name] ?? '';
      const base = { settings: {}, flags: {}, subIssues: [], agents: ['default'], basePolicy: defaultPolicy };
      let compiled = compilePlan({ body: '', ...base });
      expect(timed(() => (compiled = compilePlan({ body, ...base })))).toBeLessThan(limitMs);
      if (!compiled.ok) return expect(compiled.problems[0]?.message).not.toBe('');
      const marks = compiled.plan.tasks.map(({ title, line }, at) => ({
        title,
        line,
        issue: 7_000 + at,
        ticked: false,
      }));
      return expect(markBody(body, marks).body.replace(/ \(#7\d{3}\)/g, '')).toBe(body);
    },
  );

  it.each(['closing brackets', 'lists in lists', 'five lists per line'])(
    'of %s are marked and heard in time',
    (name) => {
      const body = bodies[name] ?? '';
      expect(timed(() => markBody(body, [{ title: 'a', line: 1, issue: 7, ticked: true }]))).toBeLessThan(limitMs);
      expect(timed(() => parseSlashCommands(`/muster run\n${body}`))).toBeLessThan(limitMs);
    },
  );

  it('of an ordinary plan are read whole, and well under a second', () => {
    const item =
      '- [ ] **Extract** the `session` module from [core](https://x.test/core) (#12)\n  - Depends on: item 2\n\n';
    const body = fill(item);
    let count = 0;
    expect(timed(() => (count = parseChecklist(body).items.length))).toBeLessThan(limitMs);
    expect(count).toBe(Math.floor(size / item.length));
    expect(parseChecklist(body).warnings.map(({ code }) => code)).toEqual(['self-dependency']);
  });

  it('that were cut short say so', () => {
    expect(parseChecklist(bodies['quotes in lists'] ?? '').warnings.map(({ code }) => code)).toContain('unreadable');
    expect(parseChecklist(bodies['items in one item'] ?? '').warnings.map(({ code }) => code)).toContain('unreadable');
  });

  it('keep what stands before and after the hostile part', () => {
    const body = `- [ ] first\n\n${'> '.repeat(20_000)}\n\n- [ ] last\n`;
    expect(parseChecklist(body).items.map(({ title }) => title)).toEqual(['first', 'last']);
  });
});

describe('patterns of secrets', () => {
  it.each([
    'ghs_',
    'eyJ',
    'sk-',
    '-----BEGIN A KEY-----',
    'Bearer ',
    '://',
    '-----BEGIN ',
    'a:b@',
    'AKIA',
    'eyJaaaaaaaaaa.',
  ])('take time linear in a text full of %j', (piece) => {
    const text = piece.repeat(400_000 / piece.length);
    expect(timed(() => redact(text, ['another-secret']))).toBeLessThan(limitMs);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitLines } from '../../src/proc/lines.ts';

function linesOf(bytes: Buffer, step: number, lineBytes = 1_000): string[] {
  const lines: string[] = [];
  const splitter = splitLines(lineBytes, (line) => lines.push(line));
  for (let at = 0; at < bytes.length; at += step) splitter.push(bytes.subarray(at, at + step));
  splitter.flush();
  return lines;
}

describe('splitLines', () => {
  it('does not depend on how the bytes arrive', () => {
    const words = fc.array(fc.stringMatching(/^[a-zé€]{1,9}$/), { minLength: 1 });
    fc.assert(
      fc.property(
        words,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.integer({ min: 1, max: 20 }),
        (lines, eol, last, step) => {
          const text = lines.join(eol) + (last ? eol : '');
          expect(linesOf(Buffer.from(text), step)).toEqual(lines);
        },
      ),
    );
  });

  it('hands out empty lines', () => {
    expect(linesOf(Buffer.from('\n\na\n'), 100)).toEqual(['', '', 'a']);
  });

  it('cuts a long line and goes on with the next', () => {
    expect(linesOf(Buffer.from(`${'x'.repeat(500)}\nshort\n`), 7, 10)).toEqual(['xxxxxxxxxx', 'short']);
  });
});

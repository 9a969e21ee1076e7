import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CappedBuffer } from '../../src/proc/capped-buffer.ts';

function filled(capacity: number, ...chunks: string[]): CappedBuffer {
  const buffer = new CappedBuffer(capacity);
  for (const chunk of chunks) buffer.push(Buffer.from(chunk));
  return buffer;
}

describe('CappedBuffer', () => {
  it('gives back exactly what fits', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.nat(50), (chunks, spare) => {
        const whole = chunks.join('');
        const buffer = filled(Buffer.byteLength(whole) + spare, ...chunks);
        expect(buffer.text()).toBe(Buffer.from(whole).toString());
        expect(buffer.truncated).toBe(false);
      }),
    );
  });

  it('keeps a prefix and a suffix of whole lines otherwise', () => {
    const lines = fc.array(fc.stringMatching(/^[a-zé]{0,9}$/), { minLength: 30, maxLength: 200 });
    fc.assert(
      fc.property(
        lines,
        fc.integer({ min: 50, max: 100 }),
        fc.integer({ min: 1, max: 40 }),
        (words, capacity, step) => {
          const whole = words.map((word) => `${word}\n`).join('');
          const bytes = Buffer.from(whole);
          const buffer = new CappedBuffer(capacity);
          for (let at = 0; at < bytes.length; at += step) buffer.push(bytes.subarray(at, at + step));
          expect(buffer.bytes).toBe(bytes.length);
          expect(buffer.truncated).toBe(bytes.length > capacity);
          if (!buffer.truncated) return;
          const [, head = '', left = '', tail = ''] =
            /^(.*)\[\.\.\. (\d+) bytes left out \.\.\.\]\n(.*)$/s.exec(buffer.text()) ?? [];
          expect(whole.startsWith(head) && whole.endsWith(tail)).toBe(true);
          expect(head === '' || head.endsWith('\n')).toBe(true);
          expect(Buffer.byteLength(head) + Buffer.byteLength(tail) + Number(left)).toBe(bytes.length);
        },
      ),
    );
  });

  it('never shows half a character, nor half a line where it can', () => {
    expect(filled(10, 'ab\nsecret-token-that-is-long\nyz\n').text()).toBe('ab\n[... 26 bytes left out ...]\nyz\n');
    expect(filled(7, 'éééééééé').text()).toBe('é\n[... 10 bytes left out ...]\néé');
  });

  it('takes one chunk larger than everything, and a capacity of nothing', () => {
    expect(filled(8, `${'x'.repeat(1000)}\n`, 'abc').text()).toBe('xxxx\n[... 997 bytes left out ...]\nabc');
    expect(filled(0, 'abc').text()).toBe('[... 3 bytes left out ...]\n');
  });
});

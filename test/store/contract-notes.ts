import { describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../src/store/open-database.ts';
import { noon } from './examples.ts';
import { useStore } from './store-under-test.ts';

export function describeNotes(name: string, open: () => Promise<OpenDatabase>): void {
  describe(`notes: ${name}`, () => {
    const tested = useStore(open);

    it('keeps the last value under each name, and how old it is', async () => {
      const { notes } = tested.store;
      await notes.write('merge a', { base: 'x\0y' });
      await notes.write('gap 100%_', 1);
      tested.now = noon + 5_000;
      await notes.write('merge b', [2]);
      await notes.write('merge a', { base: null });
      tested.now = noon + 6_000;
      expect(await notes.read('merge ')).toEqual([
        { key: 'merge a', value: { base: null }, ageMs: 1_000 },
        { key: 'merge b', value: [2], ageMs: 1_000 },
      ]);
      expect(await notes.read('gap 100%_')).toEqual([{ key: 'gap 100%_', value: 1, ageMs: 6_000 }]);
      expect(await notes.read('gap 100x')).toEqual([]);
    });

    it('forgets what is erased, and only that', async () => {
      const { notes } = tested.store;
      await notes.write('merge a', 1);
      await notes.write('merge ab', 2);
      await notes.erase('merge a');
      await notes.erase('merge c');
      expect((await notes.read('merge')).map(({ key }) => key)).toEqual(['merge ab']);
    });
  });
}

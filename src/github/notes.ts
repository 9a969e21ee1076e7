import type { Notes } from '../engine/ports.ts';

/** Notes that end with the process: for tests of this room, and until the store is open. */
export function notesInMemory(): Notes {
  const kept = new Map<string, { readonly value: unknown; readonly at: number }>();
  return {
    async write(key, value) {
      kept.set(key, { value, at: Date.now() });
    },
    async erase(key) {
      kept.delete(key);
    },
    async read(prefix) {
      const found = [...kept].filter(([key]) => key.startsWith(prefix));
      return found.map(([key, { value, at }]) => ({ key, value, ageMs: Date.now() - at }));
    },
  };
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Entry {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '..', '..');
const lock: { readonly packages: Readonly<Record<string, Entry>> } = JSON.parse(
  readFileSync(join(root, 'package-lock.json'), 'utf8'),
);

describe('package-lock.json', () => {
  it('holds the optional packages of every platform, so that npm ci works on all of them', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        (name) =>
          path !== '' &&
          lock.packages[`node_modules/${name}`] === undefined &&
          lock.packages[`${path}/node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
    expect(Object.keys(lock.packages).filter((path) => path.includes('@biomejs/cli-')).length).toBeGreaterThan(4);
  });

  it('names no registry, so that it holds for all of them', () => {
    for (const file of ['package-lock.json', 'test/conformance/package-lock.json']) {
      expect(readFileSync(join(root, file), 'utf8')).not.toMatch(/"resolved"|https?:\/\/registry/);
    }
  });
});

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The table of DESIGN section 2: which rooms a room may import, and which packages. `node:` is said apart. */
const house: Readonly<
  Record<
    string,
    {
      readonly rooms: readonly string[];
      readonly packages: readonly string[];
      readonly node: 'all' | readonly string[];
    }
  >
> = {
  core: { rooms: [], packages: [], node: [] },
  text: { rooms: ['core'], packages: ['unified', 'remark-', 'mdast', 'unist', 'micromark', 'yaml', 'zod'], node: [] },
  engine: { rooms: ['core', 'text'], packages: [], node: ['node:crypto'] },
  git: { rooms: [], packages: ['execa'], node: 'all' },
  proc: { rooms: [], packages: [], node: 'all' },
  github: { rooms: ['core', 'engine/ports', 'text', 'git'], packages: ['probot', '@octokit/', 'pino'], node: 'all' },
  store: { rooms: ['core', 'engine/ports', 'text'], packages: ['kysely', 'pg', '@electric-sql/pglite'], node: 'all' },
  queue: { rooms: ['core', 'engine/ports'], packages: ['bullmq', 'ioredis'], node: 'all' },
  agents: { rooms: ['core', 'engine/ports', 'text', 'git', 'proc'], packages: ['yaml', 'zod'], node: 'all' },
  sandbox: {
    rooms: ['git', 'proc'],
    packages: [
      'hono',
      '@hono/',
      'graphql',
      '@octokit/graphql-schema',
      '@mermaid-js/tiny',
      'unified',
      'remark-',
      'rehype-',
      'mdast',
      'hast',
      'unist',
    ],
    node: 'all',
  },
  apps: {
    rooms: ['core', 'text', 'engine', 'git', 'proc', 'github', 'store', 'queue', 'agents', 'sandbox'],
    packages: ['commander', 'hono', 'pino', 'zod', 'yaml'],
    node: 'all',
  },
};

const src = join(import.meta.dirname, '..', 'src');

function filesBelow(dir: string): readonly string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? filesBelow(path) : path.endsWith('.ts') ? [path] : [];
  });
}

const files = filesBelow(src);
const sourceOf = new Map(files.map((file) => [relative(src, file), readFileSync(file, 'utf8')]));

function importsOf(text: string): readonly string[] {
  return [
    ...text.matchAll(/^(?:import|export)\s(?:[^'"]*?\sfrom\s)?'([^']+)'/gm),
    ...text.matchAll(/\bimport\('([^']+)'\)/g),
  ].flatMap((match) => match[1] ?? []);
}

function problemsOf(file: string, text: string): readonly string[] {
  const room = file.split('/')[0] ?? '';
  const rule = house[room];
  if (rule === undefined) return [`${file}: the house has no room "${room}"`];
  return importsOf(text).flatMap((target) => {
    if (target.startsWith('.')) {
      const to = relative(src, join(src, dirname(file), target));
      const [other = ''] = to.split('/');
      if (other === room) return [];
      const allowed = rule.rooms.some((one) => (one.includes('/') ? to === `${one}.ts` : other === one));
      return allowed ? [] : [`${file} imports ${to}`];
    }
    if (target.startsWith('node:'))
      return rule.node === 'all' || rule.node.includes(target) ? [] : [`${file} imports ${target}`];
    if (builtinModules.includes(target)) return [`${file} imports ${target} without node:`];
    return rule.packages.some(
      (one) =>
        target === one ||
        target.startsWith(one.endsWith('-') || one.endsWith('/') ? one : `${one}/`) ||
        (/^(mdast|unist|hast|micromark)$/.test(one) && target.startsWith(one)),
    )
      ? []
      : [`${file} imports the package ${target}`];
  });
}

describe('the house', () => {
  it('is seen at all', () => {
    expect(files.length).toBeGreaterThan(100);
    for (const room of Object.keys(house))
      expect(
        [...sourceOf.keys()].some((file) => file.startsWith(`${room}/`)),
        `room ${room}`,
      ).toBe(true);
  });

  it('keeps its walls', () => {
    expect([...sourceOf].flatMap(([file, text]) => problemsOf(file, text))).toEqual([]);
  });

  it('notices a broken wall', () => {
    expect(
      problemsOf(
        'core/x.ts',
        "import { readFileSync } from 'node:fs';\nimport { git } from '../git/run.ts';\nimport type { A } from 'yaml';",
      ),
    ).toHaveLength(3);
    expect(problemsOf('github/x.ts', "import { advance } from '../engine/advance.ts';")).toHaveLength(1);
  });

  it('has no two folders that import each other, and no cycle of files, types counted', () => {
    const edges = new Map(
      [...sourceOf].map(([file, text]) => [
        file,
        importsOf(text)
          .filter((one) => one.startsWith('.'))
          .map((one) => relative(src, join(src, dirname(file), one))),
      ]),
    );
    const pairs = new Set(
      [...edges].flatMap(([file, targets]) =>
        targets.filter((to) => dirname(to) !== dirname(file)).map((to) => `${dirname(file)} ${dirname(to)}`),
      ),
    );
    expect([...pairs].filter((pair) => pairs.has(pair.split(' ').reverse().join(' ')))).toEqual([]);
    const state = new Map<string, 'open' | 'done'>();
    const visit = (file: string, path: readonly string[]): readonly string[] => {
      if (state.get(file) === 'open') return [[...path, file].join(' -> ')];
      if (state.has(file)) return [];
      state.set(file, 'open');
      const found = (edges.get(file) ?? []).flatMap((to) => visit(to, [...path, file]));
      state.set(file, 'done');
      return found;
    };
    expect([...edges.keys()].flatMap((file) => visit(file, []))).toEqual([]);
  });

  it('keeps files below 400 lines and chance out of the core', () => {
    expect([...sourceOf].filter(([, text]) => text.split('\n').length > 401).map(([file]) => file)).toEqual([]);
    const pure = [...sourceOf].filter(([file]) => /^(core|text|engine)\//.test(file));
    expect(pure.filter(([, text]) => text.includes('Math.random')).map(([file]) => file)).toEqual([]);
  });
});

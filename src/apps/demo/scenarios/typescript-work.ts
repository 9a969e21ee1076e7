/** The migration example: generated modules in JavaScript and in TypeScript, a loader that strips types, and the tests. */
import { sourceFile, testFile } from './parts.ts';

export interface Directory {
  readonly name: string;
  readonly files: number;
  readonly lines: number;
  readonly minutes: number;
  /** The directory it imports from. */
  readonly below: string | null;
}

/** Files, lines and minutes of the example. */
export const directories: readonly Directory[] = [
  { name: 'utils', files: 23, lines: 1200, minutes: 32, below: null },
  { name: 'models', files: 15, lines: 800, minutes: 28, below: 'utils' },
  { name: 'services', files: 18, lines: 950, minutes: 30, below: 'models' },
  { name: 'api', files: 12, lines: 700, minutes: 25, below: 'services' },
  { name: 'middleware', files: 8, lines: 400, minutes: 18, below: 'api' },
];

export function javascriptFiles(directory: Directory): Readonly<Record<string, string>> {
  return Object.fromEntries(
    partsOf(directory).map((n) => [`${directory.name}/part${n}.js`, moduleText(directory, n, false)]),
  );
}

export function migratedFiles(directory: Directory): Readonly<Record<string, string | null>> {
  const { name } = directory;
  return Object.fromEntries(
    partsOf(directory).flatMap((n) => [
      [`${name}/part${n}.js`, null],
      [`${name}/part${n}.ts`, moduleText(directory, n, true)],
    ]),
  );
}

function partsOf({ files }: Directory): readonly number[] {
  return Array.from({ length: files }, (_, index) => index + 1);
}

/** About as many lines as the example has per file: `plusN` adds N, in all but the lowest directory with its help. */
function moduleText({ files, lines, below }: Directory, part: number, typed: boolean): string {
  const count = Math.round((lines / files - 3) / 5);
  const source = `'../${below}/part1.js'`;
  const imports = below === null ? [] : [`import { plus1 as fromBelow } from ${source};`];
  const types =
    below === null
      ? ['export type Amount = number;']
      : [`import type { Amount } from ${source};`, '', 'export type { Amount };'];
  const functions = Array.from({ length: count }, (_, index) => {
    const n = (part - 1) * count + 1 + index;
    const head = typed ? `plus${n}(value: Amount): Amount` : `plus${n}(value)`;
    const sum = below === null ? `value + ${n}` : `fromBelow(value) + ${n - 1}`;
    return [`/** Adds ${n}. */`, `export function ${head} {`, `  return ${sum};`, '}', ''].join('\n');
  });
  return [...imports, ...(typed ? types : []), '', ...functions].join('\n').trimStart();
}

export const loader = "import { register } from 'node:module';\n\nregister('./hooks.js', import.meta.url);\n";

/** Node 20 runs no TypeScript by itself: types are taken out, which is enough for annotations of functions. */
export const hooks = sourceFile(
  ["import { readFile } from 'node:fs/promises';"],
  `/** As TypeScript wants it: an import of part1.js finds part1.ts. */
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!specifier.startsWith('.') || !specifier.endsWith('.js')) throw error;
    return next(specifier.replace(/\\.js$/, '.ts'), context);
  }
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const source = await readFile(new URL(url), 'utf8');
  return { format: 'module', shortCircuit: true, source: withoutTypes(source) };
}

function withoutTypes(source) {
  return source
    .replace(/^(?:import|export) type .*$/gm, '')
    .replace(/^(export function \\w+)\\((.*)\\): \\w+ \\{$/gm, (_, head, parameters) => \`\${head}(\${parameters.replace(/: \\w+/g, '')}) {\`);
}
`,
);

/** Holds for JavaScript and TypeScript alike: a migration changes nothing that can be seen from outside. */
export const modulesTest = testFile(
  "import { readdirSync } from 'node:fs';",
  '',
  `for (const directory of ${JSON.stringify(directories.map(({ name }) => name))})`,
  '  test(`${directory}/ does what it did`, async () => {',
  '    for (const name of readdirSync(directory))',
  '      for (const [title, part] of Object.entries(await import(`../${directory}/${name}`)))',
  '        assert.equal(part(1), 1 + Number(title.slice(4)), `${directory}/${name}: ${title}`);',
  '  });',
);

export const buildTest = testFile(
  "import { existsSync, readFileSync } from 'node:fs';",
  '',
  "test('the build is strict and covers directories that exist', () => {",
  "  const { compilerOptions, include } = JSON.parse(readFileSync('tsconfig.json', 'utf8'));",
  '  assert.equal(compilerOptions.strict, true);',
  "  for (const directory of include) assert.ok(directory === 'types' || existsSync(directory), directory);",
  '});',
);

/** What is TypeScript by now has to be typed; what is not migrated yet is left alone. */
export const configTest = testFile(
  "import { existsSync, readdirSync, readFileSync } from 'node:fs';",
  "import { dirname, join } from 'node:path';",
  '',
  `const directories = ${JSON.stringify(directories.map(({ name }) => name))};`,
  "const files = directories.flatMap((name) => readdirSync(name).filter((file) => file.endsWith('.ts')).map((file) => join(name, file)));",
  '',
  "test('each function of a TypeScript file says what it takes and gives', () => {",
  '  for (const file of files)',
  "    for (const [line] of readFileSync(file, 'utf8').matchAll(/^export function .*$/gm))",
  '      assert.match(line, /\\((?:\\w+: \\w+(?:, )?)*\\): \\w+ \\{$/, `${file}: ${line}`);',
  '});',
  '',
  "test('an imported type is exported where it comes from', () => {",
  '  for (const file of files)',
  "    for (const [, name, from] of readFileSync(file, 'utf8').matchAll(/^import type \\{ (\\w+) \\} from '(.*)\\.js';$/gm)) {",
  '      const source = `${join(dirname(file), from)}.ts`;',
  "      if (existsSync(source)) assert.match(readFileSync(source, 'utf8'), new RegExp(`^export type (?:\\\\{ )?${name}\\\\b`, 'm'), file);",
  '    }',
  '});',
  '',
  "test('no file is there twice', () => {",
  "  for (const file of files) assert.ok(!existsSync(file.replace(/ts$/, 'js')), file);",
  '});',
);

export const declarationsTest = testFile(
  "import { readFileSync } from 'node:fs';",
  '',
  "const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));",
  'for (const name of Object.keys(dependencies))',
  '  test(`${name} has its types declared`, () => {',
  "    assert.ok(readFileSync(`types/${name}.d.ts`, 'utf8').includes(`declare module '${name}'`));",
  '  });',
);

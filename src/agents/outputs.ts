/** Handing on: are the outputs that the plan declares among the files, and under which path? */
import type { Artifact } from '../core/attempt.ts';
import type { DeclaredOutput } from '../core/plan.ts';
import { listTree, showFile } from '../git/plumbing.ts';
import type { NamedPath } from './outcome.ts';
import type { Finding } from './verdict.ts';

/** Characters of one text that is kept because no pull request carries it, and of all of them together. */
const LONGEST_TEXT = 8_000;
const LONGEST_TEXTS = 24_000;

export interface FoundOutputs {
  readonly found: readonly Artifact[];
  readonly missing: readonly DeclaredOutput[];
  /** What was looked for, in words. */
  readonly looked: readonly string[];
}

/**
 * A path in the plan is the place. Without one: what the agent's outcome file names so, else any file whose name
 * without its ending is the output's. `withText`: the contents are kept as well. Beside the declared ones, files that
 * the outcome file names are found too.
 */
export async function findOutputs(
  gitDir: string,
  tree: string,
  declared: readonly DeclaredOutput[],
  named: readonly NamedPath[],
  withText: boolean,
): Promise<FoundOutputs> {
  if (declared.length === 0 && (named.length === 0 || !withText)) return { found: [], missing: [], looked: [] };
  const paths = (await listTree(gitDir, tree)).map(({ path }) => path);
  const places = declared.map((output) => ({ output, path: placeOf(output, named, paths) }));
  const taken = new Set(places.map(({ path }) => path));
  const more = withText ? named.filter(({ path }) => paths.includes(path) && !taken.has(path)).slice(0, 20) : [];
  const found = [
    ...places.flatMap(({ output: { name }, path }) => (path === null ? [] : [{ name, path }])),
    ...more.map(({ name, path }) => ({ name: name ?? path, path })),
  ];
  const missing = places.flatMap(({ output, path }) => (path === null ? [output] : []));
  return {
    found: withText ? await read(gitDir, tree, found) : found.map((one) => ({ ...one, text: null })),
    missing,
    looked: missing.map(({ name, path }) =>
      path === null
        ? `no file is named ${name} (with any ending), and the outcome file names none for it`
        : `there is no file ${path} for ${name}`,
    ),
  };
}

export function missingOutputs(missing: readonly DeclaredOutput[]): Finding {
  const names = missing.map(({ name }) => `"${name}"`).join(', ');
  return { class: 'artifact_missing', message: `The agent did not hand on ${names}, which the plan asks for.` };
}

function placeOf(output: DeclaredOutput, named: readonly NamedPath[], paths: readonly string[]): string | null {
  if (output.path !== null) return paths.includes(output.path) ? output.path : null;
  const wanted = plain(output.name);
  const claimed = named.find(({ name, path }) => plain(name ?? stem(path)) === wanted && paths.includes(path));
  if (claimed !== undefined) return claimed.path;
  return paths.find((path) => plain(stem(path)) === wanted) ?? null;
}

function stem(path: string): string {
  const name = path.split('/').at(-1) ?? path;
  const dot = name.indexOf('.', 1);
  return dot === -1 ? name : name.slice(0, dot);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

async function read(
  gitDir: string,
  tree: string,
  files: readonly { readonly name: string; readonly path: string }[],
): Promise<readonly Artifact[]> {
  const read: Artifact[] = [];
  let left = LONGEST_TEXTS;
  for (const { name, path } of files) {
    const bytes = await showFile(gitDir, tree, path);
    const whole = bytes === null || bytes.includes(0) ? '' : new TextDecoder().decode(bytes);
    const text = whole.slice(0, Math.min(LONGEST_TEXT, left));
    left -= text.length;
    read.push({ name, path, text });
  }
  return read;
}

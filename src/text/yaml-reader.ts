/** Reads a YAML tree key by key and collects everything that is wrong with it: line, key, nearest valid key. */
import { nearest } from './nearest.ts';
import type { ReadValue } from './values.ts';
import type { YamlProblem, YamlTree } from './yaml-tree.ts';

export type KeyReaders = Readonly<Record<string, (value: YamlTree) => void>>;

export interface YamlReader {
  readonly problems: readonly YamlProblem[];
  readonly problem: (line: number, what: string, remedy: string) => void;
  /** Calls the reader of each key; what no reader knows is a problem. `refused` are known, but nobody's suggestion. */
  readonly map: (tree: YamlTree, what: string, keys: KeyReaders, refused?: KeyReaders) => boolean;
  readonly list: (tree: YamlTree, key: string) => readonly YamlTree[];
  /** One value or a list of them, as texts of at most 500 characters. */
  readonly texts: (tree: YamlTree, key: string) => readonly string[];
  readonly text: (tree: YamlTree, key: string) => string | null;
  readonly flag: (tree: YamlTree, key: string) => boolean | null;
  /** A value by one of the readers of `values.ts`. */
  readonly value: <Value>(tree: YamlTree, key: string, read: (text: string) => ReadValue<Value>) => Value | null;
}

const mostText = 500;

export function createYamlReader(): YamlReader {
  const problems: YamlProblem[] = [];
  const problem = (line: number, what: string, remedy: string): void => {
    problems.push({ line, what, remedy });
  };

  function text(tree: YamlTree, key: string): string | null {
    if (tree.kind === 'plain' && tree.value !== null) return String(tree.value).slice(0, mostText);
    problem(tree.line, `"${key}" needs one plain value`, `Write "${key}: …" on one line, without lists or anchors.`);
    return null;
  }

  return {
    problems,
    problem,
    map(tree, what, keys, refused = {}) {
      if (tree.kind !== 'map') {
        problem(tree.line, `${what} is not a list of keys`, 'Write one "key: value" per line.');
        return false;
      }
      for (const { key, line, value } of tree.entries) {
        const read = Object.hasOwn(refused, key) ? refused[key] : Object.hasOwn(keys, key) ? keys[key] : undefined;
        if (read === undefined) problem(line, `there is no key "${key.slice(0, 60)}"${inside(what)}`, help(key, keys));
        else read(value);
      }
      return true;
    },
    list(tree, key) {
      if (tree.kind === 'list') return tree.items;
      problem(tree.line, `"${key}" needs a list`, 'Write one "- …" per line below it.');
      return [];
    },
    texts(tree, key) {
      const items = tree.kind === 'list' ? tree.items : [tree];
      return items.flatMap((item) => text(item, key) ?? []);
    },
    text,
    flag(tree, key) {
      if (tree.kind === 'plain' && typeof tree.value === 'boolean') return tree.value;
      const said = tree.kind === 'plain' ? `, not "${String(tree.value).slice(0, 60)}"` : '';
      problem(tree.line, `"${key}" needs true or false${said}`, `Correct the value of "${key}".`);
      return null;
    },
    value(tree, key, read) {
      const said = text(tree, key);
      if (said === null) return null;
      const result = read(said.slice(0, 200));
      if (result.ok) return result.value;
      problem(tree.line, `"${key}" ${result.problem}`, `Correct the value of "${key}".`);
      return null;
    },
  };
}

function inside(what: string): string {
  return what === 'it' ? '' : ` in ${what}`;
}

function help(key: string, keys: Readonly<Record<string, unknown>>): string {
  const meant = nearest(key, Object.keys(keys));
  return meant === null ? `Known keys: ${Object.keys(keys).join(', ')}.` : `Did you mean "${meant}"?`;
}

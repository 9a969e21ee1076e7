/** YAML that people write, as a small tree with lines. Aliases, tags and depth that could hurt are problems, never thrown. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

export interface YamlEntry {
  readonly key: string;
  readonly line: number;
  readonly value: YamlTree;
}

/** `line` is 1-based in the text. */
export type YamlTree =
  | { readonly kind: 'map'; readonly line: number; readonly entries: readonly YamlEntry[] }
  | { readonly kind: 'list'; readonly line: number; readonly items: readonly YamlTree[] }
  | { readonly kind: 'plain'; readonly line: number; readonly value: string | number | boolean | null }
  | { readonly kind: 'odd'; readonly line: number };

export interface YamlProblem {
  readonly line: number;
  readonly what: string;
  readonly remedy: string;
}

export type ReadYaml =
  | { readonly ok: true; readonly root: YamlTree | null }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

const mostBytes = 65_536;
const mostDepth = 12;
const plainRemedy = 'Write one "key: value" per line.';

/** `root` null: nothing but white space and comments. `firstLine`: where the text begins in its document. Never throws. */
export function readYamlTree(text: string, firstLine = 1): ReadYaml {
  const refuse = (what: string, remedy: string): ReadYaml => ({ ok: false, problems: [{ line: 0, what, remedy }] });
  if (text.length > mostBytes)
    return refuse(`it is larger than ${mostBytes / 1024} KB`, 'Keep only the documented keys.');
  const counter = new LineCounter();
  const document = isDeep(text) ? null : parse(text, counter);
  if (document === null) return refuse('it is nested too deeply', 'Keep one "key: value" per line.');
  if (document.errors.length > 0) {
    const problems = document.errors.slice(0, 20).map((error) => ({
      line: counter.linePos(error.pos[0]).line + firstLine - 1,
      what: `it is not valid YAML: ${headOf(error.message)}`,
      remedy: plainRemedy,
    }));
    return { ok: false, problems };
  }
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return { ok: true, root: null };
  return { ok: true, root: treeOf(root, (offset) => counter.linePos(offset).line + firstLine - 1, 0) };
}

/** The parser recurses, and overflowing the stack can kill Node. */
function isDeep(text: string): boolean {
  const brackets = text.match(/[[{]/g)?.length ?? 0;
  return brackets > 200 || /^(?:[ \t]*[-?:](?=[ \t])){8}/m.test(text) || /^[ \t]{80}/m.test(text);
}

function parse(text: string, lineCounter: LineCounter): ReturnType<typeof parseDocument> | null {
  try {
    // nodes are read one by one and never expanded, so an alias bomb has nothing to multiply
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      schema: 'core',
      strict: true,
      uniqueKeys: true,
      version: '1.2',
    });
  } catch {
    return null;
  }
}

function treeOf(node: unknown, lineAt: LineAt, depth: number): YamlTree {
  const line = lineOf(node, lineAt);
  if (isAlias(node) || depth > mostDepth) return { kind: 'odd', line };
  if (isMap(node)) {
    const entries = node.items.map(({ key, value }): YamlEntry => {
      const at = lineOf(key, lineAt);
      const below = treeOf(value, lineAt, depth + 1);
      return {
        key: isScalar(key) ? String(key.value) : '',
        line: at,
        value: below.line === 0 ? { ...below, line: at } : below,
      };
    });
    return { kind: 'map', line, entries };
  }
  if (isSeq(node)) return { kind: 'list', line, items: node.items.map((item) => treeOf(item, lineAt, depth + 1)) };
  if (node === null || node === undefined) return { kind: 'plain', line, value: null };
  if (!isScalar(node)) return { kind: 'odd', line };
  const { value } = node;
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null;
  return plain ? { kind: 'plain', line, value } : { kind: 'odd', line };
}

type LineAt = (offset: number) => number;

function lineOf(node: unknown, lineAt: LineAt): number {
  const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : null;
  const start: unknown = Array.isArray(range) ? range[0] : null;
  return typeof start === 'number' ? lineAt(start) : 0;
}

function headOf(message: string): string {
  return message.split('\n')[0]?.replace(/[.:]$/, '') ?? message;
}

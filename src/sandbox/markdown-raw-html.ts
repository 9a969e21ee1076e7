import type { Element, ElementContent, Properties, Root, RootContent } from 'hast';

/**
 * Turns the `raw` nodes that remark-rehype leaves for HTML written inside Markdown into elements.
 * Tags are matched among siblings, so `<details>`, Markdown, `</details>` becomes one element around the Markdown.
 * What comes out still has to be sanitised; a tag that is never closed ends with its parent.
 */
export function adoptRawHtml(tree: Root): void {
  tree.children = adoptChildren(tree.children) as RootContent[];
}

type Child = RootContent | ElementContent;

type Token =
  | { kind: 'text'; value: string }
  | { kind: 'open'; name: string; properties: Properties; selfClosing: boolean }
  | { kind: 'close'; name: string };

const VOID = new Set(['area', 'br', 'col', 'hr', 'img', 'input', 'source', 'wbr']);
/** Elements whose end is understood when one of these begins. */
const ENDED_BY: ReadonlyMap<string, readonly string[]> = new Map([
  ['li', ['li']],
  ['p', ['p']],
  ['dt', ['dt', 'dd']],
  ['dd', ['dt', 'dd']],
  ['td', ['td', 'th']],
  ['th', ['td', 'th']],
  ['tr', ['td', 'th', 'tr']],
]);
const RAW_TEXT = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes', 'plaintext']);

function adoptChildren(children: readonly Child[]): Child[] {
  const out: Child[] = [];
  const stack: Element[] = [];
  const append = (child: Child): void => {
    const top = stack.at(-1);
    if (top === undefined) out.push(child);
    else top.children.push(child as ElementContent);
  };
  for (const child of children) {
    if (child.type === 'raw') {
      for (const token of tokens(child.value)) applyToken(token, stack, append);
    } else {
      if (child.type === 'element') child.children = adoptChildren(child.children) as ElementContent[];
      append(child);
    }
  }
  return out;
}

function applyToken(token: Token, stack: Element[], append: (child: Child) => void): void {
  switch (token.kind) {
    case 'text':
      append({ type: 'text', value: token.value });
      return;
    case 'close': {
      const at = stack.findLastIndex((element) => element.tagName === token.name);
      if (at >= 0) stack.length = at;
      return;
    }
    case 'open': {
      const ended = ENDED_BY.get(token.name) ?? [];
      while (ended.includes(stack.at(-1)?.tagName ?? '')) stack.pop();
      const element: Element = { type: 'element', tagName: token.name, properties: token.properties, children: [] };
      append(element);
      if (!token.selfClosing && !VOID.has(token.name)) stack.push(element);
    }
  }
}

const TAG = /^<(\/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*)\s*(\/?)>/;
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;

function tokens(source: string): Token[] {
  const out: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const next = source.indexOf('<', at);
    if (next < 0) return text(out, source.slice(at));
    text(out, source.slice(at, next));
    at = next;
    const skipped = skipInvisible(source, at);
    if (skipped !== undefined) {
      at = skipped;
      continue;
    }
    const match = TAG.exec(source.slice(at));
    if (match === null) {
      text(out, '<');
      at += 1;
      continue;
    }
    at += match[0].length;
    const name = (match[2] ?? '').toLowerCase();
    if (match[1] === '/') out.push({ kind: 'close', name });
    else out.push({ kind: 'open', name, properties: attributes(match[3] ?? ''), selfClosing: match[4] === '/' });
    // The inside of these elements is not markup: `<script>if (a<b)` must not open an element named "b".
    if (match[1] !== '/' && RAW_TEXT.has(name)) {
      const end = source.toLowerCase().indexOf(`</${name}`, at);
      text(out, source.slice(at, end < 0 ? source.length : end));
      at = end < 0 ? source.length : end;
    }
  }
  return out;
}

/** Comments, doctypes, processing instructions and CDATA are never shown; answers where they end. */
function skipInvisible(source: string, at: number): number | undefined {
  const pairs: readonly (readonly [string, string])[] = [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
    ['<!', '>'],
  ];
  for (const [open, close] of pairs) {
    if (!source.startsWith(open, at)) continue;
    const end = source.indexOf(close, at + open.length);
    return end < 0 ? source.length : end + close.length;
  }
  return undefined;
}

function text(out: Token[], value: string): Token[] {
  if (value !== '') out.push({ kind: 'text', value: decodeEntities(value) });
  return out;
}

const PROPERTY_NAMES: Readonly<Record<string, string>> = {
  class: 'className',
  colspan: 'colSpan',
  rowspan: 'rowSpan',
  cellpadding: 'cellPadding',
  cellspacing: 'cellSpacing',
  valign: 'vAlign',
  srcset: 'srcSet',
};

function attributes(source: string): Properties {
  const properties: Properties = {};
  for (const match of source.matchAll(ATTRIBUTE)) {
    const name = (match[1] ?? '').toLowerCase();
    const value = match[2] ?? match[3] ?? match[4];
    properties[PROPERTY_NAMES[name] ?? name] = value === undefined ? true : decodeEntities(value);
  }
  return properties;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  mdash: '\u2014',
  ndash: '\u2013',
  hellip: '\u2026',
  rarr: '\u2192',
  larr: '\u2190',
  middot: '\u00b7',
  times: '\u00d7',
};

function decodeEntities(value: string): string {
  return value.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return ENTITIES[name] ?? whole;
    const code = typeof decimal === 'string' ? Number.parseInt(decimal, 10) : Number.parseInt(String(hex), 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

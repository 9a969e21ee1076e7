// GitHub Flavored Markdown as safe HTML, the way issues, pull requests and comments show it.
// Promise: the answer holds no script, no handler and no style of the author; HTML comments vanish.
// May import: unified, remark, rehype. Invariant: everything after `rehypeSanitize` is ours, nothing
// before it is trusted.
import type { Element, ElementContent, Root as HtmlRoot, RootContent } from 'hast';
import type { Root as MarkdownRoot, PhrasingContent } from 'mdast';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import rehypeStringify from 'rehype-stringify';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';
import { visit } from 'unist-util-visit';
import { adoptRawHtml } from './markdown-raw-html.ts';
import { linkReferences, type ReferenceContext } from './markdown-references.ts';

const schema: typeof defaultSchema = {
  ...defaultSchema,
  strip: [...(defaultSchema.strip ?? []), 'style', 'title', 'textarea', 'iframe', 'noembed', 'noframes', 'xmp'],
};

/** Answers an HTML fragment. Line ends inside a paragraph are kept, as GitHub does in issues and comments. */
export function renderMarkdown(source: string, context: ReferenceContext): string {
  return unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(() => keepLineEnds)
    .use(remarkRehype, { allowDangerousHtml: true })
    .use(() => adoptRawHtml)
    .use(rehypeSanitize, schema)
    .use(() => markAlerts)
    .use(() => markDiagrams)
    .use(() => wrapTables)
    .use(() => (tree: HtmlRoot) => linkReferences(tree, context))
    .use(rehypeStringify)
    .processSync(source)
    .toString();
}

function keepLineEnds(tree: MarkdownRoot): void {
  visit(tree, 'text', (node, index, parent) => {
    if (parent === undefined || index === undefined || !/[\r\n]/.test(node.value)) return undefined;
    const lines = node.value.split(/\r\n|\n|\r/);
    const replacement = lines.flatMap<PhrasingContent>((value, at) =>
      at === 0 ? [{ type: 'text', value }] : [{ type: 'break' }, { type: 'text', value: value.replace(/^[ \t]+/, '') }],
    );
    parent.children.splice(index, 1, ...replacement);
    return index + replacement.length;
  });
}

const ALERTS: Readonly<Record<string, string>> = {
  NOTE: 'Note',
  TIP: 'Tip',
  IMPORTANT: 'Important',
  WARNING: 'Warning',
  CAUTION: 'Caution',
};

/** `> [!WARNING]` alone on the first line of a quote at the top level makes the quote an alert. */
function markAlerts(tree: HtmlRoot): void {
  for (const node of tree.children) {
    if (node.type !== 'element' || node.tagName !== 'blockquote') continue;
    const paragraph = node.children.find((child): child is Element => child.type === 'element');
    const first = paragraph?.children[0];
    if (paragraph?.tagName !== 'p' || first?.type !== 'text') continue;
    const match = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*$/i.exec(first.value);
    const follower = paragraph.children[1];
    if (match === null || (follower !== undefined && !isElement(follower, 'br'))) continue;
    const kind = (match[1] ?? '').toUpperCase();
    paragraph.children.splice(0, 2);
    if (isBlank(paragraph.children)) node.children = node.children.filter((child) => child !== paragraph);
    node.tagName = 'div';
    node.properties = { className: ['alert', `alert-${kind.toLowerCase()}`] };
    node.children.unshift({
      type: 'element',
      tagName: 'p',
      properties: { className: ['alert-title'] },
      children: [{ type: 'text', value: ALERTS[kind] ?? kind }],
    });
  }
}

/** A fenced `mermaid` block becomes `<pre class="mermaid">`, which the page's own script draws. */
function markDiagrams(tree: HtmlRoot): void {
  visit(tree, 'element', (node) => {
    const code = node.children[0];
    if (node.tagName !== 'pre' || code?.type !== 'element' || code.tagName !== 'code') return;
    const names = code.properties.className;
    if (!Array.isArray(names) || !names.includes('language-mermaid')) return;
    node.properties = { className: ['mermaid'] };
    node.children = code.children;
  });
}

function wrapTables(tree: HtmlRoot): void {
  visit(tree, 'element', (node, index, parent) => {
    if (node.tagName !== 'table' || parent === undefined || index === undefined) return undefined;
    const wrapper: Element = {
      type: 'element',
      tagName: 'div',
      properties: { className: ['table-scroll'] },
      children: [node],
    };
    (parent.children as (RootContent | ElementContent)[])[index] = wrapper;
    return index + 1;
  });
}

function isElement(node: ElementContent, tagName: string): boolean {
  return node.type === 'element' && node.tagName === tagName;
}

function isBlank(children: readonly ElementContent[]): boolean {
  return children.every((child) => child.type === 'text' && child.value.trim() === '');
}

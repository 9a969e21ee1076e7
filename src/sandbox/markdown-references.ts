import type { Element, ElementContent, Parents, Root } from 'hast';

/** What a reference in a text may point at; `undefined` leaves the text as it was written. */
export interface ReferenceContext {
  readonly owner: string;
  readonly repo: string;
  /** Address of the HTML view without a trailing slash; full addresses below it are shortened to `#12`. */
  readonly webUrl: string;
  issue(owner: string, repo: string, number: number): ReferencedIssue | undefined;
  /** Full sha by the (possibly abbreviated) sha that the text mentions. */
  readonly commits: ReadonlyMap<string, string>;
}

export interface ReferencedIssue {
  readonly kind: 'issue' | 'pull';
  readonly title: string;
  readonly state: 'open' | 'closed' | 'merged';
}

const REFERENCE =
  /(?<![\w/@#&.-])(?:([\w.-]+)\/([\w.-]+))?#(\d{1,9})(?![\w-])|(?<![\w/@.`-])@([a-z\d](?:[a-z\d-]{0,37}[a-z\d])?)(\[bot\])?(?![\w-])|(?<![\w/#-])([0-9a-f]{7,40})(?![\w-])/gi;

/** Shas a text may mention, to be looked up in git before rendering. */
export function mentionedShas(text: string): string[] {
  return [...new Set(text.match(/(?<![\w/#-])[0-9a-f]{7,40}(?![\w-])/g) ?? [])];
}

/** Links `#12`, `owner/repo#12`, `@user` and commit shas in the text of an already sanitised tree. */
export function linkReferences(tree: Root, context: ReferenceContext): void {
  rewriteChildren(tree, context);
}

function rewriteChildren(parent: Parents, context: ReferenceContext): void {
  const children: ElementContent[] = [];
  for (const child of parent.children) {
    if (child.type === 'text') {
      children.push(...linkText(child.value, context));
      continue;
    }
    if (child.type === 'element') {
      if (child.tagName === 'a') shortenAddress(child, context);
      else if (child.tagName === 'code') linkInlineSha(child, context);
      else if (child.tagName !== 'pre') rewriteChildren(child, context);
    }
    children.push(child as ElementContent);
  }
  parent.children = children;
  if (parent.type === 'element' && parent.tagName === 'li') spellOutLoneReference(parent, context);
}

function linkText(value: string, context: ReferenceContext): ElementContent[] {
  const out: ElementContent[] = [];
  let at = 0;
  for (const match of value.matchAll(REFERENCE)) {
    const link = linkFor(match, context);
    if (link === undefined) continue;
    if (match.index > at) out.push({ type: 'text', value: value.slice(at, match.index) });
    out.push(link);
    at = match.index + match[0].length;
  }
  if (at < value.length) out.push({ type: 'text', value: value.slice(at) });
  return out;
}

function linkFor(match: RegExpMatchArray, context: ReferenceContext): Element | undefined {
  const [whole, owner, repo, number, login, bot, sha] = match;
  if (number !== undefined)
    return issueLink(owner ?? context.owner, repo ?? context.repo, Number(number), whole, context);
  if (login !== undefined) {
    return element('a', { className: ['mention'], href: `/${login}${bot === undefined ? '' : '%5Bbot%5D'}` }, [
      { type: 'text', value: whole },
    ]);
  }
  return sha === undefined ? undefined : commitLink(sha, context);
}

function issueLink(
  owner: string,
  repo: string,
  number: number,
  text: string,
  context: ReferenceContext,
): Element | undefined {
  const found = context.issue(owner, repo, number);
  if (found === undefined) return undefined;
  const path = found.kind === 'pull' ? 'pull' : 'issues';
  return element(
    'a',
    {
      className: ['issue-link', found.state],
      href: `/${owner}/${repo}/${path}/${number}`,
      title: `${found.title} (${found.kind === 'pull' ? 'pull request' : 'issue'}, ${found.state})`,
    },
    [{ type: 'text', value: text }],
  );
}

function commitLink(sha: string, context: ReferenceContext): Element | undefined {
  const full = context.commits.get(sha.toLowerCase());
  if (full === undefined) return undefined;
  return element('a', { className: ['commit-link'], href: `/${context.owner}/${context.repo}/commit/${full}` }, [
    element('code', {}, [{ type: 'text', value: full.slice(0, 7) }]),
  ]);
}

function linkInlineSha(code: Element, context: ReferenceContext): void {
  const only = code.children[0];
  if (code.children.length !== 1 || only?.type !== 'text') return;
  const full = context.commits.get(only.value);
  if (full === undefined) return;
  const href = `/${context.owner}/${context.repo}/commit/${full}`;
  code.children = [element('a', { className: ['commit-link'], href }, [only])];
}

/** `http://host/o/r/issues/12` written out in full is shown as `#12` (or `o/r#12` from another repository). */
function shortenAddress(link: Element, context: ReferenceContext): void {
  const href = String(link.properties.href ?? '');
  const only = link.children[0];
  if (link.children.length !== 1 || only?.type !== 'text' || only.value !== href) return;
  if (!href.startsWith(`${context.webUrl}/`)) return;
  const match = /^\/([\w.-]+)\/([\w.-]+)\/(issues|pull)\/(\d+)$/.exec(href.slice(context.webUrl.length));
  if (match === null) return;
  const [, owner = '', repo = '', , number = ''] = match;
  const prefix = owner === context.owner && repo === context.repo ? '' : `${owner}/${repo}`;
  const replacement = issueLink(owner, repo, Number(number), `${prefix}#${number}`, context);
  if (replacement === undefined) return;
  link.properties = replacement.properties;
  link.children = replacement.children;
}

/** A list item that is nothing but a reference reads as the title of what it refers to, as on GitHub. */
function spellOutLoneReference(item: Element, context: ReferenceContext): void {
  const paragraph = item.children.find(
    (child): child is Element => child.type === 'element' && child.tagName === 'p' && child.children.length > 0,
  );
  const holder = paragraph ?? item;
  const ownText = holder.children.filter(
    (child) =>
      !(child.type === 'text' && child.value.trim() === '') &&
      !(child.type === 'element' && ['input', 'ul', 'ol'].includes(child.tagName)),
  );
  const link = ownText[0];
  if (ownText.length !== 1 || link?.type !== 'element' || !classes(link).includes('issue-link')) return;
  const match = /^\/([^/]+)\/([^/]+)\/(?:issues|pull)\/(\d+)$/.exec(String(link.properties.href));
  const found = match === null ? undefined : context.issue(match[1] ?? '', match[2] ?? '', Number(match[3]));
  if (found === undefined) return;
  const label = link.children;
  link.properties.className = [...classes(link), 'titled', found.kind];
  link.children = [{ type: 'text', value: `${found.title} ` }, element('span', { className: ['number'] }, label)];
}

function classes(node: Element): string[] {
  return Array.isArray(node.properties.className) ? node.properties.className.map(String) : [];
}

function element(tagName: string, properties: Element['properties'], children: ElementContent[]): Element {
  return { type: 'element', tagName, properties, children };
}

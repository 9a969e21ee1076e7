/** References to issues and pull requests in a paragraph, outside code: `#12`, `GH-12`, `owner/repo#12`, or a URL of one. */
import type { Nodes } from 'mdast';
import { wordsOf } from './plain-text.ts';

const short =
  /(?<![\w&/#.-])([\w.-]{1,100}\/[\w.-]{1,100}#\d{1,10})(?!\w)|(?<![\w&/#])#\d{1,10}(?!\w)|(?<=(?<!\w)#\d{1,10}\/)#\d{1,10}(?!\w)|(?<![\w&/#.-])GH-\d{1,10}(?!\w)/g;
const url = /^https?:\/\/([^/]{1,255})\/([\w.-]{1,100})\/([\w.-]{1,100})\/(?:issues|pull)\/(\d{1,10})(?:[/?#].*)?$/s;

/** Unique, in order of appearance. A URL becomes `owner/repo#12`. */
export function referencesIn(node: Nodes): readonly string[] {
  const found: string[] = [];
  const walk = (at: Nodes): void => {
    if (at.type === 'text') found.push(...referencesInText(at.value));
    else if (at.type === 'link') {
      const target = referenceOfUrl(at.url);
      if (target !== null) found.push(target);
      else if (wordsOf(at) !== at.url) for (const child of at.children) walk(child);
    } else if ('children' in at) for (const child of at.children) walk(child);
  };
  walk(node);
  return [...new Set(found)];
}

export function referencesInText(text: string): readonly string[] {
  return [...text.matchAll(short)].map((match) => match[0].replace(/^GH-/, '#'));
}

/** Any GitHub host counts (github.com, an enterprise server, a local one), other forges do not. */
export function referenceOfUrl(address: string): string | null {
  const match = url.exec(address);
  if (match === null) return null;
  const [, host = '', owner = '', repo = '', number = ''] = match;
  const known = /github|^localhost(?::|$)|^127\.0\.0\.1(?::|$)/i.test(host);
  return known ? `${owner}/${repo}#${number}` : null;
}

/** The number a reference ends with. */
export function numberOf(reference: string): number {
  return Number(reference.slice(reference.lastIndexOf('#') + 1));
}

/** Nothing but one reference. */
export function isReference(words: string): boolean {
  return /^(?:[\w.-]{1,100}\/[\w.-]{1,100})?#\d{1,10}$/.test(words);
}

/** `owner` and `name` null: the repository it stands in. */
export function partsOf(reference: string): {
  readonly owner: string | null;
  readonly name: string | null;
  readonly number: number;
} {
  const found = /^([\w.-]+)\/([\w.-]+)#/.exec(reference);
  return { owner: found?.[1] ?? null, name: found?.[2] ?? null, number: numberOf(reference) };
}

/** Finds the words that introduce a dependency: "depends on", "(needs …)", "blocked by:", "#3 待ち", "blocks #7". */
import {
  closingBehind,
  denials,
  gluedBefore,
  landsAtEnd,
  type PhraseWords,
  wordsBefore,
  wordsBehind,
} from './phrase-words.ts';

export interface Phrase {
  readonly kind: 'needs' | 'lands-after';
  /** `blocks`: what is named waits for whoever says so. */
  readonly direction: 'waits' | 'blocks';
  /** Strong words always state a dependency; weak ones only with a clear name; faint ones rarely. */
  readonly strength: 'strong' | 'weak' | 'faint';
  readonly index: number;
  /** Just behind all its words. */
  readonly end: number;
  /** The author's words, keyword and clause. */
  readonly source: string;
  /** What it names. */
  readonly operands: string;
  readonly denied: boolean;
  /** The same sentence before the phrase. */
  readonly before: string;
  /** `opening`: begins the text or sentence. `aside`: in brackets, after a dash or colon. `inside`: in mid sentence. */
  readonly placed: 'opening' | 'aside' | 'inside';
}

type Kind = 'denied' | 'lands' | 'blocks' | 'strong' | 'weak' | 'faint';
const kinds: readonly Kind[] = ['denied', 'lands', 'blocks', 'strong', 'weak', 'faint'];

function alternatives(rows: Readonly<Record<string, PhraseWords>>, kind: Kind): string {
  const all = Object.values(rows).map((row) => row[kind] ?? '(?!)');
  if (kind === 'strong') {
    const labels = Object.values(rows).map((row) => row.label);
    all.push(`(?:${labels.join('|')})(?=[ \\u00a0]?[:：](?!//))`);
  }
  return all.join('|');
}

function pattern(rows: Readonly<Record<string, PhraseWords>>, spaced: boolean): RegExp {
  const groups = kinds.map((kind) => `(?<${kind}>${alternatives(rows, kind)})`).join('|');
  return new RegExp(spaced ? `(?<![\\p{L}\\d_-])(?:${groups})(?![\\p{L}\\d_-])` : `(?:${groups})`, 'giu');
}

const spaced = pattern(wordsBefore, true);
const glued = pattern(gluedBefore, false);
const behind = pattern(wordsBehind, false);
const anyScript = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|['’]/u;

/** A dot ends a clause only before white space, so that `v1.2` and `api.ts` stay whole. */
const clauseEnd =
  /[;；。！？]|[.!?](?=\s|$)|\s[—–-]{1,3}\s|\s(?:but|then|which|aber|dann|mais|pero|mas|ma|но|tetapi)\s/iu;
const longestClause = 400;
const longestBehind = 200;
const mostPhrases = 2000;

interface Hit {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
  readonly behind: boolean;
}

/** `text` is one paragraph. Linear in its length. */
export function findPhrases(text: string): readonly Phrase[] {
  return findAllPhrases(text).filter(({ denied }) => !denied);
}

/** With those that say the opposite: "does not depend on #1" speaks of #1 all the same. */
export function findAllPhrases(text: string): readonly Phrase[] {
  const flat = text.replace(/\s/g, ' ');
  const masked = maskQuotes(flat);
  const hits = findHits(masked);
  const phrases: Phrase[] = [];
  let last = 0;
  for (const [at, hit] of hits.entries()) {
    if (hit.start < last) continue;
    const phrase = hit.behind ? readBehind(flat, masked, hit, last) : readBefore(flat, masked, hit, hits, at);
    if (phrase === null) continue;
    phrases.push(phrase);
    last = hit.behind ? hit.end : hit.start + 1;
  }
  return phrases;
}

function findHits(masked: string): readonly Hit[] {
  const hits: Hit[] = [];
  const add = (found: RegExp, isBehind: boolean): void => {
    for (const match of masked.matchAll(found)) {
      const kind = kinds.find((one) => match.groups?.[one] !== undefined);
      if (kind === undefined || match[0] === '') continue;
      hits.push({ kind, start: match.index, end: match.index + match[0].length, behind: isBehind });
      if (hits.length > mostPhrases) return;
    }
  };
  add(spaced, false);
  if (anyScript.test(masked)) {
    add(glued, false);
    add(behind, true);
  }
  return hits.sort((a, b) => a.start - b.start || b.end - a.end);
}

function readBefore(flat: string, masked: string, hit: Hit, hits: readonly Hit[], at: number): Phrase | null {
  const limit = Math.min(hit.end + longestClause, flat.length);
  const next = hits
    .slice(at + 1, at + 20)
    .find(
      (later) =>
        later.start >= hit.end && /[\p{L}\d]/u.test(flat.slice(hit.end, later.start)) && !within(later, hit, flat),
    )?.start;
  const end = hit.end + clauseLength(masked.slice(hit.end, Math.min(limit, next ?? limit)));
  const operands = flat
    .slice(hit.end, end)
    .replace(/^ ?[:：]/, '')
    .trim();
  const closing = /^(?:在|等|完成|合并|合併)/u.test(flat.slice(hit.start, hit.end))
    ? closingBehind.exec(flat.slice(hit.end, end))
    : null;
  if (closing === null)
    return operands === '' ? null : phraseOf(flat, masked, hit, { start: hit.start, end, operands });
  const named = flat.slice(hit.end, hit.end + closing.index).trim();
  const closed = hit.end + closing.index + closing[0].length;
  return named === '' ? null : phraseOf(flat, masked, hit, { start: hit.start, end: closed, operands: named });
}

/** "在 #3 之后": the word behind belongs to the one before. */
function within(later: Hit, hit: Hit, flat: string): boolean {
  return later.behind && /^(?:[在被等]|完成|合并|合併)/u.test(flat.slice(hit.start, hit.end));
}

/** Where what stands before such a word begins. */
const boundary = /[。；;！？!?（(【—–]|[:：](?!\/\/)|\s-\s|\.\s/gu;
const marked =
  /(?:[\w.-]{1,60}\/[\w.-]{1,60})?#\d|https?:\/\/|[「『"“《‘]|(?:タスク|任务|步骤|作业|第|작업|단계|ステップ|手順)\s?\d|(?<![\w])[A-Za-z]{1,10}[-_.]?\d/u;

function readBehind(flat: string, masked: string, hit: Hit, from: number): Phrase | null {
  const start = Math.max(from, hit.start - longestBehind);
  const chunk = masked.slice(start, hit.start);
  const cut = [...chunk.matchAll(boundary)].at(-1);
  const clause = start + (cut === undefined ? 0 : cut.index + cut[0].length);
  const found = marked.exec(masked.slice(clause, hit.start));
  const comma = start + Math.max(...['，', '、', ','].map((mark) => chunk.lastIndexOf(mark)));
  const begin = found !== null ? clause + found.index : comma >= clause ? comma + 1 : clause;
  const operands = flat.slice(begin, hit.start).replace(/^在/u, '').trim();
  return operands === '' ? null : phraseOf(flat, masked, hit, { start: begin, end: hit.end, operands });
}

function phraseOf(
  flat: string,
  masked: string,
  hit: Hit,
  range: { readonly start: number; readonly end: number; readonly operands: string },
): Phrase {
  const start = hit.behind ? range.start : hit.start;
  const sentence = masked.slice(Math.max(0, start - longestClause), start);
  const stop = [...sentence.matchAll(/[.!?](?=\s)|[;；。！？]/g)].at(-1);
  const before = sentence.slice(stop === undefined ? 0 : stop.index + 1);
  const lands = hit.kind === 'lands' || (hit.kind !== 'blocks' && landsAtEnd.test(range.operands));
  return {
    kind: lands ? 'lands-after' : 'needs',
    direction: hit.kind === 'blocks' ? 'blocks' : 'waits',
    strength: hit.kind === 'weak' || hit.kind === 'faint' ? hit.kind : 'strong',
    index: start,
    end: range.end,
    source: flat.slice(start, range.end).trim(),
    operands: range.operands.replace(landsAtEnd, ''),
    denied:
      hit.kind === 'denied' ||
      denials.test(flat.slice(Math.max(0, hit.start - 48), hit.start)) ||
      asked.test(flat.slice(range.end, range.end + 8)),
    before: flat.slice(start - before.length, start).trim(),
    placed: placeOf(before),
  };
}

/** A question states nothing. */
const asked = /^[)）\s]{0,4}[?？]/u;

function placeOf(before: string): Phrase['placed'] {
  const words = before.trimEnd();
  if (/^[\s*_]*$/.test(words)) return 'opening';
  return /[([（【—–:：,，、-]$/u.test(words) ? 'aside' : 'inside';
}

/** Quoted words are names; no keyword or full stop inside them counts. */
function maskQuotes(text: string): string {
  return text.replace(
    /"[^"]{1,200}"|“[^”]{1,200}”|«[^»]{1,200}»|„[^“”]{1,200}[“”]|「[^」]{1,200}」|『[^』]{1,200}』|《[^》]{1,200}》/g,
    (quoted) => `${quoted.charAt(0)}${'x'.repeat(quoted.length - 2)}${quoted.charAt(quoted.length - 1)}`,
  );
}

function clauseLength(rest: string): number {
  const end = clauseEnd.exec(rest)?.index ?? rest.length;
  let open = 0;
  for (let at = 0; at < end; at++) {
    const char = rest.charAt(at);
    if ('([（【'.includes(char)) open += 1;
    else if (')]）】'.includes(char)) {
      if (open === 0) return at;
      open -= 1;
    }
  }
  return end;
}

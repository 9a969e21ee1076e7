/** Finds the words that introduce a dependency: "depends on", "(needs …)", "blocked by:", "after", "lands after". */

export interface Phrase {
  readonly kind: 'needs' | 'lands-after';
  /** Strong words ("depends on") always state a dependency; weak ones ("after", "needs") only with a clear name. */
  readonly strength: 'strong' | 'weak';
  readonly index: number;
  /** The author's words, from the keyword to the end of the clause. */
  readonly source: string;
  /** What follows the keyword. */
  readonly operands: string;
}

const lands = '(?:to be )?(?:merge[sd]?|merging|land(?:s|ed)?|landing) (?:only )?after|(?:merge|land)s?-after';
const strong =
  'depend(?:s|ed|ent|ing)? (?:up)?on|depends-on|(?:blocked|gated) (?:by|on)|blocked-by|wait(?:s|ing)? (?:for|on)|(?:dependenc(?:y|ies)|prerequisites?|prereqs?|depends|blocked|needs|requires|after)(?= ?:)';
const weak = 'needs|requires|needing|requiring|after|once|following|prerequisite|prereq';
const keyword = new RegExp(`(?<![\\p{L}\\d_-])(?:(${lands})|(${strong})|(${weak}))(?![\\p{L}\\d_-])`, 'giu');
const negation = /(?:\b(?:not|no longer|never|without|nothing)|n['’]t)\s(?:\p{L}{1,12}\s)?$|\b(?:un|in)-?$/iu;
/** A dot ends a clause only before white space, so that `v1.2` and `api.ts` stay whole. */
const clauseEnd = /;|[.!?](?=\s|$)|\s[—–-]{1,3}\s|\s(?:but|then|which)\s/iu;
const longestClause = 400;

/** `text` is one paragraph. Linear in its length. */
export function findPhrases(text: string): readonly Phrase[] {
  const flat = text.replace(/\s/g, ' ');
  const masked = maskQuotes(flat);
  const matches = [...masked.matchAll(keyword)];
  return matches.flatMap((match, at): readonly Phrase[] => {
    const start = match.index;
    if (negation.test(flat.slice(Math.max(0, start - 24), start))) return [];
    const from = start + match[0].length;
    const limit = Math.min(from + longestClause, flat.length);
    const next = matches.slice(at + 1).find((later) => /[\p{L}\d]/u.test(flat.slice(from, later.index)))?.index;
    const length = clauseLength(masked.slice(from, Math.min(limit, next ?? limit)));
    const operands = flat
      .slice(from, from + length)
      .replace(/^ ?:/, '')
      .trim();
    return operands === ''
      ? []
      : [
          {
            kind: match[1] === undefined ? 'needs' : 'lands-after',
            strength: match[3] === undefined ? 'strong' : 'weak',
            index: start,
            source: flat.slice(start, from + length).trim(),
            operands,
          },
        ];
  });
}

/** Quoted words are names; no keyword or full stop inside them counts. */
function maskQuotes(text: string): string {
  return text.replace(/"[^"]{1,200}"|“[^”]{1,200}”|«[^»]{1,200}»/g, (quoted) => '"'.padEnd(quoted.length, 'x'));
}

function clauseLength(rest: string): number {
  const end = clauseEnd.exec(rest)?.index ?? rest.length;
  let open = 0;
  for (let at = 0; at < end; at++) {
    const char = rest.charAt(at);
    if (char === '(' || char === '[') open += 1;
    else if (char === ')' || char === ']') {
      if (open === 0) return at;
      open -= 1;
    }
  }
  return end;
}

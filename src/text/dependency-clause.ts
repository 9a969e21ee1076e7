/** Reads what follows a dependency word: numbers, references, ids, ranges, quoted or plain names, in lists of any of them. */
import { readId } from './author-ids.ts';
import type { ReadItem } from './checklist-model.ts';
import type { Phrase } from './dependency-phrases.ts';
import { type Directory, type Section, siblingsOf } from './item-directory.ts';
import {
  type Found,
  findByDeed,
  findById,
  findByMostWords,
  findByName,
  findByReference,
  findByStem,
  findByWords,
  isStep,
} from './item-lookup.ts';
import { justDone, noneWords, workDone } from './phrase-words.ts';
import { isEverything, placeIn, pointsBack } from './place-words.ts';
import { referenceOfUrl } from './references.ts';
import type { WorkKind } from './work-kind.ts';

export interface ClauseReading {
  readonly found: readonly NamedItem[];
  /** `strict`: it plainly names an item of this list that does not exist. */
  readonly missing: readonly { readonly words: string; readonly strict: boolean }[];
  readonly doubts: readonly string[];
}

export interface NamedItem {
  readonly item: ReadItem;
  readonly basis: 'ref' | 'prose';
  /** The section it was named with. */
  readonly section: Section | null;
}

interface Tally {
  readonly found: NamedItem[];
  readonly missing: { words: string; strict: boolean }[];
  readonly doubts: string[];
}

const separator =
  /^[\s)\]]*(?:[,;、，]\s*(?:and|or|und|oder|et|ou|y|o|e|и|dan|和|及|与)(?![\p{L}\d])|[,、，]|&|\+|\/|(?:and|or|und|oder|sowie|et|ou|y|e|ed|и|dan|serta)(?![\p{L}\d])|和|及|与|與|と|や|およ?び|및|와|과)\s*/iu;
const countWord =
  /^(?:items?|tasks?|steps?|sub-?tasks?|points?|to-?dos?|boxes|box|no\.|nos\.|number|punkte?n?|schritte?n?|aufgaben?|nr\.|(?:la |les? |aux? )?(?:tâches?|étapes?|points?)|n°|(?:la |las |el |los )?(?:tareas?|pasos?|puntos?)|(?:as? |os? )?(?:tarefas?|passos?|itens|item)|(?:il |la |i |le )?(?:attività|passi|passo|punt[oi])|(?:задач[аиуе]?|шаг(?:а|ов|и|у)?|пункт(?:а|ов|ы|у)?)|№|tugas|langkah|poin|任务|步骤|第|步驟|タスク|ステップ|手順|項目|작업|단계|항목)\s{0,2}(?=#?\d)/iu;
const issueWord = /^(?:issues?|prs?|pull requests?|tickets?|mrs?|тикет\p{L}*|イシュー|이슈)\s{0,2}(?=#\d)/iu;
const reference = /^[([]?((?:[\w.-]{1,100}\/[\w.-]{1,100})?)#(\d{1,10})(?![A-Za-z_])\+?/;
const bareNumber = /^(\d{1,5})(?![\w.,%°]*[\w%°])(?!\s*[:/])/;
const rangeEnd =
  /^\s{0,2}(?:-|–|—|\.{2,3}|…|~|～|〜|to|through|thru|bis|à|al?|até|по|до|hingga|sampai|至|到|から)\s{0,2}(#?)(\d{1,10})(?!\w)(?!\.\d)/i;
const address = /^[(<]?(https?:\/\/[^\s,)>]{1,300})/;
const quoted =
  /^(?:"([^"]{1,200})"|“([^”]{1,200})”|«\s?([^»]{1,200}?)\s?»|„([^“”]{1,200})[“”]|「([^」]{1,200})」|『([^』]{1,200})』|《([^》]{1,200})》|‘([^’]{1,200})’|'([^']{2,200})'(?!\w))/u;
const leadIn =
  /^(?:on|all of|both|either|completion of|completing|der|die|das|dem|den|la|le|les|el|los|las|o|a|os|as|il|lo|i|gli|the)\s+(?=[#"“«„\d]|items?\s|tasks?\s|steps?\s)/i;
/** "the merge of #1", "das Zusammenführen von #1". */
const eventOf =
  /^(?:(?:the|o|a|el|la|le|il|der|die|das|dem|den)\s|l['’])?(?:merg(?:e|ing)|landing|completion|completing|release|fusion|fusión|fusão|conclus(?:ão|ión)|completamento|unione|abschluss|fertigstellung|zusammenführen|завершени[яе]|слияни[яе]|выполнени[яе]|penyelesaian|penggabungan)(?:\s(?:of|de|do|da|du|del|della|di|von|des|der|dari))?\s+(?=[#"“«„]|https?:)/iu;
const longestRange = 100;
/** What such items say of before and after is what the product does. */
const tellsBehaviour: ReadonlySet<WorkKind> = new Set([
  'acceptance',
  'attestation',
  'choice',
  'settings',
  'bot',
  'question',
]);

/** `from`: who says so; null when it is said of a whole section or of no item. */
export function readClause(directory: Directory, from: ReadItem | null, phrase: Phrase): ClauseReading {
  const tally: Tally = { found: [], missing: [], doubts: [] };
  if (noneWords.test(phrase.operands)) return tally;
  if (phrase.strength !== 'strong' && from !== null && tellsBehaviour.has(from.kind)) return tally;
  const place = from === null ? null : readPlace(directory, from, phrase);
  if (place !== null)
    return { found: place.map((item) => ({ item, basis: 'prose', section: null })), missing: [], doubts: [] };
  let rest = phrase.operands.replace(eventOf, '').replace(leadIn, '');
  let counting = false;
  for (let taken = 0; taken < longestRange; taken++) {
    const known = readKnownId(tally, directory, from, rest);
    const word = known > 0 ? undefined : countWord.exec(rest)?.[0];
    counting = word !== undefined || (counting && /^\d/.test(rest));
    const operand = rest.slice(word?.length ?? issueWord.exec(rest)?.[0].length ?? 0);
    const length = known > 0 ? known : readOne(tally, directory, from, operand, { phrase, counting });
    if (length === 0) {
      if (taken === 0 || phrase.strength === 'strong') readNames(tally, directory, from, operand, phrase, taken > 0);
      break;
    }
    rest = (known > 0 ? rest : operand).slice(length);
    const between = separator.exec(rest)?.[0];
    if (between === undefined) break;
    rest = rest.slice(between.length);
  }
  return tally;
}

/** "Blocking audit in CI": before a name without quotes it is mostly a property of it. */
export function isAdjective({ source }: Phrase): boolean {
  return /^blocking\s(?!["“„«「])/i.test(source);
}

/** "all of the above", "everything else", "that": named by place. Null when the words say no such thing. */
function readPlace(directory: Directory, from: ReadItem, phrase: Phrase): readonly ReadItem[] | null {
  const place = placeIn(phrase.operands);
  const leaves = (): readonly ReadItem[] =>
    directory.entries.flatMap(({ item }) =>
      item.role === 'leaf' && isStep(item) && item.index !== from.index ? [item] : [],
    );
  const everything = (phrase.strength === 'strong' || phrase.direction === 'blocks') && isEverything(phrase.operands);
  if (everything || (place === 'all-others' && phrase.strength !== 'faint')) return leaves();
  if (place === 'all-above') return leaves().filter((item) => item.index < from.index);
  const before = siblingsOf(directory, from).filter((item) => item.index < from.index);
  if (place === 'previous') return before.slice(-1);
  // not "this" of a strong word: "blocked by this" may mean anything
  const opens = phrase.placed === 'opening' && phrase.index === 0 && phrase.strength !== 'strong';
  if (!opens || phrase.direction === 'blocks' || !pointsBack(phrase.operands)) return null;
  return before.slice(-1);
}

/** An id or range of ids that the author gave. Anything else that looks like an id is left to the other readings. */
function readKnownId(tally: Tally, directory: Directory, from: ReadItem | null, text: string): number {
  const article = /^(?:the|der|die|das|dem|den|l[aeo]s?|el|il|[oa]s?|i|gli)\s+(?=\p{L})/u.exec(text)?.[0].length ?? 0;
  const operand = readId(text.slice(article));
  if (operand === null) return 0;
  const answers = operand.ids.map((id) => findById(directory, from, id, operand.words));
  const ends = [answers[0], answers.at(-1)];
  if (ends.some((answer) => answer === undefined || answer.kind === 'none')) return 0;
  for (const answer of answers) if (answer.kind !== 'none') note(tally, answer, operand.words, 'ref', false);
  return article + operand.length;
}

/** Reads one number, reference, range or quoted name; returns how many characters it took, 0 when there is none. */
function readOne(
  tally: Tally,
  directory: Directory,
  from: ReadItem | null,
  text: string,
  how: { readonly phrase: Phrase; readonly counting: boolean },
): number {
  const link = address.exec(text);
  const target = link?.[1] === undefined ? null : referenceOfUrl(link[1]);
  if (link !== null && target !== null) {
    note(tally, findByReference(directory, from, target), target, 'ref', false);
    return link[0].length;
  }
  const named = quoted.exec(text);
  if (named !== null) {
    const name = named.slice(1).find((group) => group !== undefined) ?? '';
    note(tally, findByName(directory, from, name, 'loose'), named[0], 'prose', how.phrase.strength === 'strong');
    return named[0].length;
  }
  const marked = reference.exec(text);
  const bare = marked === null ? bareNumber.exec(text) : null;
  const start = marked ?? bare;
  if (start === null) return 0;
  const first = Number(start.at(-1));
  const until = rangeEnd.exec(text.slice(start[0].length));
  const length = start[0].length + (until?.[0].length ?? 0);
  if (bare !== null && !how.counting && !endsList(text.slice(length), how.phrase.strength)) return 0;
  const last = until === null ? first : Math.min(Number(until[2]), first + longestRange);
  if (marked !== null && !how.counting) {
    const prefix = `${marked[1] ?? ''}#`;
    for (let number = first; number <= last; number++) {
      const words = `${prefix}${number}`;
      const answer = findByReference(directory, from, words);
      const isEnd = number === first || number === last;
      if (isEnd || answer.kind === 'items') note(tally, answer, words, 'ref', false);
    }
    return length;
  }
  // "after 2030" is no item; "item 2030" and "depends on 2030" claim to be one
  const strict = how.counting || (how.phrase.strength === 'strong' && first < 1000);
  for (let number = first; number <= last; number++) {
    const item = numbered(directory, number);
    if (item !== undefined) tally.found.push({ item, basis: 'ref', section: null });
    else if (strict && (number === first || number === last))
      tally.missing.push({ words: `item ${number}`, strict: true });
  }
  return length;
}

/** The item whose title begins with this number, else the one that stands there. */
function numbered(directory: Directory, number: number): ReadItem | undefined {
  const labelled = directory.labels.get(number) ?? [];
  return labelled.length === 1 ? labelled[0] : directory.entries[number - 1]?.item;
}

/** A bare number counts items only where nothing follows that it could count: not in "needs 3 reviews". */
function endsList(rest: string, strength: Phrase['strength']): boolean {
  const after = rest.trimStart();
  if (after === '' || (strength === 'strong' && /^(?:[,)\]、，]|(?:ab|voraus)$)/.test(after))) return true;
  const next = separator.exec(rest)?.[0];
  return next !== undefined && /^#?\d/.test(rest.slice(next.length));
}

function note(tally: Tally, answer: Found, words: string, basis: 'ref' | 'prose', strict: boolean): void {
  if (answer.kind === 'items') {
    for (const item of answer.items) tally.found.push({ item, basis, section: answer.section });
    if (answer.doubt !== null) tally.doubts.push(answer.doubt);
  } else if (answer.kind === 'several') tally.doubts.push(answer.doubt);
  else tally.missing.push({ words, strict });
}

const subordinate =
  /\s(?:because|since|so|in order|where|when|if|for|to|being|until|before|weil|da|damit|wenn|car|afin|pour|porque|para|pois|perché|per|потому|чтобы|karena|untuk)\s/i;
const enumeration =
  /\s*(?:[,、，]\s*(?:and|und|et|y|e|и|dan)\s|[,;、，]|\s(?:&|\+|and|or|und|sowie|et|ou|y|e|и|dan)\s|和|と|및)\s*/iu;

/** Names without quotes: the whole clause, else its beginning, else each member of a list. */
function readNames(
  tally: Tally,
  directory: Directory,
  from: ReadItem | null,
  text: string,
  phrase: Phrase,
  later: boolean,
): void {
  const strong = phrase.strength === 'strong' && phrase.direction === 'waits';
  const clause = text.replace(/\s(?:ab|voraus)$/, '').trim();
  if (!/\p{L}/u.test(clause) || (phrase.strength === 'faint' && phrase.placed === 'inside')) return;
  const opening = phrase.placed === 'opening' ? (clause.split(/[,，、]\s?|[:：]\s/)[0] ?? clause) : clause;
  const short = clause.split(subordinate)[0] ?? clause;
  for (const words of new Set([clause, opening, short])) {
    const answer = nameIn(directory, from, words, phrase);
    if (answer.kind === 'none') continue;
    if (answer.kind === 'items' || strong) note(tally, answer, words, 'prose', false);
    return;
  }
  const members = short.split(enumeration).filter((part) => part.trim() !== '');
  const answers = members.map((words) => ({ words, answer: nameIn(directory, from, words, phrase) }));
  const all = answers.length > 1 && answers.every(({ answer }) => answer.kind === 'items');
  if (!strong) {
    // a list is believed when every member of it is an item
    if (all) for (const { words, answer } of answers) note(tally, answer, words, 'prose', false);
    return;
  }
  if (answers.every(({ answer }) => answer.kind === 'none')) {
    if (!later && clause.length <= 120) tally.missing.push({ words: clause, strict: false });
    return;
  }
  for (const { words, answer } of answers) note(tally, answer, words, 'prose', false);
}

/** How freely a name may be read depends on how plainly the words around it speak of an order of work. */
function nameIn(directory: Directory, from: ReadItem | null, words: string, phrase: Phrase): Found {
  const { strength, placed, direction } = phrase;
  if (direction === 'blocks') return findByName(directory, from, words, 'exact');
  if (strength === 'strong') {
    // "Dependencies: zod" may be a package as well
    if (isOneWord(words) && packageLabel.test(phrase.source)) return findByName(directory, from, words, 'exact');
    const answer = findByName(directory, from, words, 'loose');
    const vague = placed === 'inside' && !/[:：]/.test(phrase.source);
    return vague && answer.kind === 'items' && isOneWord(words) && !isNamed(directory, from, words)
      ? { kind: 'none' }
      : answer;
  }
  const exact = findByName(directory, from, words, 'exact');
  if (exact.kind !== 'none') return exact;
  if (/^now that\s/i.test(phrase.source)) return findByMostWords(directory, from, words);
  if (placed === 'inside' || strength === 'faint') return { kind: 'none' };
  // "After login, redirect" tells what the product does; "once login is merged" tells of the work
  const isWork = workDone.test(words) || readyThing.test(words.trim());
  const answer = isWork || placed === 'aside' ? findByWords(directory, from, words, isWork ? 1 : 2) : null;
  if (answer !== null && answer.kind !== 'none') return answer;
  if (placed !== 'opening' || from === null) return { kind: 'none' };
  const deedDone = ofState.test(phrase.source) ? findByDeed(directory, from, words) : null;
  if (deedDone !== null && deedDone.kind !== 'none') return deedDone;
  const before = siblingsOf(directory, from).filter((item) => item.index < from.index);
  return ofState.test(phrase.source) ? bareState(directory, before, words) : ofDeed(directory, before, words);
}

const packageLabel =
  /^(?:dependenc|requires|needs|prereq|abhängigkeit|voraussetzung|benötigt|dépendance|prérequis|nécessite|dependencia|requiere|dependência|requer|dipendenz|prerequisit|зависимост|требует|依赖|前置|依存|前提|의존|ketergantungan|dependensi|prasyarat)/iu;

/** What only the work itself makes ready, never the product. */
const readyThing =
  /^(?:the |our |this )?(?:\p{L}+ )?(?:mr|pr|pull request|merge request|branch|patch|draft|design|spec|rfc|crate|package|documentation|docs|implementation|prototype|refactor(?:ing)?|migration|rewrite|port)s? (?:is|are|gets?) (?:ready|up|open|approved|done|merged|in)$/iu;
const deed = /^(?:the|der|die|das|dem|den|la|le|les|el|los|las|o|a|il|lo)\s(\p{L}{6,30})$|^l['’](\p{L}{6,30})$/iu;

/** "After the migration": the item before that begins with the verb of this noun, "Migrate ...". */
function ofDeed(directory: Directory, before: readonly ReadItem[], words: string): Found {
  const found = deed.exec(words.trim());
  const noun = (found?.[1] ?? found?.[2])?.toLowerCase();
  if (noun === undefined) return { kind: 'none' };
  return findByStem(
    directory,
    before.filter(({ title }) => !title.toLowerCase().startsWith(noun)),
    noun,
    true,
  );
}

const ofState =
  /^(?:once|when|as soon as|sobald|wenn|une fois|dès|una vez|en cuanto|cuando|assim que|uma vez|quando|una volta|appena|как только|когда|begitu)(?!\p{L})/iu;

/** "Once stable", "once decided": the item before that begins with another form of the word. "Once done": the last one. */
function bareState(directory: Directory, before: readonly ReadItem[], words: string): Found {
  const word = /^\p{L}{4,}$/u.exec(words.trim())?.[0];
  if (word === undefined) return { kind: 'none' };
  if (!justDone.test(word)) return findByStem(directory, before, word, false);
  const last = before.at(-1);
  return last === undefined ? { kind: 'none' } : { kind: 'items', items: [last], doubt: null, section: null };
}

function isOneWord(words: string): boolean {
  return !/\s/.test(words.trim().replace(/^(?:the|an?|d(?:er|ie|as|em)|l[ae]|el|o|il)\s/i, ''));
}

function isNamed(directory: Directory, from: ReadItem | null, words: string): boolean {
  return (
    findByName(directory, from, words, 'exact').kind === 'items' ||
    /^[\s(]*["'`]|[A-Z][a-z]+[A-Z]|[A-Z]{2}|[-_./]/.test(words) ||
    /^\p{Lu}/u.test(words.trim())
  );
}

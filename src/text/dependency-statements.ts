/**
 * Dependencies stated outside the items: in headings ("Phase 2 (depends on #1)"), below them ("Depends on: Phase 1"),
 * in sentences that name both sides ("T3 depends on T1"), and in the Blocked-by column of a table.
 */
import { readId } from './author-ids.ts';
import type { BlockerRow, ChecklistSource, ItemDependency, ReadItem, Statement } from './checklist-model.ts';
import { isAdjective, type NamedItem, readClause } from './dependency-clause.ts';
import { add, addOutside, isFull, type Ledger } from './dependency-ledger.ts';
import { findPhrases, type Phrase } from './dependency-phrases.ts';
import type { Directory, Section } from './item-directory.ts';
import { findById, findByName, findByReference, isStep } from './item-lookup.ts';
import { plainText } from './plain-text.ts';
import { isReference, referencesInText } from './references.ts';

interface Said {
  readonly phrase: Phrase;
  readonly line: number;
}

export function readStatements(ledger: Ledger, directory: Directory, source: ChecklistSource): void {
  // what an item says of itself wins over what is said of its section
  const settled = new Set(ledger.settled);
  for (const row of source.rows) if (!isFull(ledger)) readRow(ledger, directory, row);
  for (const statement of source.statements) {
    if (isFull(ledger)) return;
    readStatement(ledger, directory, statement, settled);
  }
}

function readStatement(ledger: Ledger, directory: Directory, statement: Statement, settled: ReadonlySet<number>): void {
  const plain = plainText(statement.words);
  const section = statement.section === null ? undefined : directory.sections[statement.section];
  const heading = statement.words.type === 'heading';
  let stated = false;
  if (!heading) readChain(ledger, directory, plain.text, section?.title ?? '', plain.lineAt(0));
  for (const phrase of findPhrases(plain.text)) {
    const said = { phrase, line: plain.lineAt(phrase.index) };
    if (!heading && wholeIssue.test(phrase.before) && phrase.direction === 'waits') {
      ofIssue(ledger, directory, said);
      continue;
    }
    const subjects = heading ? null : subjectsOf(directory, phrase);
    if (subjects !== null) {
      tie(ledger, directory, subjects, said);
      continue;
    }
    // words about the section stand at its beginning, or as a label in a line of their own, or anywhere in its heading
    const before = plain.text.slice(Math.max(0, phrase.index - 40), phrase.index);
    const labelled = /\n[\s*]*$/.test(before) && /^[^:：]{2,30}[:：]/.test(phrase.source);
    const about = heading || (!stated && (labelled || (phrase.index <= 40 && before.trim() === '')));
    if (!about || phrase.direction === 'blocks') continue;
    stated = true;
    if (section !== undefined && section.leaves.length > 0) ofSection(ledger, directory, section, said, settled);
    else if (!heading) ofIssue(ledger, directory, said);
  }
}

const wholeIssue =
  /^(?:this(?: issue| pr| work| epic| change)?|it|everything(?: here)?|dies(?:e[sr]?)?(?: issue| aufgabe)?|ceci|cette issue|este? issue|esto|isto|questo|это|эта задача|本 ?issue|このissue|이 이슈|issue ini)(?:\s(?:is|are|ist|wird|est|está|è))?(?:\s(?:currently|still|also))?$/iu;

interface Subjects {
  readonly items: readonly ReadItem[];
  /** They were named as a whole section. */
  readonly whole: boolean;
}

/** The items that a sentence begins with, when it begins with nothing else. */
function subjectsOf(directory: Directory, { before, placed }: Phrase): Subjects | null {
  if (placed === 'opening') return null;
  const words = before
    .replace(/^[\s•*-]+/, '')
    .replace(/(?:\s(?:also|directly|is|are|it|must|should|can|will|cannot))+$/i, '')
    .replace(/\s?[:：—–-]$/, '')
    .trim();
  if (words === '' || words.length > 120) return null;
  return namedBy(directory, words);
}

const numberedItem =
  /^(?:items?|tasks?|steps?|schritt|aufgabe|tâche|étape|tarea|paso|tarefa|passo|задача|шаг|tugas|langkah|任务|步骤|タスク|ステップ|작업|단계)\s?#?(\d{1,3})$/iu;

/** What these words name, and nothing but that. */
function namedBy(directory: Directory, all: string): Subjects | null {
  // "Foundation (Phase 2)", "Phase 2: Foundation": the number says which
  const words =
    /\((\p{L}{3,12}\s\d{1,2})\)$/u.exec(all)?.[1] ?? /^(\p{L}{3,12}\s\d{1,2})[:：]\s/u.exec(all)?.[1] ?? all;
  const id = readId(words);
  if (id !== null && id.length === words.length) {
    const found = id.ids.map((one) => findById(directory, null, one, words));
    if (found.every((one) => one.kind === 'items')) {
      const items = found.flatMap((one) => (one.kind === 'items' ? one.items : []));
      return { items, whole: found.some((one) => one.kind === 'items' && one.section !== null) };
    }
  }
  const number = numberedItem.exec(words)?.[1];
  const item = number === undefined ? undefined : directory.entries[Number(number) - 1]?.item;
  if (item !== undefined) return { items: [item], whole: false };
  const [reference] = referencesInText(words);
  const found =
    reference !== undefined && words.replace(/^(?:issue|pr|task|item)\s/i, '') === reference
      ? findByReference(directory, null, reference)
      : findByName(directory, null, words.replace(/^["“„«「']|["”“»」']$/gu, ''), 'exact');
  return found.kind === 'items' ? { items: found.items, whole: found.section !== null } : null;
}

const orderPlace =
  /\border\b|sequence|reihenfolge|ablauf|ordre|orden\b|ordem|ordine|порядок|顺序|順序|実行順|순서|urutan/iu;
const arrow = /\s*(?:→|⟶|->|=>|➜|➡️?)\s*/u;

/** "T1 → T2, T3" where the heading or the line itself speaks of an order: what stands left comes first. */
function readChain(ledger: Ledger, directory: Directory, text: string, place: string, line: number): void {
  const label = /^[^:：→]{0,40}[:：]\s*/.exec(text)?.[0] ?? '';
  if (!orderPlace.test(place) && !orderPlace.test(label)) return;
  const chain = text.slice(label.length).replace(/\s[(（][^)）]*[)）]?\.?\s*$/u, '');
  const parts = chain.slice(0, 400).split(arrow);
  if (parts.length < 2) return;
  const groups = parts.map((part) =>
    part.split(/\s*(?:[,&+、]|\sand\s)\s*/).map((words) => namedBy(directory, words.trim())),
  );
  if (groups.some((group) => group.some((one) => one === null))) return;
  for (const [at, group] of groups.entries())
    for (const later of at === 0 ? [] : group)
      for (const earlier of groups[at - 1] ?? []) {
        if (later === null || earlier === null) continue;
        const basis = later.whole || earlier.whole ? 'phase' : 'ref';
        for (const from of later.items)
          for (const to of earlier.items)
            if (from !== to && !isFull(ledger))
              add(ledger, { from: from.index, to: to.index, kind: 'needs', basis, source: text.slice(0, 200), line });
      }
}

function tie(ledger: Ledger, directory: Directory, subjects: Subjects, { phrase, line }: Said): void {
  const [subject] = subjects.items;
  const clause = readClause(directory, subjects.items.length === 1 ? (subject ?? null) : null, phrase);
  for (const message of clause.doubts) ledger.warnings.push({ line, code: 'ambiguous-dependency', message });
  const said = { kind: phrase.kind, source: phrase.source.slice(0, 200), line };
  if (phrase.direction === 'waits')
    for (const one of subjects.items) addOutside(ledger, clause.missing, { from: one.index, ...said });
  for (const one of subjects.items)
    for (const named of clause.found) {
      if (phrase.direction === 'blocks' && named.basis === 'prose' && isAdjective(phrase)) continue;
      const phase = subjects.whole && named.section !== null;
      write(ledger, one, named, { phrase, line }, phase ? 'phase' : named.basis);
    }
}

function write(
  ledger: Ledger,
  one: ReadItem,
  { item }: NamedItem,
  { phrase, line }: Said,
  basis: ItemDependency['basis'],
): void {
  if (item.index === one.index || isFull(ledger)) return;
  const [from, to] = phrase.direction === 'blocks' ? [item.index, one.index] : [one.index, item.index];
  add(ledger, { from, to, kind: phrase.kind, basis, source: phrase.source.slice(0, 200), line });
}

/** All its leaves wait, but for those that say themselves what they wait for. */
function ofSection(
  ledger: Ledger,
  directory: Directory,
  section: Section,
  said: Said,
  settled: ReadonlySet<number>,
): void {
  const { phrase, line } = said;
  const first = section.leaves[0] ?? null;
  const clause = readClause(directory, placeNeeded(phrase) ? first : null, phrase);
  for (const message of clause.doubts) ledger.warnings.push({ line, code: 'ambiguous-dependency', message });
  const named = clause.found.filter(
    ({ item, basis }) => !section.leaves.includes(item) && (phrase.strength === 'strong' || basis === 'ref'),
  );
  for (const leaf of section.leaves) {
    if (settled.has(leaf.index) || !isStep(leaf)) continue;
    const source = phrase.source.slice(0, 200);
    if (phrase.strength !== 'faint')
      addOutside(ledger, clause.missing, { from: leaf.index, kind: phrase.kind, source, line });
    for (const one of named) write(ledger, leaf, one, said, one.section === null ? one.basis : 'phase');
  }
}

/** "all above" counts from the section's first item. */
function placeNeeded({ operands }: Phrase): boolean {
  return /^(?:all|everything|every|each|alle|tou|tod|tutt|все|所有|以上|上記|위|모든|semua)/iu.test(operands);
}

/** Said of the whole issue: every task waits, for something that is none of them. */
function ofIssue(ledger: Ledger, directory: Directory, { phrase, line }: Said): void {
  if (phrase.strength !== 'strong' && !/^[\w./-]*#\d/.test(phrase.operands)) return;
  const { found, missing } = readClause(directory, null, phrase);
  if (found.length > 0) return;
  addOutside(ledger, missing, { from: null, kind: phrase.kind, source: phrase.source.slice(0, 200), line });
  for (const { words } of missing) {
    if (!/#\d/.test(words)) continue;
    const how = isReference(words)
      ? 'on GitHub no task starts before that is closed as completed or merged'
      : 'Muster does not wait for it';
    const message = `The issue says that it waits for "${words.slice(0, 120)}", which is none of its items; ${how}.`;
    ledger.warnings.push({ line, code: 'issue-blocked', message });
  }
}

function readRow(ledger: Ledger, directory: Directory, { subjects, blockers, line }: BlockerRow): void {
  if (blockers === '') return;
  for (const words of subjects) {
    const named = subjectsOfCell(directory, words);
    if (named === null) continue;
    const phrase: Phrase = {
      kind: 'needs',
      direction: 'waits',
      strength: 'strong',
      index: 0,
      end: blockers.length,
      source: blockers,
      operands: blockers,
      denied: false,
      before: '',
      placed: 'aside',
    };
    tie(ledger, directory, named, { phrase, line });
    return;
  }
}

/** One item, or the whole of a part that the cell names by its number. */
function subjectsOfCell(directory: Directory, words: string): Subjects | null {
  const id = readId(words);
  const [reference] = referencesInText(words);
  const found =
    id !== null && id.length === words.length
      ? findById(directory, null, id.ids[0] ?? '', words)
      : reference !== undefined
        ? findByReference(directory, null, reference)
        : /^\d{1,3}$/.test(words)
          ? findByReference(directory, null, `#${words}`)
          : findByName(directory, null, words, 'exact');
  if (found.kind !== 'items') return null;
  const byNumber = found.section !== null && /^\p{L}+\s\d{1,3}$/u.test(words);
  return found.items.length === 1 || byNumber ? { items: found.items, whole: byNumber } : null;
}

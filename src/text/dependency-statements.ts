/**
 * Dependencies stated outside the items: in headings ("Phase 2 (depends on #1)"), below them ("Depends on: Phase 1"),
 * in sentences that name both sides ("T3 depends on T1"), and in the Blocked-by column of a table.
 */
import { readId } from './author-ids.ts';
import type { BlockerRow, ChecklistSource, ItemDependency, ReadItem, Statement } from './checklist-model.ts';
import { type NamedItem, readClause } from './dependency-clause.ts';
import { add, isFull, type Ledger } from './dependency-ledger.ts';
import { findPhrases, type Phrase } from './dependency-phrases.ts';
import type { Directory, Section } from './item-directory.ts';
import { findById, findByName, findByReference, isStep } from './item-lookup.ts';
import { plainText } from './plain-text.ts';
import { referencesInText } from './references.ts';

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
  for (const phrase of findPhrases(plain.text)) {
    const said = { phrase, line: plain.lineAt(phrase.index) };
    const subjects = heading ? null : subjectsOf(directory, phrase);
    if (subjects !== null) {
      tie(ledger, directory, subjects, said);
      continue;
    }
    // words about the section stand at its beginning, or anywhere in its heading
    const about = heading || (phrase.placed === 'opening' && !stated && phrase.index === plain.text.search(/\S/));
    if (!about || phrase.direction === 'blocks') continue;
    stated = true;
    if (section !== undefined && section.leaves.length > 0) ofSection(ledger, directory, section, said, settled);
    else if (!heading) ofIssue(ledger, directory, said);
  }
}

/** The items that a sentence begins with, when it begins with nothing else. */
function subjectsOf(directory: Directory, { before, placed }: Phrase): readonly ReadItem[] | null {
  if (placed === 'opening') return null;
  const words = before
    .replace(/^[\s•*-]+/, '')
    .replace(/(?:\s(?:also|directly|is|are|it|must|should|can|will|cannot))+$/i, '')
    .replace(/\s?[:：—–-]$/, '')
    .trim();
  if (words === '' || words.length > 120) return null;
  const id = readId(words);
  if (id !== null && id.length === words.length) {
    const found = id.ids.map((one) => findById(directory, null, one, words));
    if (found.every((one) => one.kind === 'items'))
      return found.flatMap((one) => (one.kind === 'items' ? one.items : []));
  }
  const number =
    /^(?:items?|tasks?|steps?|schritt|aufgabe|tâche|étape|tarea|paso|tarefa|passo|задача|шаг|tugas|langkah|任务|步骤|タスク|ステップ|작업|단계)\s?#?(\d{1,3})$/iu.exec(
      words,
    )?.[1];
  const item = number === undefined ? undefined : directory.entries[Number(number) - 1]?.item;
  if (item !== undefined) return [item];
  const [reference] = referencesInText(words);
  const found =
    reference !== undefined && words.replace(/^(?:issue|pr|task|item)\s/i, '') === reference
      ? findByReference(directory, null, reference)
      : findByName(directory, null, words.replace(/^["“„«「']|["”“»」']$/gu, ''), 'exact');
  return found.kind === 'items' ? found.items : null;
}

function tie(ledger: Ledger, directory: Directory, subjects: readonly ReadItem[], { phrase, line }: Said): void {
  const [subject] = subjects;
  const clause = readClause(directory, subjects.length === 1 ? (subject ?? null) : null, phrase);
  for (const message of clause.doubts) ledger.warnings.push({ line, code: 'ambiguous-dependency', message });
  for (const one of subjects)
    for (const named of clause.found) write(ledger, one, named, { phrase, line }, named.basis);
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
  for (const { words } of missing) {
    const message = `The issue says that it waits for "${words.slice(0, 120)}", which is none of its items; Muster does not wait for it.`;
    ledger.warnings.push({ line, code: 'issue-blocked', message });
  }
}

function readRow(ledger: Ledger, directory: Directory, { subjects, blockers, line }: BlockerRow): void {
  if (blockers === '') return;
  for (const words of subjects) {
    const item = subjectOfCell(directory, words);
    if (item === null) continue;
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
    tie(ledger, directory, [item], { phrase, line });
    return;
  }
}

function subjectOfCell(directory: Directory, words: string): ReadItem | null {
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
  return found.kind === 'items' && found.items.length === 1 ? (found.items[0] ?? null) : null;
}

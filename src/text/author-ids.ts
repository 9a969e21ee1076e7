/** Ids that authors give their items and headings: "AUTH-2", "T3:", "(A1)", "[P0]", "Step 2b", "2.1", "Phase 3". */

const counted =
  'steps?|tasks?|items?|phases?|parts?|stages?|milestones?|waves?|tracks?|sprints?|epics?|stor(?:y|ies)|issues?|tickets?|points?|sections?|schritte?|aufgaben?|phasen?|teile?|abschnitte?|étapes?|tâches?|phases?|parties?|pasos?|tareas?|fases?|partes?|etapas?|tarefas?|passos?|passi|passo|attività|fas[ei]|шаг[аиу]?|задач[аеиу]?|этап[аеу]?|фаз[аеыу]?|пункт[ау]?|част[ьи]|langkah|tugas|tahap|fase|bagian|步骤|任务|阶段|第|步驟|任務|ステップ|タスク|フェーズ|手順|第|단계|작업|phase';
/** The word before a number, as its first letters: forms of one word are one. */
const leadingWord = new RegExp(`^(?:${counted})`, 'iu');
const idForm =
  '(?:[A-Z][A-Za-z]{0,11}(?:[-_][A-Z][A-Za-z0-9]{0,11}){0,3}[-_.]?\\d{1,6}(?:\\.\\d{1,3}){0,3}[a-z]?|\\d{1,3}(?:\\.\\d{1,3}){1,3}[a-z]?|\\d{1,3}[a-z])';
/** "A. Schema", "(B) Queries". */
const letterStart = /^[\s*_]*(?:[([]([A-Z])[)\]]|([A-Z])[.):：])(?=\s)/u;
const atStart = new RegExp(
  `^[\\s*_]*(?:[(\\[【]\\s?(${idForm})\\s?[)\\]】]|(${idForm})(?=$|[\\s:.)：、，\\]—–-]))`,
  'u',
);
const countedStart = new RegExp(
  `^[\\s*_]*[(\\[]?((?:${counted})\\s{0,2}#?(?:\\d{1,4}(?:\\.\\d{1,3}){0,2}[a-z]?|[A-H]|[IVX]{1,4}))(?![\\d\\p{L}])`,
  'iu',
);
const numberStart = /^[\s*_]*(?:#|no\.? ?)?(\d{1,3})(?:[.):、]|\s[-–—])(?=\s|$|\p{L})/iu;

/** All ids a title begins with, in one spelling. */
export function idsOf(title: string): readonly string[] {
  const found = atStart.exec(title);
  const own = found?.[1] ?? found?.[2];
  const worded = countedStart.exec(title)?.[1];
  const letter = letterStart.exec(title);
  const [short] = [letter?.[1], letter?.[2]].filter((one) => one !== undefined);
  if (short !== undefined) return [idForms(short)];
  return [...(own === undefined ? [] : [idForms(own)]), ...(worded === undefined ? [] : [idForms(worded)])];
}

/** The number a heading begins with: "## 3. Backend", "## #3 Backend", "### Task 3: Backend". */
export function headingNumber(text: string): number | null {
  const found = numberStart.exec(text)?.[1] ?? /^#(\d{1,5})(?!\d)/.exec(text)?.[1];
  const worded =
    /^(?:tasks?|items?|issues?|stor(?:y|ies)|tickets?|aufgabe|tâche|tarea|tarefa|задача|任务|タスク|작업|tugas)\s{0,2}#?(\d{1,4})(?![\d.])/iu.exec(
      text,
    );
  const number = found ?? worded?.[1];
  return number === undefined ? null : Number(number);
}

const operand = new RegExp(
  `^[(\\[]?((?:${counted})\\s{0,2}#?(?:\\d{1,4}(?:\\.\\d{1,3}){0,2}[a-z]?|[A-H](?![\\p{L}\\d])|[IVX]{1,4}(?![\\p{L}\\d]))(?!-\\d{1,2}\\.)|${idForm}(?![)\\]]?-\\d))[)\\]]?(?![\\p{L}\\d_]|\\.\\d)`,
  'iu',
);
const rangeEnd = new RegExp(
  `^\\s{0,2}(?:-|–|—|\\.{2,3}|…|~|～|〜|to|through|thru|bis|à|a|até|al|по|до|hingga|sampai|至|到|から)\\s{0,2}((?:${idForm})|\\d{1,4}[a-z]?)(?![\\p{L}\\d_-])`,
  'u',
);

export interface IdOperand {
  /** All ids named, a range written out. */
  readonly ids: readonly string[];
  readonly words: string;
  readonly length: number;
}

const longestRange = 100;

/** The id or range of ids that a text begins with. Whether anything has these ids is another matter. */
export function readId(text: string): IdOperand | null {
  const first = operand.exec(text) ?? /^[([]?([A-Z])[)\]]?(?![\p{L}\d_]|[-./+&]\S)/u.exec(text);
  if (first?.[1] === undefined) return null;
  const until = rangeEnd.exec(text.slice(first[0].length));
  const ids = until?.[1] === undefined ? null : between(first[1], until[1]);
  if (until === null || ids === null) return { ids: [idForms(first[1])], words: first[0], length: first[0].length };
  const length = first[0].length + until[0].length;
  return { ids, words: text.slice(0, length), length };
}

function between(first: string, last: string): readonly string[] | null {
  const [, prefix = '', from = ''] = /^(.*?)(\d+)$/.exec(first) ?? [];
  const [, lastPrefix = '', to = ''] = /^(.*?)(\d+)$/.exec(last) ?? [];
  if (from === '' || to === '' || (lastPrefix !== '' && idForms(`${lastPrefix}1`) !== idForms(`${prefix}1`)))
    return null;
  const count = Number(to) - Number(from) + 1;
  if (count < 2 || count > longestRange) return null;
  return Array.from({ length: count }, (_, at) =>
    idForms(`${prefix}${String(Number(from) + at).padStart(from.length, '0')}`),
  );
}

/** Case, width and white space make no difference, nor does the form of the word before a number. */
function idForms(id: string): string {
  const plain = id
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s#]+/g, '');
  return plain.replace(leadingWord, (word) => `${word.slice(0, /^[a-zа-яà-ÿ]/u.test(word) ? 3 : word.length)}:`);
}

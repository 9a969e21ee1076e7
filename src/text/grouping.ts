/**
 * A coarser cut of a list whose items are too many and too small: what its author put together, or what names the same
 * thing, as one task. A proposal; it follows from the text alone, and no group closes a circle of dependencies.
 */
import { findCycle } from '../core/graph.ts';
import { contracted } from '../core/grouping.ts';
import type { PlannedEdge, PlannedTask, TaskGroup, TaskId } from '../core/plan.ts';
import { inOrder } from './item-graph.ts';
import { clip, oneLine } from './markdown.ts';
import { pathsNamed } from './named-things.ts';
import { normalTitle } from './plain-text.ts';
import { titleWords } from './title-words.ts';

/** A list with fewer open items is never too fine. */
const fewestItems = 8;
/** This share of the items has to be small. */
const smallShare = 3 / 4;
/** Grouping has to leave no more than this share of the tasks. */
const worthwhile = 2 / 3;
/** More than these are a day's work again. */
const mostInGroup = 6;
/** One word alone is a weak sign. */
const fewestByWord = 3;
const longestTitle = 100;
/** Characters that a small item says beyond its title. */
const mostBeside = 200;
const mostMinutes = 20;

/** What an item does rather than what it is about. */
const verbs = new Set(
  titleWords(
    'add create implement build write make define introduce extract use support improve handle ensure update change fix remove delete move rename replace refactor clean set setup configure enable disable allow provide generate convert migrate test tests check document correct resolve show display hide data code file files value type name example update anlegen erstellen hinzufügen créer ajouter crear añadir agregar criar adicionar создать добавить buat tambah tambahkan',
  ),
);

interface Candidate {
  readonly task: PlannedTask;
  readonly words: ReadonlySet<string>;
  readonly label: string | null;
  readonly paths: readonly string[];
  /** Only tasks that are worked on alike can be one. */
  readonly how: string;
}

/** Empty where the list is coarse enough, or nothing in it belongs together. */
export function proposeGroups(tasks: readonly PlannedTask[], edges: readonly PlannedEdge[]): readonly TaskGroup[] {
  const work = tasks.filter(({ role, made }) => role === 'work' && made !== true);
  const small = work.filter(isSmall);
  if (work.length < fewestItems || small.length < smallShare * work.length) return [];
  const finder = createFinder(tasks, edges);
  const candidates = small.filter(isPlain).map(candidateOf);
  const clusters = (key: (one: Candidate) => string | null): readonly (readonly Candidate[])[] =>
    clustersBy(candidates, (one) => [key(one)].filter((found) => found !== null));
  for (const cluster of clusters(({ task }) => (task.parents.length === 0 ? null : placeOf(task)))) {
    const parent = cluster[0]?.task.parents.at(-1) ?? '';
    finder.take(cluster, parent, `all stand under "${clip(parent, 60)}"`);
  }
  for (const cluster of clusters(({ label }) => label)) {
    const label = cluster[0]?.label ?? '';
    finder.take(cluster, label, `all are about "${clip(label, 60)}"`);
  }
  const sections = clusters(({ task }) => placeOf(task));
  for (const cluster of sections) {
    const section = cluster[0]?.task.section ?? null;
    const shared = sharedWord(cluster);
    if (section !== null && sections.length > 1 && shared !== null)
      finder.take(cluster, section, `all stand under "${clip(section, 60)}" and are about "${shared}"`);
  }
  for (const cluster of clustersBy(candidates, ({ paths }) => paths)) {
    const path = cluster[0]?.paths.find((one) => cluster.every(({ paths }) => paths.includes(one))) ?? '';
    finder.take(cluster, null, `all name \`${clip(path, 60)}\``);
  }
  for (const section of sections)
    for (const word of commonWords(section).filter((one) => one.length > 3)) {
      const cluster = section.filter(({ words }) => words.has(word));
      if (cluster.length >= fewestByWord && !isLabelledApart(cluster))
        finder.take(cluster, null, `all are about "${inWords(cluster[0], word)}"`);
    }
  const groups = finder.groups();
  const left = work.length - groups.reduce((sum, group) => sum + group.tasks.length - 1, 0);
  return left <= worthwhile * work.length ? groups : [];
}

interface Finder {
  /** Those of a cluster that are still free, if they can be one task. `title` null: named after the first of them. */
  readonly take: (cluster: readonly Candidate[], title: string | null, why: string) => void;
  /** In the order of the list. */
  readonly groups: () => readonly TaskGroup[];
}

function createFinder(tasks: readonly PlannedTask[], edges: readonly PlannedEdge[]): Finder {
  const order = new Map(tasks.map(({ id }, index) => [id, index]));
  const titles = new Set(tasks.map(({ title }) => normalTitle(title)));
  const taken = new Map<TaskId, TaskId>();
  const found: TaskGroup[] = [];
  const isAcyclic = (members: readonly TaskId[]): boolean => {
    const [first = ''] = members;
    const ids = new Map([...taken, ...members.map((id) => [id, first] as const)]);
    return findCycle([...new Set(tasks.map(({ id }) => ids.get(id) ?? id))], contracted(edges, ids)) === null;
  };
  return {
    take(cluster, title, why) {
      const free = cluster.filter(({ task }) => !taken.has(task.id));
      const [head] = free;
      const alike = free.filter(({ how }) => how === head?.how).map(({ task }) => task);
      if (head === undefined || alike.length < 2 || alike.length > mostInGroup) return;
      const ids = alike.map(({ id }) => id);
      if (!isAcyclic(ids)) return;
      const within = edges.filter(({ from, to }) => ids.includes(from) && ids.includes(to));
      for (const id of ids) taken.set(id, ids[0] ?? id);
      const name = freeTitle(title === null ? null : clip(oneLine(title), longestTitle), head.task, ids.length, titles);
      found.push({ title: name, tasks: inOrder(ids, within), why });
    },
    groups: () => {
      const first = ({ tasks: ids }: TaskGroup): number => Math.min(...ids.map((id) => order.get(id) ?? 0));
      return [...found].sort((a, b) => first(a) - first(b));
    },
  };
}

/** Unlike any item's and any other group's: titles tell tasks apart. */
function freeTitle(title: string | null, first: PlannedTask, size: number, taken: Set<string>): string {
  const named = `${clip(oneLine(first.title), longestTitle - 20)} and ${size - 1} more`;
  const isFree = (one: string): boolean => one !== '' && !taken.has(normalTitle(one));
  let found = [title, title === null ? null : `${title}: ${named}`].find((one) => one !== null && isFree(one)) ?? named;
  for (let n = 2; !isFree(found); n++) found = `${named} (${n})`;
  taken.add(normalTitle(found));
  return found;
}

function isSmall({ title, text, estimateMinutes }: PlannedTask): boolean {
  const points = text.match(/^\s*(?:[-*+]|\d{1,3}[.)])\s/gm) ?? [];
  return (
    title.length <= longestTitle &&
    text.length <= title.length + mostBeside &&
    points.length <= 2 &&
    (estimateMinutes === null || estimateMinutes <= mostMinutes)
  );
}

/** It has no issue of its own yet, and nothing else in the plan hangs on its being one task. */
function isPlain({ title, adopts, items, outputs, judges, chosenBy, persona }: PlannedTask): boolean {
  const pointed = /^\W{0,3}(?:[\w.-]{1,60}\/[\w.-]{1,60})?#\d|^https?:/.test(title);
  return adopts === null && !pointed && [items, outputs, judges, chosenBy, persona].every((one) => one === undefined);
}

function candidateOf(task: PlannedTask): Candidate {
  const title = oneLine(task.title);
  const words = wordsIn(title).filter((word) => !verbs.has(word));
  const how = JSON.stringify([task.agent, task.capabilities ?? []]);
  return { task, words: new Set(words), label: labelOf(title), paths: pathsNamed(task.text), how };
}

/** Kinds of commits say nothing of the part that they are about. */
const kinds =
  /^(?:feat|feature|fix|chore|docs?|tests?|refactor|ci|build|perf|style|bug|task|todo|p\d|[a-z]{1,4}-?\d+)$/i;

/** "Auth" of "Auth: log out", "[Auth] log out" and "fix(auth): log out". */
function labelOf(title: string): string | null {
  const found =
    /^\w{2,12}\(([^()]{2,30})\)!?:\s/.exec(title)?.[1] ??
    /^[[【]([^[\]【】]{2,30})[\]】]/.exec(title)?.[1] ??
    /^([^:：()[\]]{2,30})(?::\s|：)/.exec(title)?.[1];
  return found === undefined || kinds.test(found.trim()) ? null : found.trim();
}

const hasNoSpaces = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** Parts of names count (`CartItem`); where words are not set apart, pairs of characters do. */
function wordsIn(title: string): readonly string[] {
  const spaced = title.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2');
  return titleWords(spaced).flatMap((word) =>
    hasNoSpaces.test(word)
      ? Array.from({ length: Math.max(0, word.length - 1) }, (_, at) => word.slice(at, at + 2))
      : word.length > 2
        ? [word]
        : [],
  );
}

function placeOf({ section, parents }: PlannedTask): string {
  return JSON.stringify([section, ...parents]);
}

/** As it stands in a title: a word of at least two thirds of them. Null where their author labelled them apart. */
function sharedWord(cluster: readonly Candidate[]): string | null {
  if (isLabelledApart(cluster)) return null;
  const [best] = commonWords(cluster);
  if (best === undefined) return null;
  const holders = cluster.filter(({ words }) => words.has(best));
  return holders.length * 3 >= cluster.length * 2 ? inWords(holders[0], best) : null;
}

function isLabelledApart(cluster: readonly Candidate[]): boolean {
  return cluster.some(({ label }) => label !== null && label !== cluster[0]?.label);
}

/** Words of at least two, most common first; of equally common ones the earliest. */
function commonWords(cluster: readonly Candidate[]): readonly string[] {
  const holders = new Map<string, number>();
  for (const { words } of cluster) for (const word of words) holders.set(word, (holders.get(word) ?? 0) + 1);
  return [...holders]
    .filter(([, many]) => many > 1)
    .sort(([, a], [, b]) => b - a)
    .map(([word]) => word);
}

function clustersBy(
  candidates: readonly Candidate[],
  keys: (one: Candidate) => readonly string[],
): readonly (readonly Candidate[])[] {
  const found = new Map<string, Candidate[]>();
  for (const one of candidates)
    for (const key of new Set(keys(one))) {
      const known = found.get(key);
      if (known === undefined) found.set(key, [one]);
      else known.push(one);
    }
  return [...found.values()];
}

function inWords(one: Candidate | undefined, stem: string): string {
  if (hasNoSpaces.test(stem)) return stem;
  const words = one?.task.title.match(/[\p{L}\p{N}]+(?:[-_./][\p{L}\p{N}]+)*/gu) ?? [];
  return words.find((word) => wordsIn(word).includes(stem)) ?? stem;
}

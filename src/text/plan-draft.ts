/** A plan while patterns work on it: tasks are found by the names people use, made where there is none, and connected. */
import type { PlanProblem } from '../core/model.ts';
import type { EdgeBasis, PlannedEdge, PlannedTask, TaskId, TaskRole } from '../core/plan.ts';
import { nearest } from './nearest.ts';
import type { Named } from './pattern-model.ts';
import { normalTitle } from './plain-text.ts';

export interface Draft {
  readonly tasks: () => readonly PlannedTask[];
  readonly edges: () => readonly PlannedEdge[];
  readonly problems: () => readonly PlanProblem[];
  readonly get: (id: TaskId) => PlannedTask | undefined;
  /** Adds what is not there yet; what is written explicitly stays. */
  readonly change: (id: TaskId, change: Partial<PlannedTask>) => void;
  readonly make: (task: NewTask) => TaskId;
  /** `from` waits for `to`; doubles and loops to itself are dropped. */
  readonly connect: (from: TaskId, to: TaskId, how: Connection) => void;
  /** Gives tasks a name that other parts of the plan use, such as `step_1`. */
  readonly name: (words: string, ids: readonly TaskId[]) => void;
  /** Items by number, title, name or heading; empty when there is none of that name. */
  readonly find: (words: string) => readonly TaskId[];
  /** Tasks of exactly this title. */
  readonly titled: (words: string) => readonly TaskId[];
  /** Like `find`; nothing found is a problem. */
  readonly require: (named: Named, what: string) => readonly TaskId[];
  readonly problem: (line: number, message: string, remedy: string) => void;
}

export interface Connection {
  readonly basis: EdgeBasis;
  readonly source: string;
  readonly line: number;
  readonly until?: PlannedEdge['until'];
}

export interface NewTask {
  readonly title: string;
  readonly text: string;
  readonly role: TaskRole;
  readonly section: string | null;
  readonly line: number;
  readonly minutes: number | null;
}

export function createDraft(items: readonly PlannedTask[], stated: readonly PlannedEdge[]): Draft {
  const tasks = new Map<TaskId, PlannedTask>();
  const edges = [...stated];
  const joined = new Set(stated.map(({ from, to, kind }) => `${kind} ${from}>${to}`));
  const names = new Map<string, readonly TaskId[]>();
  const problems: PlanProblem[] = [];
  const byTitle = new Map<string, TaskId[]>();
  const remember = (task: PlannedTask): void => {
    tasks.set(task.id, task);
    const key = plain(task.title);
    byTitle.set(key, [...(byTitle.get(key) ?? []), task.id]);
  };
  for (const task of items) remember(task);

  const problem = (line: number, message: string, remedy: string): void => {
    problems.push({ code: 'pattern', line, message, remedy });
  };
  const find = (words: string): readonly TaskId[] => {
    const named = names.get(plain(words));
    if (named !== undefined) return named;
    const number = /^(?:item\s*)?#?(\d{1,4})$/i.exec(words.trim())?.[1];
    if (number !== undefined) return items[Number(number) - 1] === undefined ? [] : [`t${Number(number)}`];
    return byTitle.get(plain(words)) ?? byWords(items, words);
  };

  return {
    tasks: () => [...tasks.values()],
    edges: () => edges,
    problems: () => problems,
    get: (id) => tasks.get(id),
    change(id, change) {
      const task = tasks.get(id);
      if (task !== undefined) tasks.set(id, { ...task, ...change });
    },
    make({ title, text, role, section, line, minutes }) {
      const id = `t${tasks.size + 1}`;
      remember({
        id,
        title,
        text,
        section,
        parents: [],
        neighbours: [],
        role,
        estimateMinutes: minutes,
        line,
        agent: null,
        adopts: null,
        made: true,
      });
      return id;
    },
    connect(from, to, { until, ...how }) {
      const key = `needs ${from}>${to}`;
      if (from === to || joined.has(key)) return;
      joined.add(key);
      edges.push({ from, to, kind: 'needs', ...how, ...(until === undefined ? {} : { until }) });
    },
    name(words, ids) {
      const key = plain(words);
      if (key !== '' && !names.has(key)) names.set(key, ids);
    },
    find,
    titled: (words) => byTitle.get(plain(words)) ?? [],
    require(named, what) {
      const ids = find(named.words);
      if (ids.length > 0) return ids;
      const known = [...[...tasks.values()].map(({ title }) => title), ...names.keys()];
      const meant = nearest(named.words, known);
      const remedy =
        meant === null
          ? 'Name an item of the list by its number or title, or a step by its id.'
          : `Did you mean "${meant}"?`;
      problem(named.line, `${what} "${named.words.slice(0, 80)}" names nothing in this plan.`, remedy);
      return [];
    },
    problem,
  };
}

function plain(words: string): string {
  return normalTitle(words).replace(/[\s_-]+/g, '_');
}

/** What stands before a bracket or colon of a title, a heading, or the one title that has all the words. */
function byWords(tasks: readonly PlannedTask[], words: string): readonly TaskId[] {
  const wanted = plain(words);
  const ids = (fits: (task: PlannedTask) => boolean): readonly TaskId[] => tasks.filter(fits).map(({ id }) => id);
  const equal = ids(({ title }) => plain(headOf(title)) === wanted);
  if (equal.length > 0) return equal;
  const under = ids(
    ({ section, parents }) => [section ?? '', ...parents].some((one) => plain(one) === wanted) && wanted !== '',
  );
  if (under.length > 0) return under;
  const parts = wordsIn(words);
  if (parts.length === 0) return [];
  const holding = ids(({ title }) => {
    const own = wordsIn(title);
    return parts.every((part) => own.some((one) => isSameWord(part, one)));
  });
  return holding.length === 1 ? holding : [];
}

/** A title without what is said in brackets or after a colon. */
function headOf(title: string): string {
  return title.replace(/\s*\([^()]*\)\s*$/, '').replace(/:\s.*$/s, '');
}

function wordsIn(text: string): readonly string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, 60);
}

/** `definition` and `define`, `tests` and `testing`: long words count by their beginning. */
function isSameWord(a: string, b: string): boolean {
  if (a === b) return true;
  let shared = 0;
  while (shared < a.length && a[shared] === b[shared]) shared++;
  return shared >= 4 && shared >= Math.min(a.length, b.length) - 1;
}

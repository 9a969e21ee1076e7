/** What a careful reader would say of how a list is cut: items too large for one agent, items that will meet in one file. */
import type { Arc } from '../core/graph.ts';
import { itemsOf } from '../core/grouping.ts';
import type { PlannedTask, PlanWarning } from '../core/plan.ts';
import { humanDuration } from './durations.ts';
import { clip, listOf, oneLine } from './markdown.ts';
import { namesIn } from './named-things.ts';

const mostMinutes = 240;
const mostChars = 4_000;
const mostPoints = 6;
/** Of one kind. */
const mostWarnings = 20;
/** What more of the items than these name is common ground, such as the project's own name. */
const mostHolders = 8;

/** Items that are more than one agent's work, each with how it could be split. */
export function sizeWarnings(tasks: readonly PlannedTask[]): readonly PlanWarning[] {
  const large = tasks.flatMap((task): readonly PlanWarning[] => {
    // a group is as large as somebody wanted it
    if (task.role !== 'work' || task.made === true || itemsOf(task).length > 1) return [];
    const points = pointsOf(task.text);
    const why = tooLarge(task, points);
    if (why === null) return [];
    const message = `"${clip(oneLine(task.title), 80)}" ${why}, which is much for one agent and one pull request. ${splitWords(task, points)}`;
    return [{ line: task.line, code: 'over-large', message }];
  });
  return large.slice(0, mostWarnings);
}

function tooLarge({ text, estimateMinutes }: PlannedTask, points: readonly string[]): string | null {
  if (points.length >= mostPoints) return `has ${points.length} points of its own`;
  if (estimateMinutes !== null && estimateMinutes > mostMinutes)
    return `is thought to take ${humanDuration(estimateMinutes * 60_000)}`;
  return text.length > mostChars ? `is ${text.length.toLocaleString('en-US')} characters long` : null;
}

/** Bullets of the first level below the title. */
function pointsOf(text: string): readonly string[] {
  const bullets = text.split('\n').flatMap((line, index) => {
    const match = index === 0 ? null : /^(\s*)(?:[-*+]|\d{1,3}[.)])\s+(\S.*)$/.exec(line.trimEnd());
    return match === null ? [] : [{ indent: (match[1] ?? '').replace(/\t/g, '    ').length, words: match[2] ?? '' }];
  });
  const least = Math.min(...bullets.map(({ indent }) => indent));
  return bullets.filter(({ indent }) => indent <= least + 1).map(({ words }) => words);
}

function splitWords({ title }: PlannedTask, points: readonly string[]): string {
  if (points.length < 2)
    return `Split it into boxes below it, one for each part that can land by itself; "${clip(oneLine(title), 40)}" then is their group.`;
  const names = points.map((point) => `"${clip(oneLine(point), 40)}"`);
  return `Put a box before each of its points to have them worked on one by one: ${listOf(names, 4)}.`;
}

/** Tasks that name one file or one thing of the code, while nothing says which comes first. `proposed` covers pairs. */
export function independenceWarnings(
  tasks: readonly PlannedTask[],
  edges: readonly Arc[],
  proposed: readonly Arc[],
): readonly PlanWarning[] {
  const holders = new Map<string, PlannedTask[]>();
  const symbolHolders = new Map<string, PlannedTask[]>();
  for (const task of tasks) {
    if (task.role !== 'work') continue;
    const { paths, symbols } = namesIn(task.text);
    for (const name of paths) holders.set(name, [...(holders.get(name) ?? []), task]);
    for (const name of symbols) symbolHolders.set(name, [...(symbolHolders.get(name) ?? []), task]);
  }
  const reach = reachOf([...edges, ...proposed]);
  const seen = new Set<string>();
  // where one makes it, the others only use it
  const used = [...symbolHolders].filter(([, all]) => !all.some((one) => all.some((other) => reach(one.id, other.id))));
  return [...holders, ...used]
    .flatMap(([name, all]): readonly PlanWarning[] => {
      if (all.length < 2 || all.length > mostHolders) return [];
      const loose = all.filter((one) => all.some((other) => one !== other && !reach(one.id, other.id)));
      const [first, second] = loose;
      const key = loose.map(({ id }) => id).join();
      if (first === undefined || second === undefined || seen.has(key)) return [];
      seen.add(key);
      const who = listOf(
        loose.map((task) => `"${clip(oneLine(task.title), 60)}" (line ${task.line})`),
        4,
      );
      const message = `${who} name \`${name}\`, and none waits for another: they may get into each other's way. If one comes first, write so into the others: (needs "${clip(oneLine(first.title), 60)}").`;
      return [{ line: second.line, code: 'false-independence', message }];
    })
    .slice(0, mostWarnings);
}

/** Whether one waits for the other, either way, directly or through others. */
function reachOf(arcs: readonly Arc[]): (a: string, b: string) => boolean {
  const out = new Map<string, string[]>();
  for (const { from, to } of arcs) out.set(from, [...(out.get(from) ?? []), to]);
  const known = new Map<string, ReadonlySet<string>>();
  const below = (id: string): ReadonlySet<string> => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const seen = new Set<string>();
    const open = [...(out.get(id) ?? [])];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      open.push(...(out.get(at) ?? []));
    }
    known.set(id, seen);
    return seen;
  };
  return (a, b) => below(a).has(b) || below(b).has(a);
}

/** Branch names: `muster/<issue>-<slug>`, unique within the orchestration, and never one a prefix folder of another. */
import type { PlannedTask } from './plan.ts';

/** `[a-z0-9-]`, at most 50 characters, `task` where nothing is left (titles in other scripts). */
export function slug(title: string): string {
  const plain = title.normalize('NFKD').toLowerCase();
  let out = '';
  for (const char of plain) {
    if ((char >= 'a' && char <= 'z') || (char >= '0' && char <= '9')) out += char;
    else if (char > '\u036f' || char < '\u0300') out += out.endsWith('-') || out === '' ? '' : '-';
    if (out.length >= 50) break;
  }
  while (out.endsWith('-')) out = out.slice(0, -1);
  return out === '' ? 'task' : out;
}

/** One name per task, in order, none of those in use; equal slugs get `-2`, `-3`, … */
export function branchNames(
  issue: number,
  tasks: readonly PlannedTask[],
  used: readonly string[] = [],
): readonly string[] {
  const taken = new Set<string>(used);
  return tasks.map((task) => {
    const base = `muster/${issue}-${slug(task.title)}`;
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}-${n}`;
    taken.add(name);
    return name;
  });
}

/**
 * Issue bodies as people write them, in eleven languages, each with what should be understood of it. How to read an
 * expectation: `# Section` (alone: none), then one line per checkbox with its mark: `-` handed out, `!` left out,
 * `x` ticked, `~` struck, `g` a group; indented by depth; `^n` or `^-` where the parent is not the line it is indented
 * below; `@` references; `>` waits for, `~>` lands after, `p>` by the order of phases; `+` tasks offered from a list
 * without boxes; `?` codes of warnings.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type PlanJson, planJson } from '../../src/text/plan-json.ts';

interface Case {
  readonly name: string;
  readonly body: string;
  readonly expected: string;
}

const folder = fileURLToPath(new URL('bodies/', import.meta.url));

function casesIn(file: string): readonly Case[] {
  const parts = readFileSync(`${folder}${file}`, 'utf8')
    .split(/^%%%% /m)
    .slice(1);
  return parts.map((part) => {
    const [head = '', expected = ''] = part.split('---- expect\n');
    const cut = head.indexOf('\n');
    const name = head.slice(0, cut);
    const body = head.slice(cut + 1);
    return { name, body: name.endsWith('[crlf]') ? body.replaceAll('\n', '\r\n') : body, expected: expected.trimEnd() };
  });
}

function understood({ tasks, edges, warnings, offer }: PlanJson): string {
  const lines: string[] = [];
  let section: string | null = null;
  for (const task of tasks) {
    if (task.section !== section || (lines.length === 0 && task.section !== null))
      lines.push(`# ${task.section ?? ''}`.trim());
    section = task.section;
    const above = tasks.findLast(
      (other) => other.index < task.index && other.depth < task.depth && other.section === section,
    );
    const parent = (above?.index ?? null) === task.parentIndex ? '' : `^${task.parentIndex ?? '-'} `;
    const mark = task.role === 'group' ? 'g' : task.checked ? 'x' : task.struck ? '~' : task.dispatch ? '-' : '!';
    const to = (kind: string, phase: boolean): readonly number[] =>
      edges
        .filter(
          (edge) =>
            edge.from === task.index &&
            edge.kind === kind &&
            edge.basis !== 'proposed' &&
            (edge.basis === 'phase') === phase,
        )
        .map((edge) => edge.to)
        .sort((a, b) => a - b);
    expect(to('needs', false)).toEqual(task.dependsOn);
    lines.push(
      '  '.repeat(task.depth) +
        `${parent}${mark} ${task.title}${list(' @', task.refs)}${list(' p>', to('needs', true))}${list(' >', task.dependsOn)}${list(' ~>', to('lands-after', false))}`,
    );
  }
  if (warnings.length > 0)
    lines.push(
      list(
        '?',
        warnings.map(({ code }) => code),
      ),
    );
  for (const task of offer?.tasks ?? [])
    lines.push(`+ ${task.title}${list(' @', task.refs)}${list(' >', task.dependsOn)}`);
  return lines.join('\n');
}

function list(sign: string, values: readonly (string | number)[]): string {
  return values.length === 0 ? '' : `${sign} ${values.join(' ')}`;
}

describe.each(readdirSync(folder))('%s', (file) => {
  it.each(casesIn(file).map((one) => [one.name, one] as const))('%s', (_, { body, expected }) => {
    expect(understood(planJson(body))).toBe(expected.replace(/^#\n/, ''));
  });
});

/** The examples of docs/patterns.md: a heading, an issue, and its picture. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../../src/core/plan.ts';
import { defaultPolicy } from '../../src/core/plan.ts';
import { type CompiledPlan, compilePlan } from '../../src/text/compile-plan.ts';

export interface PatternExample {
  readonly name: string;
  readonly body: string;
  /** Mermaid below the issue; null when there is none. */
  readonly picture: string | null;
}

const document = join(import.meta.dirname, '..', '..', 'docs', 'patterns.md');

export function patternExamples(): readonly PatternExample[] {
  const sections = readFileSync(document, 'utf8').split(/^##+ /m).slice(1);
  return sections.flatMap((section) => {
    const body = /^````markdown\n([\s\S]*?)^````$/m.exec(section)?.[1];
    if (body === undefined) return [];
    const picture = /^```mermaid\n([\s\S]*?)^```$/m.exec(section)?.[1] ?? null;
    return [{ name: section.split('\n')[0] ?? '', body, picture }];
  });
}

export function exampleOf(name: string): PatternExample {
  const found = patternExamples().find((example) => example.name.includes(name));
  if (found === undefined) throw new Error(`docs/patterns.md has no example "${name}"`);
  return found;
}

export function compileExample(body: string): CompiledPlan {
  return compilePlan({
    body,
    settings: {},
    flags: {},
    subIssues: [],
    agents: ['default'],
    basePolicy: defaultPolicy,
  });
}

/** The picture as the document has to show it. */
export function drawPlan(plan: Plan): string {
  const label = (title: string): string => title.replaceAll('"', "'");
  const boxes = plan.tasks.map(({ id, title, role }) =>
    role === 'work' ? `  ${id}["${label(title)}"]` : `  ${id}{{"${label(title)}"}}`,
  );
  const arrows = plan.edges.map(({ from, to, until }) => {
    const { chosenBy } = plan.tasks.find(({ id }) => id === from) ?? {};
    const word = chosenBy?.task === to ? `|"${chosenBy.outcome}"| ` : '';
    return `  ${to} ${until === undefined ? '-->' : '-.->'}${word === '' ? ' ' : word}${from}`;
  });
  return ['graph LR', ...boxes, ...arrows, ''].join('\n');
}

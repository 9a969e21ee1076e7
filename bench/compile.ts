/** What reading a plan costs beside parsing the same text with remark alone: an issue body as long as GitHub allows. */
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { defaultPolicy } from '../src/core/plan.ts';
import { compilePlan } from '../src/text/compile-plan.ts';
import { median } from './figures.ts';

const longestBody = 65_536;

export interface CompileResult {
  readonly bench: 'compile';
  readonly characters: number;
  readonly tasks: number;
  readonly rounds: number;
  /** Medians. */
  readonly compileMs: number;
  readonly remarkMs: number;
  readonly ratio: number;
}

export function measureCompile(rounds = 15): CompileResult {
  const body = longPlan();
  const parser = unified().use(remarkParse).use(remarkGfm).freeze();
  const compile = (): number => {
    const compiled = compilePlan({
      body,
      settings: {},
      flags: {},
      subIssues: [],
      agents: ['default'],
      basePolicy: defaultPolicy,
    });
    if (!compiled.ok) throw new Error(compiled.problems.map((problem) => problem.message).join(' '));
    return compiled.plan.tasks.length;
  };
  const tasks = compile();
  parser.parse(body);
  const ours: number[] = [];
  const theirs: number[] = [];
  // in turns, so that whatever else the machine does hits both alike
  for (let round = 0; round < rounds; round++) {
    theirs.push(timed(() => parser.parse(body)));
    ours.push(timed(compile));
  }
  const [compileMs, remarkMs] = [median(ours), median(theirs)];
  return { bench: 'compile', characters: body.length, tasks, rounds, compileMs, remarkMs, ratio: compileMs / remarkMs };
}

/** Sections of tasks with needs, notes, code and links, as people write them, up to the limit. */
function longPlan(): string {
  const parts = ['# Rework the shop\n\nEverything below is to be done by agents.\n'];
  const task = (n: number): string =>
    [
      `- [ ] Build part ${n} of the shop${n > 3 ? ` (needs #${n - 3})` : ''} ~${10 + (n % 7) * 5}m`,
      `  Part ${n} lives in \`src/part-${n}.ts\`; see [the notes](https://example.com/notes/${n}) and **keep** the *public* names.`,
      '',
      '  ```ts',
      `  export function part${n}(input: string): string { return input; }`,
      '  ```',
      '',
    ].join('\n');
  for (let n = 1; n <= 100; n++) {
    if (n % 10 === 1) parts.push(`\n## Phase ${Math.ceil(n / 10)}\n\nA phase has a paragraph that says what it is for.\n`);
    parts.push(task(n));
  }
  const filler = '\n## Background\n\nThe shop began as *one* file; [it grew](https://example.com/history) and now `nobody` likes to touch it.\n';
  let body = parts.join('\n');
  while (body.length + filler.length <= longestBody) body += filler;
  return body.padEnd(longestBody, ' ');
}

function timed(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

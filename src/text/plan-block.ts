/**
 * The `muster` blocks of an issue: one with settings and a pattern, or the steps of a phased plan, one block each, under
 * headings such as "Phase 1: Design", "Step 2" and "Parallel Group 1".
 */
import type { RootContent } from 'mdast';
import type { PlanProblem } from '../core/model.ts';
import { parseMarkdown } from './markdown-tree.ts';
import { noPattern, type PatternPhase, type PatternStep, type PhasePart } from './pattern-model.ts';
import { wordsOf } from './plain-text.ts';
import { readStep } from './read-steps.ts';
import { type LoadedSettings, loadIssueSettings, type Settings } from './settings.ts';
import { createYamlReader } from './yaml-reader.ts';
import { readYamlTree, type YamlTree } from './yaml-tree.ts';

interface Block {
  readonly text: string;
  /** Of its first line, 1-based in the body. */
  readonly line: number;
  /** Headings above it, outermost first. */
  readonly headings: readonly string[];
}

/** Cheap, and never false where there is one. */
export function mayHavePlanBlock(body: string): boolean {
  return /^[ \t>]*(?:```+|~~~+)[ \t]*muster/im.test(body);
}

/** No block: no settings. Never throws. */
export function readPlanBlocks(body: string): LoadedSettings {
  if (!mayHavePlanBlock(body)) return { ok: true, settings: {} };
  const blocks = findBlocks(parseMarkdown(body).blocks);
  const steps = blocks.map((block) => ({ block, parts: stepsOf(block) }));
  const rest = steps.filter(({ parts }) => parts === null);
  const [first, second] = rest;
  const problems: PlanProblem[] = [];
  if (second !== undefined)
    problems.push({
      code: 'settings',
      line: second.block.line,
      message: `The muster block, line ${second.block.line}: there is another one in line ${first?.block.line ?? 0}.`,
      remedy: 'Put both into one. Only single steps ("task: …" or a list of them) have a block each.',
    });
  const loaded: LoadedSettings =
    first === undefined ? { ok: true, settings: {} } : loadIssueSettings(first.block.text, first.block.line);
  if (!loaded.ok) problems.push(...loaded.problems);
  const phases = phasesOf(
    steps.flatMap(({ block, parts }) => (parts === null ? [] : [{ block, parts }])),
    problems,
  );
  if (problems.length > 0) return { ok: false, problems };
  const settings: Settings = loaded.ok ? loaded.settings : {};
  if (phases.length === 0) return { ok: true, settings };
  const pattern = settings.pattern ?? { ...noPattern, line: phases[0]?.line ?? 0 };
  return { ok: true, settings: { ...settings, pattern: { ...pattern, phases: [...pattern.phases, ...phases] } } };
}

function findBlocks(nodes: readonly RootContent[]): readonly Block[] {
  const found: Block[] = [];
  let open: { readonly depth: number; readonly words: string }[] = [];
  for (const node of nodes) {
    if (node.type === 'heading')
      open = [...open.filter(({ depth }) => depth < node.depth), { depth: node.depth, words: wordsOf(node) }];
    const isOurs = node.type === 'code' && /^muster$/i.test(node.lang ?? '');
    if (isOurs)
      found.push({
        text: node.value,
        line: (node.position?.start.line ?? 0) + 1,
        headings: open.map(({ words }) => words),
      });
  }
  return found;
}

/** The parts that a block of a phased plan stands for; null for any other block. */
function stepsOf(block: Block): YamlTree | null {
  const yaml = readYamlTree(block.text, block.line);
  if (!yaml.ok || yaml.root?.kind !== 'map') return null;
  const keys = new Map(yaml.root.entries.map(({ key, value }) => [key, value]));
  if (keys.has('task')) return yaml.root;
  return keys.size === 1 &&
    keys.get('parallel_execution')?.kind === 'list' &&
    /group/i.test(block.headings.at(-1) ?? '')
    ? yaml.root
    : null;
}

function phasesOf(
  found: readonly { readonly block: Block; readonly parts: YamlTree }[],
  problems: PlanProblem[],
): readonly PatternPhase[] {
  const phases: PatternPhase[] = [];
  for (const { block, parts } of found) {
    const name = block.headings.findLast((words) => /^phase\b/i.test(words)) ?? null;
    const part = readPart(block, parts, problems);
    const last = phases.at(-1);
    if (last !== undefined && last.name === name && name !== null)
      phases[phases.length - 1] = { ...last, parts: [...last.parts, part] };
    else
      phases.push({
        line: block.line,
        name,
        agent: null,
        validator: null,
        sequential: null,
        tasks: [],
        parts: [part],
      });
  }
  return phases;
}

function readPart(block: Block, tree: YamlTree, problems: PlanProblem[]): PhasePart {
  const reader = createYamlReader();
  const list = tree.kind === 'map' ? tree.entries.find(({ key }) => key === 'parallel_execution')?.value : undefined;
  const heading = block.headings.at(-1) ?? null;
  const read = (item: YamlTree): readonly PatternStep[] => [readStep(reader, item)].filter((step) => step !== null);
  const part: PhasePart =
    list?.kind === 'list'
      ? { kind: 'group', name: heading, steps: list.items.flatMap(read) }
      : { kind: 'group', name: null, steps: read(tree) };
  for (const { line, what, remedy } of reader.problems) {
    const at = Math.max(block.line, line);
    problems.push({ code: 'settings', line: at, message: `The muster block, line ${at}: ${what}.`, remedy });
  }
  const [only] = part.steps;
  return list === undefined && only !== undefined ? { kind: 'step', step: only } : part;
}

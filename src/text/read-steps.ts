/** Steps, outputs and names of a pattern, read from YAML. */
import type { TaskRole } from '../core/plan.ts';
import type { Named, PatternOutput, PatternStep } from './pattern-model.ts';
import { readChoice, readTime } from './values.ts';
import type { YamlReader } from './yaml-reader.ts';
import type { YamlTree } from './yaml-tree.ts';

const roles: readonly TaskRole[] = ['work', 'review', 'validate', 'analyze'];

export function readRole(reader: YamlReader, tree: YamlTree): TaskRole | null {
  return reader.value(tree, 'role', (text) => readChoice(text, roles));
}

/** One name or a list of names. */
export function readNames(reader: YamlReader, tree: YamlTree, key: string): readonly Named[] {
  const items = tree.kind === 'list' ? tree.items : [tree];
  return items.flatMap((item) => {
    const words = reader.text(item, key);
    return words === null ? [] : [{ line: item.line, words }];
  });
}

/** Names, or maps of `name`, `path` and `from`. */
export function readOutputs(reader: YamlReader, tree: YamlTree, key: string): readonly PatternOutput[] {
  return reader.list(tree, key).flatMap((item): readonly PatternOutput[] => {
    if (item.kind === 'plain') {
      const name = reader.text(item, key);
      return name === null ? [] : [{ line: item.line, name, path: null, from: null }];
    }
    let output: PatternOutput = { line: item.line, name: '', path: null, from: null };
    const isMap = reader.map(item, key, {
      name: (value) => {
        output = { ...output, name: reader.text(value, 'name') ?? '' };
      },
      path: (value) => {
        output = { ...output, path: readPath(reader, value) };
      },
      from: (value) => {
        output = { ...output, from: reader.text(value, 'from') };
      },
    });
    if (isMap && output.name === '')
      reader.problem(item.line, `an entry of "${key}" has no name`, 'Give it a "name: …".');
    return output.name === '' ? [] : [output];
  });
}

function readPath(reader: YamlReader, tree: YamlTree): string | null {
  const path = reader.text(tree, 'path');
  if (path === null) return null;
  const odd =
    path.startsWith('/') || path.includes('\\') || path.split('/').some((part) => part === '..' || part === '');
  if (!odd) return path;
  reader.problem(tree.line, '"path" is not a path of the repository', 'Write it as "docs/api.md", without "..".');
  return null;
}

export function readStep(reader: YamlReader, tree: YamlTree): PatternStep | null {
  let step: PatternStep = {
    line: tree.line,
    id: null,
    title: null,
    agent: null,
    role: null,
    subtasks: [],
    deliverables: [],
    focus: [],
    inputs: [],
    dependsOn: [],
    minutes: null,
    outputs: [],
    capabilities: [],
  };
  const set = (change: Partial<PatternStep>): void => {
    step = { ...step, ...change };
  };
  const text = (field: 'id' | 'title' | 'agent', key: string) => (value: YamlTree) => {
    set({ [field]: reader.text(value, key) });
  };
  const isMap = reader.map(tree, 'a step', {
    id: text('id', 'id'),
    step: text('id', 'step'),
    name: text('id', 'name'),
    task: text('title', 'task'),
    title: text('title', 'title'),
    agent: text('agent', 'agent'),
    role: (value) => set({ role: readRole(reader, value) }),
    subtasks: (value) => set({ subtasks: reader.texts(value, 'subtasks') }),
    deliverables: (value) => set({ deliverables: reader.texts(value, 'deliverables') }),
    focus_areas: (value) => set({ focus: reader.texts(value, 'focus_areas') }),
    input: (value) => set({ inputs: reader.texts(value, 'input') }),
    depends_on: (value) => set({ dependsOn: readNames(reader, value, 'depends_on') }),
    expected_time: (value) => set({ minutes: readMinutes(reader, value) }),
    handoff_artifacts: (value) => set({ outputs: readOutputs(reader, value, 'handoff_artifacts') }),
    required_capabilities: (value) => set({ capabilities: reader.texts(value, 'required_capabilities') }),
  });
  if (!isMap) return null;
  if (step.title !== null || step.id !== null) return step;
  reader.problem(tree.line, 'a step says nothing of what is to be done', 'Give it a "task: …".');
  return null;
}

function readMinutes(reader: YamlReader, tree: YamlTree): number | null {
  const seconds = reader.value(tree, 'expected_time', readTime);
  return seconds === null ? null : Math.max(1, Math.round(seconds / 60));
}

/** The pattern keys of the seed documents, read from YAML. Where two of them give one key two shapes, both are taken. */
import type { Branching, FanIn, FanOut, Pattern, PatternPhase, PhasePart } from './pattern-model.ts';
import { noPattern } from './pattern-model.ts';
import { readNames, readOutputs, readRole, readStep } from './read-steps.ts';
import { readCount } from './values.ts';
import type { KeyReaders, YamlReader } from './yaml-reader.ts';
import type { YamlTree } from './yaml-tree.ts';

const mostStages = 20;

/** Readers of all pattern keys; `set` takes what each of them found. */
export function patternKeys(reader: YamlReader, set: (change: Partial<Pattern>) => void): KeyReaders {
  return {
    parallel_execution: (value) => {
      if (value.kind === 'list') set({ group: value.items.flatMap((item) => readStep(reader, item) ?? []) });
      else set({ parallel: reader.flag(value, 'parallel_execution') });
    },
    sequential: (value) => set({ sequential: reader.flag(value, 'sequential') }),
    handoff_artifacts: (value) => set({ handoff: readOutputs(reader, value, 'handoff_artifacts') }),
    sync_points: (value) => set({ syncPoints: readNames(reader, value, 'sync_points') }),
    primary_agent: (value) => set({ primary: reader.text(value, 'primary_agent') }),
    reviewer_agents: (value) => set({ reviewers: reader.texts(value, 'reviewer_agents') }),
    send_backs: (value) =>
      set({ sendBacks: reader.value(value, 'send_backs', (text) => readCount(text, { least: 0, most: 10 })) }),
    phases: (value) => set({ phases: reader.list(value, 'phases').flatMap((item) => readPhase(reader, item) ?? []) }),
    fan_out: (value) => set({ fanOut: readFanOut(reader, value) }),
    fan_in: (value) => set({ fanIn: readFanIn(reader, value) }),
    conditional_logic: (value) => set({ branching: readBranching(reader, value) }),
    stages: (value) => {
      const items = reader.list(value, 'stages');
      if (items.length > mostStages)
        reader.problem(value.line, `there are more than ${mostStages} stages`, 'Put some of them together.');
      set({ stages: items.slice(0, mostStages).flatMap((item) => readStage(reader, item) ?? []) });
    },
  };
}

function readStage(reader: YamlReader, tree: YamlTree): Pattern | null {
  let stage: Pattern = { ...noPattern, line: tree.line };
  const set = (change: Partial<Pattern>): void => {
    stage = { ...stage, ...change };
  };
  const { stages: _, ...keys } = patternKeys(reader, set);
  const isMap = reader.map(tree, 'a stage', {
    name: (value) => set({ name: reader.text(value, 'name') }),
    tasks: (value) => set({ tasks: readNames(reader, value, 'tasks') }),
    max_concurrent: (value) =>
      reader.problem(value.line, '"max_concurrent" counts for the whole plan', 'Write it beside "stages", not in one.'),
    ...keys,
  });
  return isMap ? stage : null;
}

/** A phase of the seed's first kind (`agent`, `validator`) or of its second (`steps`, `parallel_execution`). */
function readPhase(reader: YamlReader, tree: YamlTree): PatternPhase | null {
  let phase: PatternPhase = {
    line: tree.line,
    name: null,
    agent: null,
    validator: null,
    sequential: null,
    tasks: [],
    parts: [],
  };
  const set = (change: Partial<PatternPhase>): void => {
    phase = { ...phase, ...change };
  };
  const group = (value: YamlTree): PhasePart => ({
    kind: 'group',
    name: null,
    steps: value.kind === 'list' ? value.items.flatMap((item) => readStep(reader, item) ?? []) : [],
  });
  const isMap = reader.map(tree, 'a phase', {
    name: (value) => set({ name: reader.text(value, 'name') }),
    agent: (value) => set({ agent: reader.text(value, 'agent') }),
    validator: (value) => set({ validator: reader.text(value, 'validator') }),
    sequential: (value) => set({ sequential: reader.flag(value, 'sequential') }),
    task: (value) => set({ tasks: readNames(reader, value, 'task') }),
    tasks: (value) => set({ tasks: readNames(reader, value, 'tasks') }),
    steps: (value) => {
      const steps = reader.list(value, 'steps').flatMap((item) => readPart(reader, item));
      set({ parts: [...phase.parts, ...steps] });
    },
    parallel_execution: (value) => {
      if (value.kind === 'list') set({ parts: [...phase.parts, group(value)] });
      else {
        const parallel = reader.flag(value, 'parallel_execution');
        if (parallel !== null) set({ sequential: !parallel });
      }
    },
  });
  if (!isMap) return null;
  if (phase.name !== null || phase.tasks.length > 0 || phase.parts.length > 0) return phase;
  reader.problem(tree.line, 'a phase has neither a name nor anything to do', 'Give it a "name: …".');
  return null;
}

/** A step, or a group of steps among the steps. */
function readPart(reader: YamlReader, tree: YamlTree): readonly PhasePart[] {
  const isGroup = tree.kind === 'map' && tree.entries.some(({ key }) => key === 'parallel_execution');
  if (!isGroup) {
    const step = readStep(reader, tree);
    return step === null ? [] : [{ kind: 'step', step }];
  }
  let part: Extract<PhasePart, { kind: 'group' }> = { kind: 'group', name: null, steps: [] };
  reader.map(tree, 'a group', {
    name: (value) => {
      part = { ...part, name: reader.text(value, 'name') };
    },
    parallel_execution: (value) => {
      const items = reader.list(value, 'parallel_execution');
      part = { ...part, steps: items.flatMap((item) => readStep(reader, item) ?? []) };
    },
  });
  return [part];
}

function readFanOut(reader: YamlReader, tree: YamlTree): FanOut | null {
  let out: FanOut = { line: tree.line, agent: null, tasks: [], parallel: true };
  const isMap = reader.map(tree, '"fan_out"', {
    agent: (value) => {
      out = { ...out, agent: reader.text(value, 'agent') };
    },
    tasks: (value) => {
      out = { ...out, tasks: readNames(reader, value, 'tasks') };
    },
    parallel: (value) => {
      out = { ...out, parallel: reader.flag(value, 'parallel') ?? true };
    },
  });
  if (!isMap) return null;
  if (out.tasks.length > 0) return out;
  reader.problem(tree.line, '"fan_out" has no tasks', 'Give it "tasks:" with one name per line.');
  return null;
}

function readFanIn(reader: YamlReader, tree: YamlTree): FanIn | null {
  let into: FanIn = { line: tree.line, agent: null, task: '', role: null };
  const isMap = reader.map(tree, '"fan_in"', {
    agent: (value) => {
      into = { ...into, agent: reader.text(value, 'agent') };
    },
    task: (value) => {
      into = { ...into, task: reader.text(value, 'task') ?? '' };
    },
    role: (value) => {
      into = { ...into, role: readRole(reader, value) };
    },
  });
  if (!isMap) return null;
  if (into.task !== '') return into;
  reader.problem(tree.line, '"fan_in" has no task', 'Give it a "task: …".');
  return null;
}

function readBranching(reader: YamlReader, tree: YamlTree): Branching | null {
  let logic: Branching = { line: tree.line, analyzer: '', task: null, branches: [] };
  const isMap = reader.map(tree, '"conditional_logic"', {
    analyzer: (value) => {
      logic = { ...logic, analyzer: reader.text(value, 'analyzer') ?? '' };
    },
    task: (value) => {
      logic = { ...logic, task: reader.text(value, 'task') };
    },
    branches: (value) => {
      const branches = reader.list(value, 'branches').flatMap((item) => readBranch(reader, item) ?? []);
      logic = { ...logic, branches };
    },
  });
  if (!isMap) return null;
  if (logic.analyzer !== '' && logic.branches.length > 0) return logic;
  const missing = logic.analyzer === '' ? 'analyzer' : 'branches';
  reader.problem(tree.line, `"conditional_logic" has no "${missing}"`, `Give it "${missing}:".`);
  return null;
}

function readBranch(reader: YamlReader, tree: YamlTree): Branching['branches'][number] | null {
  let branch: Branching['branches'][number] = { line: tree.line, condition: '', agent: null, tasks: [] };
  const isMap = reader.map(tree, 'a branch', {
    condition: (value) => {
      branch = { ...branch, condition: reader.text(value, 'condition') ?? '' };
    },
    agent: (value) => {
      branch = { ...branch, agent: reader.text(value, 'agent') };
    },
    task: (value) => {
      branch = { ...branch, tasks: readNames(reader, value, 'task') };
    },
    tasks: (value) => {
      branch = { ...branch, tasks: readNames(reader, value, 'tasks') };
    },
  });
  if (!isMap) return null;
  if (branch.condition !== '') return branch;
  reader.problem(tree.line, 'a branch has no condition', 'Give it a "condition: …"; "else" stands for all others.');
  return null;
}

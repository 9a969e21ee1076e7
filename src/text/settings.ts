/**
 * Settings, strictly: every unknown key and wrong value is a problem with its line, all of them at once. They stand in
 * `.github/muster.yml` and, for what an issue may choose, in a `muster` block of the issue. Neither can define what is
 * run: a repository chooses among the operator's agents by name.
 */
import type { PlanProblem } from '../core/model.ts';
import type { Policy, Satisfaction } from '../core/plan.ts';
import type { MarkedItems } from './item-overrides.ts';
import { noPattern, type Pattern } from './pattern-model.ts';
import { patternKeys } from './read-pattern.ts';
import { readNames } from './read-steps.ts';
import {
  approvals,
  limits,
  mergePolicies,
  priorities,
  type ReadValue,
  readChoice,
  readCount,
  readName,
  readTime,
  satisfactions,
  strategies,
} from './values.ts';
import { createYamlReader, type KeyReaders, type YamlReader } from './yaml-reader.ts';
import { readYamlTree, type YamlProblem, type YamlTree } from './yaml-tree.ts';

/** What a repository or an issue may set; what it leaves out stays as the operator has it. */
export interface Settings extends Partial<Omit<Policy, 'batchSize' | 'retryDelaySeconds'>> {
  readonly batchSize?: number;
  readonly satisfiedBy?: Satisfaction;
  readonly requiredCapabilities?: readonly string[];
  /** In the order written; the first that fits a task counts. */
  readonly agentRules?: readonly AgentRule[];
  readonly pattern?: Pattern;
  /** Of an issue: items that are work, or are not, whatever they look like. */
  readonly marked?: readonly MarkedItems[];
}

/** `match`: a label, a path pattern (`docs/**`), or a heading. `line` is that of the text it stands in. */
export interface AgentRule {
  readonly by: 'label' | 'path' | 'section';
  readonly match: string;
  readonly agent: string;
  readonly line: number;
}

export type LoadedSettings =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

const operatorsRemedy =
  'Agent commands and their environment come from the operator of the server only (MUSTER_AGENT_COMMAND or MUSTER_CONFIG); here, "agent: NAME" chooses one of them.';

/** Keys that try to say how an agent is run. */
const operatorsOnly = [
  'agents',
  'agent_command',
  'agent_commands',
  'agent_env',
  'command',
  'commands',
  'env',
  'backend',
  'backends',
] as const;

/** What is run on delivered work, and whether unchecked work lands, is for those who may write to the default branch. */
const repositorysOnly = ['verify', 'allow_unverified'] as const;

/** Items stand in an issue. */
const issuesOnly = ['run', 'skip'] as const;

/** `yamlText` null: the repository has no settings file, which is fine. Never throws. */
export function loadSettings(yamlText: string | null): LoadedSettings {
  if (yamlText === null) return { ok: true, settings: {} };
  return readSettings(yamlText, 1, 'repository', (problem) => {
    // lines of this file, not of the issue: the message says so
    const where = problem.line === 0 ? '.github/muster.yml' : `.github/muster.yml, line ${problem.line}`;
    return { code: 'settings', line: problem.line, message: `${where}: ${problem.what}.`, remedy: problem.remedy };
  });
}

/** `firstLine`: the line of the issue's body in which the block's first line stands, 1-based. Never throws. */
export function loadIssueSettings(yamlText: string, firstLine: number): LoadedSettings {
  return readSettings(yamlText, firstLine, 'issue', (problem) => {
    const line = Math.max(firstLine, problem.line);
    return {
      code: 'settings',
      line,
      message: `The muster block, line ${line}: ${problem.what}.`,
      remedy: problem.remedy,
    };
  });
}

function readSettings(
  text: string,
  firstLine: number,
  place: 'repository' | 'issue',
  describe: (problem: YamlProblem) => PlanProblem,
): LoadedSettings {
  const yaml = readYamlTree(text, firstLine);
  if (!yaml.ok) return { ok: false, problems: yaml.problems.map(describe) };
  if (yaml.root === null) return { ok: true, settings: {} };
  const reader = createYamlReader();
  let settings: Settings = {};
  let pattern: Pattern = { ...noPattern, line: yaml.root.line };
  const known = {
    ...settingKeys(reader, (change) => {
      settings = { ...settings, ...change };
    }),
    ...patternKeys(reader, (change) => {
      pattern = { ...pattern, ...change };
      settings = { ...settings, pattern };
    }),
    agent_by_label: (value: YamlTree) => addRules('label', value),
    agent_by_path: (value: YamlTree) => addRules('path', value),
    agent_by_section: (value: YamlTree) => addRules('section', value),
    ...(place === 'issue' ? { run: mark('run'), skip: mark('skip') } : {}),
  };
  reader.map(yaml.root, 'it', known, {
    ...refusals(reader, operatorsOnly, operatorsRemedy),
    ...(place === 'issue'
      ? refusals(reader, repositorysOnly, 'It stands in .github/muster.yml on the default branch only.')
      : refusals(reader, issuesOnly, 'It names items of an issue and stands in the muster block of that issue.')),
  });
  function addRules(by: AgentRule['by'], tree: YamlTree): void {
    settings = { ...settings, agentRules: [...(settings.agentRules ?? []), ...readRules(reader, by, tree)] };
  }
  function mark(override: MarkedItems['override']): (tree: YamlTree) => void {
    return (tree) => {
      const named = readNames(reader, tree, override).map((one) => ({ ...one, override }));
      settings = { ...settings, marked: [...(settings.marked ?? []), ...named] };
    };
  }
  if (reader.problems.length === 0) return { ok: true, settings };
  return { ok: false, problems: reader.problems.map(describe) };
}

function settingKeys(reader: YamlReader, set: (change: Settings) => void): KeyReaders {
  const value =
    <Value>(key: string, read: (text: string) => ReadValue<Value>, toSettings: (value: Value) => Settings) =>
    (tree: YamlTree): void => {
      const found = reader.value(tree, key, read);
      if (found !== null) set(toSettings(found));
    };
  const workers = (key: string): ((tree: YamlTree) => void) =>
    value(
      key,
      (text) => readCount(text, limits.maxWorkers),
      (maxWorkers) => ({ maxWorkers }),
    );
  return {
    max_workers: workers('max_workers'),
    max_concurrent: workers('max_concurrent'),
    batch_size: value(
      'batch_size',
      (text) => readCount(text, limits.batchSize),
      (batchSize) => ({ batchSize }),
    ),
    timeout: value('timeout', readTime, (timeoutSeconds) => ({ timeoutSeconds })),
    merge: value(
      'merge',
      (text) => readChoice(text, mergePolicies),
      (merge) => ({ merge }),
    ),
    allow_unverified: (tree) => {
      const allowUnverified = reader.flag(tree, 'allow_unverified');
      if (allowUnverified !== null) set({ allowUnverified });
    },
    verify: (tree) => {
      const verify = readCommand(reader, tree);
      if (verify !== null) set({ verify });
    },
    agent: (tree) => {
      if (tree.kind === 'map') reader.problem(tree.line, '"agent" cannot be defined here', operatorsRemedy);
      else value('agent', readName, (agent) => ({ agent }))(tree);
    },
    attempts: value(
      'attempts',
      (text) => readCount(text, limits.attempts),
      (attempts) => ({ attempts }),
    ),
    approval: value(
      'approval',
      (text) => readChoice(text, approvals),
      (approval) => ({ approval }),
    ),
    priority: value(
      'priority',
      (text) => readChoice(text, priorities),
      (priority) => ({ priority }),
    ),
    strategy: value(
      'strategy',
      (text) => readChoice(text, strategies),
      (strategy) => ({ strategy }),
    ),
    satisfied_by: value(
      'satisfied_by',
      (text) => readChoice(text, satisfactions),
      (satisfiedBy) => ({ satisfiedBy }),
    ),
    required_capabilities: (tree) => set({ requiredCapabilities: reader.texts(tree, 'required_capabilities') }),
  };
}

function refusals(reader: YamlReader, keys: readonly string[], remedy: string): KeyReaders {
  return Object.fromEntries(
    keys.map((key) => [key, (tree: YamlTree) => reader.problem(tree.line, `"${key}" cannot be set here`, remedy)]),
  );
}

/** `agent_by_path: {"docs/**": writer}`. */
function readRules(reader: YamlReader, by: AgentRule['by'], tree: YamlTree): readonly AgentRule[] {
  if (tree.kind !== 'map') {
    reader.problem(tree.line, `"agent_by_${by}" is not a list of keys`, `Write one "${by}: agent" per line below it.`);
    return [];
  }
  return tree.entries.flatMap(({ key: match, line, value }) => {
    const agent = reader.value(value, `agent_by_${by}`, readName);
    return agent === null ? [] : [{ by, match: match.slice(0, 200), agent, line }];
  });
}

function readCommand(reader: YamlReader, tree: YamlTree): string | null {
  const command = tree.kind === 'plain' && typeof tree.value === 'string' ? tree.value.trim() : '';
  if (command !== '' && command.length <= 4000 && !command.includes('\0')) return command;
  if (tree.kind === 'plain' && tree.value !== null)
    reader.problem(
      tree.line,
      '"verify" needs a shell command of at most 4,000 characters',
      'Correct the value of "verify".',
    );
  else reader.text({ kind: 'odd', line: tree.line }, 'verify');
  return null;
}

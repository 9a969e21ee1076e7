/**
 * `.github/muster.yml`, strictly: every unknown key and wrong value is a problem with its line, all of them at once. A
 * repository chooses among the operator's agents by name and can never define what is run.
 */
import { isMap, isScalar, LineCounter, type Node, parseDocument, type Scalar } from 'yaml';
import type { PlanProblem } from '../core/model.ts';
import type { Policy } from '../core/plan.ts';
import { nearest } from './nearest.ts';
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
  strategies,
} from './values.ts';

/** What a repository may set; what it leaves out stays as the operator has it. */
export type Settings = Partial<Omit<Policy, 'batchSize' | 'retryDelaySeconds'>> & { readonly batchSize?: number };

export type LoadedSettings =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

type KeyReader = (value: Scalar) => ReadValue<Settings>;

const keys: Readonly<Record<string, KeyReader>> = {
  max_workers: (value) => as(readCount(textOf(value), limits.maxWorkers), (maxWorkers) => ({ maxWorkers })),
  batch_size: (value) => as(readCount(textOf(value), limits.batchSize), (batchSize) => ({ batchSize })),
  timeout: (value) => as(readTime(textOf(value)), (timeoutSeconds) => ({ timeoutSeconds })),
  merge: (value) => as(readChoice(textOf(value), mergePolicies), (merge) => ({ merge })),
  allow_unverified: (value) => as(readSwitch(value), (allowUnverified) => ({ allowUnverified })),
  verify: (value) => as(readCommand(value), (verify) => ({ verify })),
  agent: (value) => as(readName(textOf(value)), (agent) => ({ agent })),
  attempts: (value) => as(readCount(textOf(value), limits.attempts), (attempts) => ({ attempts })),
  approval: (value) => as(readChoice(textOf(value), approvals), (approval) => ({ approval })),
  priority: (value) => as(readChoice(textOf(value), priorities), (priority) => ({ priority })),
  strategy: (value) => as(readChoice(textOf(value), strategies), (strategy) => ({ strategy })),
};

/** Keys that try to say how an agent is run. */
const operatorsOnly: ReadonlySet<string> = new Set([
  'agents',
  'agent_command',
  'agent_commands',
  'agent_env',
  'command',
  'commands',
  'env',
  'backend',
  'backends',
]);
const operatorsRemedy =
  'Agent commands and their environment come from the operator of the server only (MUSTER_AGENT_COMMAND or MUSTER_CONFIG); here, "agent: NAME" chooses one of them.';

const mostBytes = 65_536;

/** `yamlText` null: the repository has no settings file, which is fine. Never throws. */
export function loadSettings(yamlText: string | null): LoadedSettings {
  if (yamlText === null) return { ok: true, settings: {} };
  if (yamlText.length > mostBytes)
    return {
      ok: false,
      problems: [problem(0, `it is larger than ${mostBytes / 1024} KB`, 'Keep only the documented keys.')],
    };
  const counter = new LineCounter();
  const document = isDeep(yamlText) ? null : readYaml(yamlText, counter);
  if (document === null)
    return { ok: false, problems: [problem(0, 'it is nested too deeply', 'Keep one "key: value" per line.')] };
  if (document.errors.length > 0) {
    const problems = document.errors
      .slice(0, 20)
      .map((error) =>
        problem(
          counter.linePos(error.pos[0]).line,
          `it is not valid YAML: ${firstLine(error.message)}`,
          'Write one "key: value" per line.',
        ),
      );
    return { ok: false, problems };
  }
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return { ok: true, settings: {} };
  const problems: PlanProblem[] = [];
  let settings: Settings = {};
  if (!isMap(root))
    problems.push(problem(lineOf(root, counter), 'it is not a list of keys', 'Write one "key: value" per line.'));
  else
    for (const { key, value } of root.items) {
      const name = isScalar(key) ? String(key.value) : '';
      const line = lineOf(isNode(key) ? key : null, counter);
      const read = readKey(name, isNode(value) ? value : null);
      if ('settings' in read) settings = { ...settings, ...read.settings };
      else problems.push(problem(line, read.message, read.remedy));
    }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, settings };
}

/** The parser recurses, and overflowing the stack can kill Node; ours is one flat map. */
function isDeep(text: string): boolean {
  const brackets = text.match(/[[{]/g)?.length ?? 0;
  return brackets > 200 || /^(?:[ \t]*[-?:](?=[ \t])){8}/m.test(text) || /^[ \t]{80}/m.test(text);
}

function readYaml(text: string, lineCounter: LineCounter): ReturnType<typeof parseDocument> | null {
  try {
    // values are read node by node and never expanded, so an alias bomb has nothing to multiply
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      schema: 'core',
      strict: true,
      uniqueKeys: true,
      version: '1.2',
    });
  } catch {
    return null;
  }
}

function readKey(
  name: string,
  value: Node | null,
): { readonly settings: Settings } | { readonly message: string; readonly remedy: string } {
  if (operatorsOnly.has(name)) return { message: `"${name}" cannot be set here`, remedy: operatorsRemedy };
  const reader = keys[name];
  if (reader === undefined) {
    const meant = nearest(name, Object.keys(keys));
    const remedy = meant === null ? `Known keys: ${Object.keys(keys).join(', ')}.` : `Did you mean "${meant}"?`;
    return { message: `there is no key "${name.slice(0, 60)}"`, remedy };
  }
  if (isMap(value) && name === 'agent') return { message: '"agent" cannot be defined here', remedy: operatorsRemedy };
  if (value === null || !isScalar(value) || value.value === null)
    return {
      message: `"${name}" needs one plain value`,
      remedy: `Write "${name}: …" on one line, without lists or anchors.`,
    };
  const read = reader(value);
  return read.ok
    ? { settings: read.value }
    : { message: `"${name}" ${read.problem}`, remedy: `Correct the value of "${name}".` };
}

function readSwitch(value: Scalar): ReadValue<boolean> {
  if (typeof value.value === 'boolean') return { ok: true, value: value.value };
  return { ok: false, problem: `needs true or false, not "${textOf(value)}"` };
}

function readCommand(value: Scalar): ReadValue<string> {
  const command = typeof value.value === 'string' ? value.value.trim() : '';
  if (command !== '' && command.length <= 4000 && !command.includes('\0')) return { ok: true, value: command };
  return { ok: false, problem: 'needs a shell command of at most 4,000 characters' };
}

function textOf(value: Scalar): string {
  return String(value.value).slice(0, 200);
}

function as<Value>(read: ReadValue<Value>, toSettings: (value: Value) => Settings): ReadValue<Settings> {
  return read.ok ? { ok: true, value: toSettings(read.value) } : read;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}

function lineOf(node: Node | null, counter: LineCounter): number {
  return node?.range ? counter.linePos(node.range[0]).line : 0;
}

function firstLine(message: string): string {
  return message.split('\n')[0]?.replace(/[.:]$/, '') ?? message;
}

/** Lines of this file, not of the issue: the message says so. */
function problem(line: number, what: string, remedy: string): PlanProblem {
  const where = line === 0 ? '.github/muster.yml' : `.github/muster.yml, line ${line}`;
  return { code: 'settings', line, message: `${where}: ${what}.`, remedy };
}

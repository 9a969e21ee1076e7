import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { z } from 'zod';
import type { AgentSetup } from './runner.ts';

/** Something wrong with `MUSTER_CONFIG`. `line` is 1-based. */
export interface ConfigProblem {
  readonly line: number;
  readonly message: string;
}

export type OperatorConfig =
  | { readonly ok: true; readonly agents: Readonly<Record<string, AgentSetup>> }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const variable = z.string().regex(VARIABLE, 'is not a name of an environment variable');
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const agentShape = z.strictObject({
  command: z.string().trim().min(1, 'must not be empty'),
  env: z.union([z.array(variable), z.record(variable, scalar)]).default([]),
  capabilities: z.array(z.string().trim().min(1)).optional(),
  max_concurrent: z.int().min(1).optional(),
  writable: z.array(z.string().startsWith('/', 'must be an absolute path')).optional(),
});

const configShape = z.strictObject({
  agents: z.record(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/i, 'is not a usable name of an agent'), agentShape),
});

/**
 * Reads the operator's YAML: `agents.<name>.{command,env,capabilities,max_concurrent,writable}`. `env` is a list of
 * names, taken from `processEnv`, or a map of values. Strict: an unknown key, a wrong type or a variable that is not
 * set is a problem with its line, and all of them are reported at once.
 */
export function parseOperatorConfig(
  text: string,
  processEnv: Readonly<Record<string, string | undefined>>,
): OperatorConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      line: lines.linePos(error.pos[0]).line,
      message: (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, ''),
    }));
    return { ok: false, problems };
  }
  const lineOf = (path: readonly PropertyKey[]): number => findLine(document.contents, path, lines);
  const parsed = configShape.safeParse(document.toJS() ?? {});
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.flatMap((issue) => explain(issue, lineOf)) };
  const problems: ConfigProblem[] = [];
  const agents: Record<string, AgentSetup> = {};
  for (const [name, agent] of Object.entries(parsed.data.agents)) {
    const { env, missing } = resolveEnv(agent.env, processEnv);
    for (const { variable: unset, at } of missing) {
      const message = `agents.${name}.env: the environment variable ${unset} is not set`;
      problems.push({ line: lineOf(['agents', name, 'env', at]), message });
    }
    agents[name] = {
      command: agent.command,
      env,
      ...(agent.capabilities === undefined ? {} : { capabilities: agent.capabilities }),
      ...(agent.max_concurrent === undefined ? {} : { maxConcurrent: agent.max_concurrent }),
      ...(agent.writable === undefined ? {} : { writable: agent.writable }),
    };
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, agents };
}

function resolveEnv(
  env: readonly string[] | Readonly<Record<string, string>>,
  processEnv: Readonly<Record<string, string | undefined>>,
): { env: Record<string, string>; missing: { variable: string; at: number }[] } {
  if (!isList(env)) return { env: { ...env }, missing: [] };
  const found: Record<string, string> = {};
  const missing: { variable: string; at: number }[] = [];
  for (const [at, name] of env.entries()) {
    const value = processEnv[name];
    if (value === undefined) missing.push({ variable: name, at });
    else found[name] = value;
  }
  return { env: found, missing };
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}

type Issue = z.core.$ZodIssue;

function explain(issue: Issue, lineOf: (path: readonly PropertyKey[]) => number): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return { line: lineOf(path), message: `${path.join('.')}: unknown key` };
    });
  }
  if (issue.code === 'invalid_key') {
    const said = issue.issues[0]?.message ?? 'is not usable';
    return [{ line: lineOf(issue.path), message: `${issue.path.join('.')}: ${said}` }];
  }
  if (issue.code === 'invalid_union') {
    // The alternative that got furthest says it best; a wrong type altogether has no path below the union.
    const inner = issue.errors.flat().filter(({ path }) => path.length > 0);
    if (inner.length > 0) {
      return inner.flatMap((one) => explain({ ...one, path: [...issue.path, ...one.path] }, lineOf));
    }
    return [
      { line: lineOf(issue.path), message: `${issue.path.join('.')}: a list of names or a map of values is needed` },
    ];
  }
  const place = issue.path.length === 0 ? 'the file' : issue.path.join('.');
  return [{ line: lineOf(issue.path), message: `${place}: ${issue.message}` }];
}

/** The line of the key (or list item) the path names, or of the nearest one above it that exists. */
function findLine(root: unknown, path: readonly PropertyKey[], lines: LineCounter): number {
  let node: unknown = root;
  let at = 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) break;
      at = startOf(pair.key) ?? at;
      node = pair.value;
    } else {
      const item: unknown = hasItems(node) ? node.items[Number(part)] : undefined;
      if (item === undefined) break;
      at = startOf(item) ?? at;
      node = item;
    }
  }
  return lines.linePos(at).line;
}

function hasItems(node: unknown): node is { items: readonly unknown[] } {
  return typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}

// A newer API version of GitHub's description: `x-github-breaking-changes` beside a schema or an operation holds what
// changes there, as a JSON Merge Patch (RFC 7396) or, where it is a list, as a JSON Patch (RFC 6902: remove, replace).
import { asSchema, type Schema } from './json-values.ts';

/** The description with all changes up to and including `version` made, in the order in which GitHub lists them. */
export function withBreakingChanges(document: Schema, version: string): Schema {
  const { paths, components } = document;
  const schemas = asSchema(components)?.schemas;
  return {
    ...document,
    paths: changedWithin(paths, version, 2),
    components: { ...asSchema(components), schemas: changedWithin(schemas, version, 1) },
  };
}

/** Changes are written at a fixed depth: schemas by name, operations by path and method. */
function changedWithin(value: unknown, version: string, depth: number): unknown {
  const node = asSchema(value);
  if (node === null) return value;
  if (depth === 0) return changed(node, version);
  return Object.fromEntries(
    Object.entries(node).map(([name, inner]) => [name, changedWithin(inner, version, depth - 1)]),
  );
}

function changed(node: Schema, version: string): unknown {
  const changes = node['x-github-breaking-changes'];
  if (!Array.isArray(changes)) return node;
  return changes
    .map(asSchema)
    .filter((change) => change !== null && String(change.version) <= version)
    .reduce<unknown>((current, change) => patched(current, change?.patch), node);
}

function patched(value: unknown, patch: unknown): unknown {
  return Array.isArray(patch) ? patch.reduce(applyOperation, value) : mergePatch(value, patch);
}

function mergePatch(value: unknown, patch: unknown): unknown {
  const changes = asSchema(patch);
  if (changes === null) return patch;
  const merged: Record<string, unknown> = { ...asSchema(value) };
  for (const [name, change] of Object.entries(changes)) {
    if (change === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], change);
  }
  return merged;
}

function applyOperation(value: unknown, operation: unknown): unknown {
  const { op, path, value: replacement } = asSchema(operation) ?? {};
  if ((op !== 'remove' && op !== 'replace') || typeof path !== 'string') {
    throw new Error(`GitHub's description is patched in a way that is not known here: ${JSON.stringify(operation)}`);
  }
  const steps = path
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return replaced(value, steps, op === 'remove' ? undefined : replacement);
}

/** A copy of `value` in which what `steps` lead to is `replacement`, or gone when that is undefined. */
function replaced(value: unknown, steps: readonly string[], replacement: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return replacement;
  if (Array.isArray(value)) {
    const inner = replaced(value[Number(step)], rest, replacement);
    return value.flatMap((item, at) => (at !== Number(step) ? [item] : inner === undefined ? [] : [inner]));
  }
  const { [step]: current, ...others } = asSchema(value) ?? {};
  const inner = replaced(current, rest, replacement);
  return inner === undefined ? others : { ...others, [step]: inner };
}

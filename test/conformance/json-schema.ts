import { asSchema, type Schema } from './json-values.ts';

/** Say something to people and nothing about a value. */
const annotations = new Set([
  'title',
  'description',
  'example',
  'examples',
  'default',
  'deprecated',
  'readOnly',
  'writeOnly',
  'externalDocs',
  'discriminator',
  'xml',
  'nullable',
]);

const plain = new Set([
  'type',
  'format',
  'enum',
  'const',
  'required',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
]);

const refPrefix = '#/components/schemas/';

/** The name of the component that a schema only points at, or null. */
export function refName(schema: Schema): string | null {
  const { $ref } = schema;
  return typeof $ref === 'string' && $ref.startsWith(refPrefix) ? $ref.slice(refPrefix.length) : null;
}

/**
 * An OpenAPI 3.0 or 3.1 schema as JSON Schema: `nullable` becomes a type, annotations go, and references become
 * `idOf(name)`. Throws for a keyword that it does not know, so that none is silently passed over.
 */
export function toJsonSchema(schema: unknown, idOf: (name: string) => string): unknown {
  const node = asSchema(schema);
  if (node === null) return schema;
  if (node.$ref !== undefined) {
    const name = refName(node);
    if (name === null) throw new Error(`a reference that leads out of components: ${String(node.$ref)}`);
    return { $ref: idOf(name) };
  }
  const made: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(node)) {
    if (plain.has(keyword)) made[keyword] = value;
    else if (!annotations.has(keyword) && !keyword.startsWith('x-')) made[keyword] = subschemas(keyword, value, idOf);
  }
  return node.nullable === true ? orNull(made) : made;
}

function subschemas(keyword: string, value: unknown, idOf: (name: string) => string): unknown {
  switch (keyword) {
    case 'items':
    case 'additionalProperties':
    case 'not':
      return toJsonSchema(value, idOf);
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return Array.isArray(value) ? value.map((each) => toJsonSchema(each, idOf)) : value;
    case 'properties':
    case 'patternProperties':
      return Object.fromEntries(
        Object.entries(asSchema(value) ?? {}).map(([name, each]) => [name, toJsonSchema(each, idOf)]),
      );
    default:
      throw new Error(`a keyword of GitHub's description that is not known here: ${keyword}`);
  }
}

function orNull(schema: Record<string, unknown>): unknown {
  const { type, enum: values } = schema;
  if (typeof type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  const wider = Array.isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {};
  return { ...schema, ...wider, type: [type, 'null'] };
}

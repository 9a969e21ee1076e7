import { type Description, requireHere } from './description.ts';
import { refName, toJsonSchema } from './json-schema.ts';
import { asSchema, type Schema } from './json-values.ts';

/** What of ajv is used here; its own types live in a package that most of the project does without. */
interface Ajv {
  addSchema(schema: unknown, key: string): unknown;
  compile(schema: unknown): ((value: unknown) => boolean) & { errors?: readonly AjvError[] | null };
  addFormat(name: string, format: true): unknown;
}

interface AjvError {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Violation {
  /** JSON pointer into the value; '' is the value itself. */
  readonly at: string;
  /** The keyword of JSON Schema that was broken, or `undocumented`. */
  readonly rule: string;
  readonly message: string;
}

export interface Schemas {
  /** Everything in which `value` breaks `schema`. Schemas are compiled at their first use and kept. */
  violations(schema: Schema, value: unknown): readonly Violation[];
  /** The schema itself, or the component it points at. */
  resolve(schema: Schema): Schema;
}

export function createSchemas(description: Description): Schemas {
  const ajv = createAjv();
  const added = new Set<string>();
  const compiled = new Map<Schema, ReturnType<Ajv['compile']>>();

  const component = (name: string): Schema => {
    const schema = description.schema(name);
    if (schema === undefined) throw new Error(`${description.name} has no schema ${name}`);
    return schema;
  };
  // Only what is reached is given to ajv: the whole description would take seconds.
  const idOf = (name: string): string => {
    const id = `github:${name}`;
    if (!added.has(name)) {
      added.add(name);
      ajv.addSchema(toJsonSchema(component(name), idOf), id);
    }
    return id;
  };
  const compile = (schema: Schema): ReturnType<Ajv['compile']> => {
    const known = compiled.get(schema);
    if (known !== undefined) return known;
    const made = ajv.compile(toJsonSchema(schema, idOf));
    compiled.set(schema, made);
    return made;
  };

  return {
    violations: (schema, value) => {
      const check = compile(schema);
      return check(value) ? [] : (check.errors ?? []).map(violation);
    },
    resolve: (schema) => {
      const name = refName(schema);
      return name === null ? schema : component(name);
    },
  };
}

function createAjv(): Ajv {
  const { default: AjvClass } = requireHere('ajv') as { default: new (options: object) => Ajv };
  const { default: addFormats } = requireHere('ajv-formats') as { default: (ajv: Ajv) => void };
  const ajv = new AjvClass({ strict: false, allErrors: true, validateSchema: false, inlineRefs: false, logger: false });
  addFormats(ajv);
  return ajv;
}

function violation(error: AjvError): Violation {
  const details = Object.values(error.params)
    .map((value) => JSON.stringify(value))
    .join(' ');
  return { at: error.instancePath, rule: error.keyword, message: `${error.message ?? error.keyword} (${details})` };
}

/** Names of the members that `schema` asks for by itself, without a choice between alternatives. */
export function requiredMembers(schema: Schema): readonly string[] {
  const { required } = schema;
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}

/** The schema and everything it is put together from; `alternatives` also follows anyOf and oneOf. */
export function partsOf(schemas: Schemas, schema: Schema, alternatives: boolean): readonly Schema[] {
  const resolved = schemas.resolve(schema);
  const lists = alternatives ? [resolved.allOf, resolved.anyOf, resolved.oneOf] : [resolved.allOf];
  const inner = lists.flatMap((list) => (Array.isArray(list) ? list : []));
  return [resolved, ...inner.flatMap((each) => partsOf(schemas, asSchema(each) ?? {}, alternatives))];
}

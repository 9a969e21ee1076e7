// The negative control: real messages with one thing wrong. A validator that finds nothing in them finds nothing at all.
import { asJson, asSchema, type Schema } from './json-values.ts';
import { partsOf, requiredMembers, type Schemas } from './schemas.ts';
import type { Checked } from './validator.ts';

export interface Mutilation {
  readonly kind: 'missing' | 'null' | 'wrong type';
  readonly where: string;
  readonly at: string;
  /** True when the schema notices. */
  readonly caught: boolean;
}

/** What has been broken before: the same member of the same schema inside another message proves nothing new. */
export type Seen = Map<Schema, Set<string>>;

/**
 * Breaks one member after the other: takes it away where it is required, makes it null where it may not be, gives it
 * another type where it has one; and lets the schema judge. Members of the message itself are always broken, those
 * further in once per schema. A schema of alternatives demands no member by itself and is left alone.
 */
export function mutilate(checked: Checked, seen: Seen): readonly Mutilation[] {
  const value = asJson(checked.value);
  return within({ ...checked, value, seen }, checked.schema, value, '', 0);
}

interface Victim extends Checked {
  readonly seen: Seen;
}

function within(victim: Victim, schema: Schema, value: unknown, at: string, depth: number): Mutilation[] {
  const parts = partsOf(victim.schemas, schema, false);
  if (Array.isArray(value)) {
    const items = asSchema(parts.find((part) => part.items !== undefined)?.items);
    return items === null || value.length === 0 ? [] : within(victim, items, value[0], `${at}/0`, depth);
  }
  const members = asSchema(value) as Record<string, unknown> | null;
  if (members === null) return [];
  return parts.flatMap((part) =>
    Object.entries(members).flatMap(([name, member]) => {
      const own = asSchema(asSchema(part.properties)?.[name]);
      const isRequired = requiredMembers(part).includes(name);
      if (own === null && !isRequired) return [];
      const here = `${at}/${name}`;
      const fresh = isFresh(victim.seen, part, name) || depth === 0;
      const broken = fresh ? breakMember(victim, members, name, own, isRequired) : [];
      const inner = own === null ? [] : within(victim, own, member, here, depth + 1);
      return [...broken.map((each) => ({ ...each, where: victim.where, at: here })), ...inner];
    }),
  );
}

function isFresh(seen: Seen, part: Schema, name: string): boolean {
  const names = seen.get(part) ?? new Set<string>();
  seen.set(part, names);
  if (names.has(name)) return false;
  names.add(name);
  return true;
}

/** Each way of breaking one member, judged with the whole message; the message is whole again afterwards. */
function breakMember(
  victim: Victim,
  members: Record<string, unknown>,
  name: string,
  schema: Schema | null,
  isRequired: boolean,
): Array<Pick<Mutilation, 'kind' | 'caught'>> {
  const member = members[name];
  const judge = (kind: Mutilation['kind']): Pick<Mutilation, 'kind' | 'caught'> => {
    const caught = victim.schemas.violations(victim.schema, victim.value).length > 0;
    members[name] = member;
    return { kind, caught };
  };
  const made: Array<Pick<Mutilation, 'kind' | 'caught'>> = [];
  if (isRequired) {
    delete members[name];
    made.push(judge('missing'));
  }
  const types = schema === null ? null : typesOf(victim.schemas, schema);
  if (types === null) return made;
  if (!types.has('null')) {
    members[name] = null;
    made.push(judge('null'));
  }
  members[name] = types.has('array') ? {} : [];
  made.push(judge('wrong type'));
  return made;
}

/** The types that a schema allows, or null when it does not say or allows both objects and lists. */
function typesOf(schemas: Schemas, schema: Schema): ReadonlySet<unknown> | null {
  const types = new Set<unknown>();
  for (const part of partsOf(schemas, schema, false)) {
    if (part.nullable === true || (Array.isArray(part.enum) && part.enum.includes(null))) types.add('null');
    for (const type of Array.isArray(part.type) ? part.type : [part.type]) if (type !== undefined) types.add(type);
  }
  const says = [...types].some((type) => type !== 'null');
  return says && !(types.has('array') && types.has('object')) ? types : null;
}

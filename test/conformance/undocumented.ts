import { asSchema, type Schema } from './json-values.ts';
import { partsOf, type Schemas, type Violation } from './schemas.ts';

/**
 * Members of `value` that GitHub's description does not know. Its schemas let any member through, so a member that
 * the local GitHub invented, or that an API version has dropped, would otherwise never be noticed.
 */
export function undocumentedMembers(schemas: Schemas, schema: Schema, value: unknown): readonly Violation[] {
  return within(schemas, [schema], value, '');
}

function within(schemas: Schemas, given: readonly Schema[], value: unknown, at: string): Violation[] {
  const parts = given.flatMap((schema) => partsOf(schemas, schema, true));
  if (Array.isArray(value)) {
    const items = parts.flatMap((part) => oneOrNone(part.items));
    return items.length === 0 ? [] : value.flatMap((item, index) => within(schemas, items, item, `${at}/${index}`));
  }
  const members = asSchema(value);
  if (members === null) return [];
  const objects = parts.filter((part) => part.properties !== undefined || part.additionalProperties !== undefined);
  // An object about which nothing is said may hold anything.
  if (objects.length === 0) return [];
  return Object.entries(members).flatMap(([name, member]) => {
    const here = `${at}/${name}`;
    const known = objects.flatMap((part) => oneOrNone(asSchema(part.properties)?.[name]));
    if (known.length > 0) return within(schemas, known, member, here);
    const free = objects.filter(
      (part) => part.additionalProperties !== undefined && part.additionalProperties !== false,
    );
    if (free.length === 0) return [{ at: here, rule: 'undocumented', message: 'GitHub describes no such member' }];
    return within(
      schemas,
      free.flatMap((part) => oneOrNone(part.additionalProperties)),
      member,
      here,
    );
  });
}

function oneOrNone(value: unknown): readonly Schema[] {
  const schema = asSchema(value);
  return schema === null ? [] : [schema];
}

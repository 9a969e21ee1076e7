/** A JSON object to look around in; a schema is one, and so is an answer. */
export type Schema = Readonly<Record<string, unknown>>;

export function asSchema(value: unknown): Schema | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : null;
}

/** What JSON makes of a value: members that are undefined are gone. Undefined stays undefined (no body at all). */
export function asJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

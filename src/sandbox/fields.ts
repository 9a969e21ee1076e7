import { invalid, Refusal } from './refusal.ts';

type Body = Readonly<Record<string, unknown>>;

const longestBody = 65_536;
const longestTitle = 256;
export const longestLabelName = 50;

/** A string member; null when it is missing or null. Throws Refusal 422 for any other type. */
export function textOf(body: Body, name: string): string | null {
  const value = body[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw wrongType(name, value, 'string');
  return value;
}

/** A string member that must be there and not blank. */
export function requiredText(body: Body, name: string, resource: string): string {
  const value = textOf(body, name);
  if (value === null || value.trim() === '') throw invalid({ resource, field: name, code: 'missing_field' });
  return value;
}

function integerOf(body: Body, name: string): number | null {
  const value = body[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, value, 'integer');
  return value;
}

export function requiredInteger(body: Body, name: string): number {
  const value = integerOf(body, name);
  if (value === null) throw new Refusal(422, `Invalid request.\n\n"${name}" wasn't supplied.`);
  return value;
}

export function booleanOf(body: Body, name: string): boolean | null {
  const value = body[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'boolean') throw wrongType(name, value, 'boolean');
  return value;
}

/** A list of strings, or of objects with a `name` (labels); null when it is missing. */
export function namesOf(body: Body, name: string): string[] | null {
  const value = body[name];
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw wrongType(name, value, 'array');
  return value.map((item: unknown) => {
    const text = typeof item === 'object' && item !== null && 'name' in item ? item.name : item;
    if (typeof text !== 'string') throw wrongType(name, text, 'string');
    return text;
  });
}

/** One of a few words; null when it is missing. */
export function choiceOf<Choice extends string>(body: Body, name: string, choices: readonly Choice[]): Choice | null {
  const value = textOf(body, name);
  if (value === null) return null;
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  throw new Refusal(
    422,
    `Invalid request.\n\nNo subschema in "anyOf" matched: ${name} is not one of ${choices.join(', ')}.`,
  );
}

/** A number in a path; anything else is a thing that does not exist. */
export function pathNumber(text: string | undefined): number {
  return /^[0-9]{1,15}$/.test(text ?? '') ? Number(text) : -1;
}

export function checkBodyLength(text: string, resource: string): void {
  if (text.length <= longestBody) return;
  const message = `body is too long (maximum is ${longestBody} characters)`;
  throw new Refusal(422, `Body is too long (maximum is ${longestBody} characters)`, [
    { resource, code: 'custom', field: 'body', message },
  ]);
}

export function checkTitleLength(text: string, resource: string): void {
  if (text.length <= longestTitle) return;
  const message = `title is too long (maximum is ${longestTitle} characters)`;
  throw invalid({ resource, code: 'custom', field: 'title', message });
}

function wrongType(name: string, value: unknown, expected: string): Refusal {
  return new Refusal(
    422,
    `Invalid request.\n\nFor 'properties/${name}', ${JSON.stringify(value)} is not a ${expected}.`,
  );
}

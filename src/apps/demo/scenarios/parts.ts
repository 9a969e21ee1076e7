/** What the repositories of the examples have in common. */
import type { Files } from './scenario.ts';

/** A package whose tests need nothing but Node. */
export function packageJson(name: string, more: Readonly<Record<string, unknown>> = {}): string {
  const fields = { name, version: '1.0.0', private: true, type: 'module', scripts: { test: 'node --test' }, ...more };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/** `.github/muster.yml` of these lines. */
export function settings(...lines: readonly string[]): Files {
  return { '.github/muster.yml': `${lines.join('\n')}\n` };
}

/** A test file: the imports every one needs, then its own. */
export function testFile(...lines: readonly string[]): string {
  return ["import assert from 'node:assert/strict';", "import { test } from 'node:test';", ...lines, ''].join('\n');
}

/** The text of a master issue; an inner list is joined. */
export function markdown(...lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

/** A module of an example: its imports, which stand in quotes so that nobody takes them for ours, then the rest. */
export function sourceFile(imports: readonly string[], text: string): string {
  return [...imports, '', text].join('\n');
}

/** A plan as it lies on disk: a text file that one issue can hold. Everything else is refused in one sentence. */
import { readFileSync } from 'node:fs';
import type { PlanProblem } from '../core/model.ts';
import { CommandFailed, exitCodes } from './exit-codes.ts';
import { systemWords } from './system-trouble.ts';

/** What GitHub lets an issue's body hold. */
const longestBody = 65_536;

/** `-` is standard input. Throws `CommandFailed` 3 for what is not there, not readable or not UTF-8 text. */
export function readPlanFile(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new CommandFailed(exitCodes.unreadable, `The plan ${nameOf(file)} cannot be read: ${systemWords(error)}.`, {
      cause: error,
    });
  }
  const text = asText(bytes);
  if (text === null)
    throw new CommandFailed(
      exitCodes.unreadable,
      `The plan ${nameOf(file)} is not UTF-8 text. Give a Markdown file with a checklist, saved as UTF-8.`,
    );
  return text;
}

function nameOf(file: string): string {
  return file === '-' ? 'on standard input' : `"${file}"`;
}

/** Null for bytes that are not UTF-8, and for what only looks like it: no text holds a zero byte. */
function asText(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

/** Empty when the text fits into an issue. */
export function lengthProblems(text: string): readonly PlanProblem[] {
  if (text.length <= longestBody) return [];
  return [
    {
      code: 'too-long',
      line: 0,
      message: `The plan has ${text.length} characters; an issue holds at most ${longestBody}.`,
      remedy: 'Split it into several plans, or move long explanations into files of the repository.',
    },
  ];
}

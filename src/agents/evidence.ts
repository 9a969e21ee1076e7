import { stripVTControlCharacters } from 'node:util';
import { redact } from '../text/redact.ts';
import type { AttemptPlace } from './place.ts';
import { isProgressLine } from './progress.ts';

const MOST_LINES = 20;
const LONGEST_LINE = 300;
const LONGEST_WORDS = 2000;
/** Only the end of an output is looked at: what went wrong stands there. */
const LOOKED_AT = 64 * 1024;

const TELLING =
  /\b(?:error|fail(?:s|ed|ure)?|fatal|exception|panic|abort(?:ed)?|cannot|can't|could not|not found|no such|denied|refused|unauthorized|quota|rate limit|assert\w*|expected|undefined|not ok)\b/i;

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Lines that say what went wrong: redacted, without control characters, without this machine's paths, at most 20 of
 * 300 characters, the most telling one last.
 */
export function collectEvidence(output: Output, place: AttemptPlace, secrets: readonly string[]): string[] {
  const stderr = readableLines(output.stderr, place, secrets);
  const stdout = readableLines(output.stdout, place, secrets);
  const tail = [...stdout.slice(-MOST_LINES), ...stderr.slice(-MOST_LINES)].slice(-MOST_LINES);
  const telling = stderr.findLast((line) => TELLING.test(line)) ?? stdout.findLast((line) => TELLING.test(line));
  if (telling === undefined) return tail;
  return [...tail.filter((line) => line !== telling), telling].slice(-MOST_LINES);
}

/** The end of what the agent printed, as text for people. */
export function lastWords(text: string, place: AttemptPlace, secrets: readonly string[]): string {
  const words = readableLines(text, place, secrets).slice(-MOST_LINES).join('\n');
  return words.length > LONGEST_WORDS ? `… ${words.slice(-LONGEST_WORDS)}` : words;
}

/** The whole stored output, redacted, for the log kept beside a failed tree. */
export function renderLog(output: Output, secrets: readonly string[]): string {
  return redact(`--- stdout\n${output.stdout}\n--- stderr\n${output.stderr}\n`, secrets);
}

function readableLines(text: string, place: AttemptPlace, secrets: readonly string[]): string[] {
  const plain = stripVTControlCharacters(withoutPaths(redact(lastPart(text), secrets), place));
  return plain
    .split(/[\r\n]+/)
    .map((line) => line.replace(/\p{Cc}/gu, ' ').trimEnd())
    .filter((line) => line.trim() !== '' && !isProgressLine(line))
    .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line));
}

/** Cut at a line end, so that no half of a secret is left at the beginning. */
function lastPart(text: string): string {
  if (text.length <= LOOKED_AT) return text;
  const end = text.slice(-LOOKED_AT);
  return end.slice(end.indexOf('\n') + 1);
}

function withoutPaths(text: string, place: AttemptPlace): string {
  return text
    .replaceAll(`${place.tree}/`, '')
    .replaceAll(place.tree, '.')
    .replaceAll(place.home, '~')
    .replaceAll(place.tmp, '/tmp')
    .replaceAll(place.dir, '');
}

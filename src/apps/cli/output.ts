/** What a command prints: words for people on stdout (or stderr, when stdout carries one JSON document). */

export interface Output {
  /** A line for people. */
  readonly say: (text: string) => void;
  /** A line that the next one may replace on a terminal; plain lines when piped. */
  readonly progress: (text: string) => void;
  /** The one JSON document; only with --json. */
  readonly json: (document: unknown) => void;
  readonly wantsJson: boolean;
}

export function createOutput(
  wantsJson: boolean,
  stdout: NodeJS.WriteStream = process.stdout,
  stderr: NodeJS.WriteStream = process.stderr,
): Output {
  const people = wantsJson ? stderr : stdout;
  return {
    wantsJson,
    say: (text) => void people.write(`${text}\n`),
    progress: (text) => void people.write(`${text}\n`),
    json: (document) => {
      if (wantsJson) stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    },
  };
}

/** Local time of day, `12:05:03`. */
export function clockTime(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

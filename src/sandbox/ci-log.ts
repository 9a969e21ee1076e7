export interface LogTail {
  add(line: string): void;
  /** The last lines, with a first line that says how many are missing. */
  text(): string;
}

/** Keeps the last `characters` of a log, in whole lines, without terminal colours. */
export function createLogTail(characters: number): LogTail {
  const lines: string[] = [];
  let kept = 0;
  let dropped = 0;
  return {
    add: (line) => {
      const plain = withoutColours(line).slice(0, characters);
      lines.push(plain);
      kept += plain.length + 1;
      while (kept > characters) {
        kept -= (lines.shift() ?? '').length + 1;
        dropped += 1;
      }
    },
    text: () => (dropped === 0 ? lines : [`[${dropped} earlier lines left out]`, ...lines]).join('\n'),
  };
}

// Terminal control sequences start with the escape character, which a regular expression literal should not hold.
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g');

function withoutColours(line: string): string {
  return line.replace(COLOUR, '');
}

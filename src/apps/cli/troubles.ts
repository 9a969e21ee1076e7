/** What goes wrong underneath while work goes on: said once each, so that nobody waits without knowing why. */
import { plainText } from '../../text/columns.ts';

/** Enough to see what it is; --verbose shows the rest. */
const mostTroubles = 5;

/** Takes the lines of the log (JSON with `msg` and perhaps `error`). Silent once it is over: a stop breaks what was under way. */
export function sayTroubles(say: (line: string) => void, isOver: () => boolean): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    const words = isOver() ? null : troubleIn(line);
    if (words === null || said.has(words) || said.size >= mostTroubles) return;
    said.add(words);
    say(`Trouble: ${words}`);
    if (said.size === mostTroubles) say('More of this is only shown with --verbose.');
  };
}

/** Without what differs from one time to the next, such as the task's name. A line that redaction broke is said as it is. */
function troubleIn(line: string): string {
  const { msg, error } = readLine(line);
  const why = typeof error === 'string' ? `: ${error.split('\n', 1)[0]}` : '';
  return plainText(`${msg}${why}`, 400);
}

function readLine(line: string): { readonly msg?: unknown; readonly error?: unknown } {
  try {
    return JSON.parse(line);
  } catch {
    return { msg: line };
  }
}

/**
 * Pieces of GitHub Markdown that cannot be broken by what is put into them: titles, agent output and paths are data.
 * Invariant: whatever the input, the output of `inline` and `cell` is one line and opens no construct.
 */

/** GitHub refuses longer bodies; 500 are left for the hidden marker. Characters. */
export const mostBodyChars = 65_536 - 500;

const zeroWidth = '\u200b';

/** One line of plain text as Markdown; inline code of the author stays code, `@names` do not ping. */
export function inline(text: string, most = 200): string {
  const line = clip(oneLine(text), most);
  const parts = line.split(/(?<!`)`(?!`)([^`|\\]+)`(?!`)/);
  // a split with one group: odd places hold what stood between backticks
  const safe = parts.map((part, i) => (i % 2 === 1 ? `\`${part}\`` : escapeText(part))).join('');
  return safe.replace(/^([-+=]|#(?=#*(?:\s|$)))/, '\\$1').replace(/^(\d+)([.)])/, '$1\\$2');
}

/** The same for a table cell. */
export function cell(text: string, most = 120): string {
  return inline(text, most);
}

/** Everything on one line, without control and direction-changing characters. */
export function oneLine(text: string): string {
  return text
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

/** At most `most` characters, the last one an ellipsis where something was cut. */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A code span for a branch, a command, a path; safe in table cells too. */
export function code(text: string): string {
  const line = oneLine(text);
  // a pipe ends a table cell even in code, and a backslash before it would show
  if (line.includes('|')) return escapeText(line);
  const ticks = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return line === '' ? '' : `${ticks}${pad}${line}${pad}${ticks}`;
}

/** A fenced block that its content cannot leave. */
export function fence(content: string, language = ''): string {
  const plain = content.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, '');
  const ticks = '`'.repeat(Math.max(3, longestRun(plain) + 1));
  return `${ticks}${language}\n${plain.replace(/\n+$/, '')}\n${ticks}`;
}

/**
 * Somebody's Markdown as a block quote: whatever it leaves open (a fence, a list, a table) ends with the quote. Only a
 * comment would run on, so one that never closes is made visible.
 */
export function quote(markdown: string, most = 20_000): string {
  const text = clip(markdown.replace(/\r\n?/g, '\n').trim(), most);
  const lastOpen = text.lastIndexOf('<!--');
  const runsOn = lastOpen >= 0 && !text.includes('-->', lastOpen + 4);
  const closed = runsOn ? `${text.slice(0, lastOpen)}<${zeroWidth}${text.slice(lastOpen + 1)}` : text;
  return closed
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');
}

/**
 * Closing words such as `fixes #9` must not close issues that the author of a quoted text named in passing. Marks and
 * colons between the two count too: what GitHub makes of `fixes: **#9**` is not documented.
 */
export function defuseClosing(markdown: string): string {
  return markdown.replace(
    /\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(\W{1,12}?)(?=#\d|GH-\d|https?:|[\w.-]+\/[\w.-]+#\d)/gi,
    `$1$2${zeroWidth}`,
  );
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function details(summary: string, body: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

export function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

/** Blocks with a blank line between them; empty ones are left out. */
export function blocks(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join('\n\n');
}

/** `#4, #5 and 3 more`. */
export function listOf(names: readonly string[], most = 4): string {
  const shown = names.length > most ? [...names.slice(0, most - 1), `${names.length - most + 1} more`] : names;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** `1 task`, `3 tasks`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`;
}

function escapeText(text: string): string {
  return text
    .replace(/[\\`*[\]~]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\|/g, '&#124;')
    .replace(/(?<!\w)@(?=[A-Za-z0-9])/g, `@${zeroWidth}`);
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

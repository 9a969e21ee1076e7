/** Tables written with pipes, read from the source of a paragraph: the Markdown parser leaves them alone for their cost. */
import { type Line, splitLines } from './segments.ts';

export interface TableRow {
  readonly cells: readonly string[];
  /** 1-based. */
  readonly line: number;
}

export interface PipeTable {
  readonly header: readonly string[];
  readonly rows: readonly TableRow[];
}

const delimiter =
  /^\s{0,3}\|?[ \t]{0,20}:?-{1,200}:?[ \t]{0,20}(?:\|[ \t]{0,20}:?-{1,200}:?[ \t]{0,20}){0,40}\|?[ \t]{0,20}$/;
const mostRows = 500;

/** `source` begins on `line`. Null when it is no table. */
export function readTable(source: string, line: number): PipeTable | null {
  if (!source.includes('|')) return null;
  const lines = splitLines(source);
  const at = lines
    .slice(0, 40)
    .findIndex((one, index) => index > 0 && one.text.includes('-') && delimiter.test(one.text));
  const header = lines[at - 1];
  if (at < 1 || header === undefined) return null;
  const rows = lines.slice(at + 1, at + 1 + mostRows).map((one, index) => rowOf(one, line + at + 1 + index));
  return { header: cellsOf(header.text), rows: rows.filter(({ cells }) => cells.some((cell) => cell !== '')) };
}

function rowOf({ text }: Line, line: number): TableRow {
  return { cells: cellsOf(text), line };
}

function cellsOf(line: string): readonly string[] {
  const inner = line
    .slice(0, 4000)
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map(plain);
}

function plain(cell: string): string {
  return cell
    .replace(/\\\|/g, '|')
    .replace(/\[([^\]]{0,200})\]\(([^)\s]{0,300})\)/g, (_, words: string, url: string) =>
      /#\d/.test(words) ? words : /\/(?:issues|pull)\/\d/.test(url) ? `${words} ${url}` : words,
    )
    .replace(/~~|\*\*|__|`|(?<!\w)[*_]|[*_](?!\w)/g, '')
    .trim();
}

const blockedColumn =
  /^(?:blocked[ -]?(?:by|on)|depends(?: on)?|dependenc(?:y|ies)|blockers?|prereq\w*|prerequisites?|needs|requires|waits? (?:for|on)|after|abhängig(?:keiten?)?(?: von)?|blockiert (?:durch|von)|voraussetzung(?:en)?|dépend(?:ances?)?(?: de)?|bloqué par|prérequis|depende(?:ncias?)?(?: de)?|bloquead[oa] por|prerrequisitos?|dependências?|pré-requisitos?|dipendenze|dipende da|bloccat[oa] da|prerequisiti|зависи(?:т|мости?)(?: от)?|блокеры?|依赖(?:项|于)?|前置(?:任务|条件)?|阻塞|依存(?:先|関係)?|前提|ブロッカー|의존(?:성)?|선행(?: ?작업)?|bergantung(?: pada)?|ketergantungan|dependensi|prasyarat)[:：]?$/iu;

const partColumn =
  /^(?:phase|wave|stage|milestone|sprint|track|part|etappe|teil|étape|fase|etapa|этап|фаза|阶段|フェーズ|단계|tahap)$/iu;

/** The cells of a row beside one column; a number under "Phase" is "Phase 3", not the third item. */
export function subjectsOf({ header }: PipeTable, { cells }: TableRow, column: number): readonly string[] {
  return cells.flatMap((cell, at) => {
    const title = header[at]?.trim() ?? '';
    if (at === column) return [];
    return [/^\d{1,3}$/.test(cell) && partColumn.test(title) ? `${title} ${cell}` : cell];
  });
}

export function blockedByColumn(table: PipeTable): number | null {
  const at = table.header.findIndex((title) => blockedColumn.test(title.trim()));
  return at < 0 ? null : at;
}

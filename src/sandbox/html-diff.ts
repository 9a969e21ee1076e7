import type { FileChange } from './git-diff.ts';
import { counted } from './html-parts.ts';
import { type Html, html } from './html-template.ts';

// Beyond this many lines a file starts folded, so that one generated file does not bury the others.
const OPEN_LINES = 400;

/** Every changed file with its hunks. */
export function diffView(files: readonly FileChange[]): Html {
  return html`<p class="muted">${counted(files.length, 'changed file')} with ${totals(files)}</p>${files.map(fileView)}`;
}

function totals(files: readonly { readonly additions: number; readonly deletions: number }[]): Html {
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return sizeOf(additions, deletions);
}

export function sizeOf(additions: number, deletions: number): Html {
  return html`<span class="add">+${additions}</span> <span class="del">&minus;${deletions}</span>`;
}

function fileView(file: FileChange): Html {
  const lines = file.patch === null ? [] : file.patch.split('\n');
  const name = file.previousPath === null ? file.path : `${file.previousPath} → ${file.path}`;
  const note = file.status === 'modified' ? null : html`<span class="badge small">${file.status}</span>`;
  return html`<details class="file"${lines.length > OPEN_LINES ? null : html` open`}><summary><code>${name}</code>${note}${sizeOf(file.additions, file.deletions)}</summary>
${lines.length === 0 ? html`<p class="prose muted">No text to show.</p>` : html`<div class="diff"><table>${rows(lines)}</table></div>`}</details>`;
}

function rows(lines: readonly string[]): Html[] {
  let before = 0;
  let after = 0;
  return lines.map((line) => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (hunk !== null) {
      before = Number(hunk[1]);
      after = Number(hunk[2]);
      return row('hunk', '', '', line);
    }
    if (line.startsWith('+')) return row('plus', '', String(after++), line);
    if (line.startsWith('-')) return row('minus', String(before++), '', line);
    // "\ No newline at end of file" is about the line above and has no number.
    if (line.startsWith('\\')) return row('note', '', '', line);
    return row('same', String(before++), String(after++), line);
  });
}

function row(kind: string, before: string, after: string, text: string): Html {
  return html`<tr class="${kind}"><td class="ln">${before}</td><td class="ln">${after}</td><td>${text}</td></tr>`;
}

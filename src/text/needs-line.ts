/** `Needs #n` in a task's issue: how a dependency is written down where the server has none of its own. */

/** The line stands alone, below the heading that `renderSubIssue` writes, else at the end, before a hidden marker. */
export function withNeed(body: string, issue: number): string {
  if (hasNeed(body, issue)) return body;
  const line = `Needs #${issue}`;
  const heading = /^### Needs\r?\n\r?\n/m.exec(body);
  if (heading !== null) {
    const at = heading.index + heading[0].length;
    return `${body.slice(0, at)}${line}\n\n${body.slice(at)}`;
  }
  const marker = /\n*<!-- muster:[^\n]* -->\s*$/.exec(body);
  const end = marker === null ? body.length : marker.index;
  return `${body.slice(0, end).trimEnd()}\n\n${line}\n${body.slice(end)}`;
}

export function hasNeed(body: string, issue: number): boolean {
  return new RegExp(`^Needs #${issue}\\s*$`, 'm').test(body);
}

/** Without that line, and without the blank one that came with it. */
export function withoutNeed(body: string, issue: number): string {
  return body.replace(new RegExp(`^Needs #${issue}[^\\S\\n]*(?:\\n(?:\\r?\\n)?|$)`, 'm'), '');
}

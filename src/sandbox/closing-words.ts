/** An issue that a text promises to close; owner and repo are null for "in this repository". */
export interface ClosingReference {
  readonly owner: string | null;
  readonly repo: string | null;
  readonly number: number;
}

const CLOSING =
  /(?<![\w-])(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?[ \t]+(?:([\w.-]+)\/([\w.-]+))?#(\d{1,9})(?![\w-])/gi;

/** Every `Closes #n`, `fixes owner/repo#n`, `Resolved: #n` of a text; code and HTML comments do not count. */
export function closingReferences(text: string): ClosingReference[] {
  const visible = text
    .replace(/<!--[\s\S]*?(?:-->|$)/g, ' ')
    .replace(/^(```|~~~)[\s\S]*?(?:^\1|$(?![\s\S]))/gm, ' ')
    .replace(/`[^`\n]*`/g, ' ');
  const found = new Map<string, ClosingReference>();
  for (const [, owner, repo, number] of visible.matchAll(CLOSING)) {
    const reference = { owner: owner ?? null, repo: repo ?? null, number: Number(number) };
    found.set(`${reference.owner}/${reference.repo}#${reference.number}`, reference);
  }
  return [...found.values()];
}

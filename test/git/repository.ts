import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { initBare, resolveRef } from '../../src/git/plumbing.ts';
import { git } from '../../src/git/run.ts';

/** A directory that is removed when the running test is over. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'muster-git-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export async function bareRepository(): Promise<string> {
  const gitDir = join(temporaryDirectory(), 'repo.git');
  await initBare(gitDir);
  return gitDir;
}

let seconds = 1_700_000_000;

/** Commits on top of a ref (or starts it); a null content deletes. `mode` defaults to a plain file. */
export async function commitFiles(
  gitDir: string,
  ref: string,
  files: Readonly<Record<string, string | null | { mode: string; content: string }>>,
  options: { readonly from?: string; readonly message?: string } = {},
): Promise<string> {
  seconds += 60;
  const message = options.message ?? 'change';
  const parent = options.from ?? (await resolveRef(gitDir, ref));
  const lines = [`commit ${ref}`, `committer A U Thor <author@example.com> ${seconds} +0000`];
  lines.push(`data ${Buffer.byteLength(message)}`, message);
  if (parent !== null) lines.push(`from ${parent}`);
  for (const [path, change] of Object.entries(files)) {
    if (change === null) {
      lines.push(`D ${path}`);
      continue;
    }
    const { mode, content } = typeof change === 'string' ? { mode: '100644', content: change } : change;
    if (mode === '160000') lines.push(`M 160000 ${content} ${path}`);
    else lines.push(`M ${mode} inline ${path}`, `data ${Buffer.byteLength(content)}`, content);
  }
  await git(['fast-import', '--quiet', '--force'], { gitDir, input: `${lines.join('\n')}\n` });
  const sha = await resolveRef(gitDir, ref);
  if (sha === null) throw new Error(`fast-import made no ${ref}`);
  return sha;
}

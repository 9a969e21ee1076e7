import { git } from '../git/run.ts';
import { holdsSecret } from '../text/redact.ts';
import type { ChangedEntry } from './violations.ts';

/** Shorter values are words that stand in honest files too. Characters. */
const SHORTEST = 16;

/** The largest answer of git: every changed byte is below the limits of the harvest, and each has a line before it. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Files in which one of these secrets would leave the machine, one sentence each: as written, in JSON, base64 or a URL.
 * A secret that was taken apart or encrypted is not found.
 */
export async function findLeaks(
  mirrorDir: string,
  changes: readonly ChangedEntry[],
  secrets: readonly string[],
): Promise<string[]> {
  const guarded = secrets.filter((secret) => secret.trim().length >= SHORTEST);
  const files = changes.filter(({ status, newMode }) => status !== 'D' && newMode !== '160000');
  if (guarded.length === 0 || files.length === 0) return [];
  const input = `${files.map(({ sha }) => sha).join('\n')}\n`;
  const { stdoutBytes } = await git(['cat-file', '--batch'], { gitDir: mirrorDir, input, maxBytes: MOST_BYTES });
  const output = Buffer.from(stdoutBytes.buffer, stdoutBytes.byteOffset, stdoutBytes.byteLength);
  const leaks: string[] = [];
  let at = 0;
  for (const { path } of files) {
    const headerEnd = output.indexOf(0x0a, at);
    const size = Number(output.toString('latin1', at, headerEnd).split(' ')[2]);
    const text = output.toString('latin1', headerEnd + 1, headerEnd + 1 + size);
    if (holdsSecret(text, guarded)) leaks.push(`${path}: holds a secret of this server or of its agents`);
    at = headerEnd + 1 + size + 1;
    // a harvest of many megabytes must not hold up everything else that this process does
    await new Promise((resolve) => setImmediate(resolve));
  }
  return leaks;
}

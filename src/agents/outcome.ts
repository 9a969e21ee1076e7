import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';

/** What the agent wrote to `$MUSTER_OUTCOME_FILE`. */
export interface Outcome {
  readonly verdict: 'pass' | 'fail';
  readonly outcome: string;
  readonly notes: string;
  readonly artifacts: readonly NamedPath[];
}

/** `name` null: the file's own name says what it is. */
export interface NamedPath {
  readonly name: string | null;
  readonly path: string;
}

const LARGEST = 256 * 1024;

const shape = z.object({
  verdict: z.enum(['pass', 'fail']),
  outcome: z.string().catch(''),
  notes: z.string().catch(''),
  artifacts: z
    .array(
      z.union([
        z.string().transform((path): NamedPath => ({ name: null, path })),
        z.object({ name: z.string(), path: z.string() }),
      ]),
    )
    .catch([]),
});

/** Null when there is none, or none that can be read. The file is the agent's: a link or a pipe is not opened. */
export async function readOutcome(file: string): Promise<Outcome | null> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
  if (handle === null) return null;
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > LARGEST) return null;
    const parsed = shape.safeParse(JSON.parse(await handle.readFile('utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  } finally {
    await handle.close();
  }
}

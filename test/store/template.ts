import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../src/store/open-store.ts';

/**
 * A closed, migrated data directory to start tests from: initdb takes seconds, a copy does not. Made once per version of
 * PGlite and of the migrations, kept in the system's temporary directory.
 */
export async function storeTemplate(): Promise<string> {
  const path = join(tmpdir(), `muster-store-template-${templateVersion()}`);
  if (existsSync(path)) return path;
  const fresh = mkdtempSync(join(tmpdir(), 'muster-store-template-new-'));
  const store = await openStore({ dir: fresh, now: Date.now, fold: neverFolds });
  await store.close();
  try {
    renameSync(fresh, path);
  } catch (error) {
    // Another test process was faster; its directory is as good.
    if (!existsSync(path)) throw error;
    rmSync(fresh, { recursive: true, force: true });
  }
  return path;
}

function templateVersion(): string {
  const migrations = fileURLToPath(new URL('../../src/store/migrations', import.meta.url));
  const pglite = join(dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite')), '..', 'package.json');
  const hash = createHash('sha256').update(readFileSync(pglite));
  for (const name of readdirSync(migrations).sort()) hash.update(name).update(readFileSync(join(migrations, name)));
  return hash.digest('hex').slice(0, 16);
}

function neverFolds(): never {
  throw new Error('A template holds no orchestrations.');
}

/** Writes what GitHub gave for a registered App: the private key to a file of its own, the rest to `.env`. */
import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { git } from '../../git/run.ts';
import type { RegisteredApp } from '../../github/registration.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { systemWords } from '../system-trouble.ts';
import { settledIn, writeEnvFile, writeWhole } from './env-file.ts';
import type { GitHubSite } from './github-site.ts';

export interface Keeping {
  /** Absolute path. */
  readonly envFile: string;
  /** Replace the settings of an App that are there already. */
  readonly force: boolean;
}

export interface Kept {
  readonly app: Pick<RegisteredApp, 'id' | 'slug'>;
  readonly installUrl: string;
  /** Absolute paths. */
  readonly files: readonly string[];
  readonly warning: string | null;
}

/** The App exists and its keys are lost; the message says what helps. */
export class KeysNotKept extends Error {}

const names = ['APP_ID', 'PRIVATE_KEY', 'PRIVATE_KEY_PATH', 'WEBHOOK_SECRET', 'MUSTER_GITHUB_API_URL'] as const;

/** Before anything is registered: throws CommandFailed when the file must not or cannot be written. */
export function checkKeeping({ envFile, force }: Keeping): void {
  const settled = settledIn(envFile, names);
  if (settled.length > 0 && !force)
    throw new CommandFailed(
      exitCodes.unreadable,
      `${envFile} already sets ${settled.join(', ')}. Name another file with --env-file, or replace them with --force.`,
    );
  try {
    accessSync(dirname(envFile), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new CommandFailed(
      exitCodes.outOfResources,
      `The keys could not be written to ${dirname(envFile)}: ${systemWords(error)}. Name another file with --env-file.`,
      { cause: error },
    );
  }
}

/** Rejects with KeysNotKept. */
export async function keepKeys(app: RegisteredApp, site: GitHubSite, { envFile, force }: Keeping): Promise<Kept> {
  const keyFile = join(dirname(envFile), `muster-app-${app.id}.private-key.pem`);
  try {
    // somebody may have written it since the start
    const settled = force ? [] : settledIn(envFile, names);
    if (settled.length > 0) throw new Error(`it now sets ${settled.join(', ')}`);
    writeWhole(keyFile, app.privateKey.endsWith('\n') ? app.privateKey : `${app.privateKey}\n`);
    const values = {
      APP_ID: String(app.id),
      PRIVATE_KEY_PATH: keyFile,
      // without webhooks GitHub makes no secret; muster start wants one, so that none can be forged when they come
      WEBHOOK_SECRET: app.webhookSecret ?? randomBytes(32).toString('hex'),
      ...(site.isPublicOne ? {} : { MUSTER_GITHUB_API_URL: site.api }),
    };
    writeEnvFile(envFile, values, site.isPublicOne ? ['PRIVATE_KEY', 'MUSTER_GITHUB_API_URL'] : ['PRIVATE_KEY']);
  } catch (error) {
    throw new KeysNotKept(
      `The App ${app.slug} (${app.id}) is registered, but its keys could not be written to ${envFile}: ${systemWords(error)}. Delete the App on ${app.htmlUrl} and begin again.`,
      { cause: error },
    );
  }
  const files = [envFile, keyFile];
  return { app, installUrl: `${app.htmlUrl}/installations/new`, files, warning: await warningAbout(files) };
}

/** Keys in a work tree are soon committed. */
async function warningAbout(files: readonly string[]): Promise<string | null> {
  const dir = dirname(files[0] ?? '.');
  const seen = await Promise.all(
    files.map(async (file) => {
      // 0: ignored, 1: not, 128: no work tree at all
      const result = await git(['check-ignore', '--quiet', file], { cwd: dir, okCodes: [0, 1, 128] }).catch(() => null);
      return result?.exitCode === 1 ? [basename(file)] : [];
    }),
  );
  const open = seen.flat();
  return open.length === 0 ? null : `${dir} is part of a git repository: add ${open.join(' and ')} to its .gitignore.`;
}

/** The App as it is to be registered: app.yml, with the addresses of one server, and the reason for each permission. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const level = z.enum(['read', 'write']);

const shape = z.strictObject({
  name: z.string().min(1),
  url: z.url(),
  description: z.string(),
  public: z.literal(false),
  hook_attributes: z.strictObject({ url: z.url(), active: z.boolean() }),
  default_permissions: z.record(z.string(), level),
  default_events: z.array(z.string()).min(1),
});

export type AppDescription = z.infer<typeof shape>;

/** GitHub's manifest: app.yml and where GitHub leads the browser afterwards. */
export type Manifest = AppDescription & { readonly redirect_url: string };

/** GitHub takes no longer names. */
export const longestAppName = 34;

const webhookPath = '/api/github/webhooks';

/** `app.yml` of this package. Throws when it is not what it should be, which is a fault of ours. */
export function readAppDescription(): AppDescription {
  return shape.parse(parse(readFileSync(new URL('../../../app.yml', import.meta.url), 'utf8')));
}

/** `publicUrl` null: nobody can reach the server from outside, so webhooks are switched off. */
export function manifestFor(options: {
  readonly name: string;
  readonly publicUrl: string | null;
  readonly redirectUrl: string;
}): Manifest {
  const app = readAppDescription();
  const hook =
    options.publicUrl === null
      ? { url: app.hook_attributes.url, active: false }
      : { url: `${options.publicUrl.replace(/\/+$/, '')}${webhookPath}`, active: true };
  return { ...app, name: options.name, hook_attributes: hook, redirect_url: options.redirectUrl };
}

/** Why each permission is asked for; one that is not here is not asked for. */
export const permissionReasons: Readonly<Record<string, string>> = {
  metadata: 'list the repositories it is installed on; every App has it',
  issues: 'read the master issue, open sub-issues, comment, tick the checklist, put labels on',
  pull_requests: 'open the pull request of each task, read reviews, merge',
  contents: 'read the code, push the branch of each task, land it',
  checks: 'wait for the checks of a pull request and read why one failed',
  statuses: 'the same for checks of the older kind',
};

import { generateKeyPair, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { addAccount } from './accounts.ts';
import type { WebhookEvent, World } from './context.ts';
import type { AppRow } from './state.ts';

const events: readonly WebhookEvent[] = [
  'issues',
  'issue_comment',
  'sub_issues',
  'issue_dependencies',
  'push',
  'pull_request',
  'pull_request_review',
  'check_run',
  'check_suite',
];

export interface AppName {
  readonly slug: string;
  readonly name: string;
}

/** Makes the two Apps, the main App's first installation and its key, once per directory. */
export async function ensureApps(world: World, named: AppName): Promise<AppRow> {
  const existing = world.state.apps.one('role', 'main');
  const app = existing ?? (await registerApps(world, named));
  writeFileSync(privateKeyFile(world), app.privateKeyPem, { mode: 0o600 });
  return app;
}

export function privateKeyFile(world: World): string {
  return join(world.dir, 'app.private-key.pem');
}

async function registerApps(world: World, named: AppName): Promise<AppRow> {
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return world.state.transaction(() => {
    const owner = addAccount(world, 'app-owner', 'User', null);
    const common = { ownerId: owner.id, webhookUrl: null, createdAt: world.instant() };
    const main = addApp(world, {
      ...common,
      role: 'main',
      ...named,
      privateKeyPem: pair.privateKey,
      publicKeyPem: pair.publicKey,
      webhookSecret: randomBytes(20).toString('hex'),
      clientId: 'Iv1.local0000000001',
      events,
      permissions: {
        issues: 'write',
        pull_requests: 'write',
        contents: 'write',
        checks: 'write',
        metadata: 'read',
        statuses: 'read',
        actions: 'read',
      },
    });
    // The CI stand-in acts inside this process only; without a key nobody can sign in as it.
    addApp(world, {
      ...common,
      role: 'ci',
      slug: 'local-ci',
      name: 'Local CI',
      privateKeyPem: '',
      publicKeyPem: '',
      webhookSecret: '',
      clientId: 'Iv1.local0000000002',
      events: [],
      permissions: { checks: 'write', contents: 'read', metadata: 'read' },
    });
    world.state.installations.insert({ appId: main.id, accountId: null, createdAt: world.instant() });
    return main;
  });
}

/** The bot and its App name each other, so the row is written in two steps. */
export function addApp(world: World, fields: Omit<AppRow, 'id' | 'botId' | 'hookId'>): AppRow {
  const app = world.state.apps.insert({ ...fields, botId: 0, hookId: 0 });
  const bot = addAccount(world, `${fields.slug}[bot]`, 'Bot', app.id);
  return world.state.apps.update(app.id, { botId: bot.id, hookId: app.id + 100_000 });
}

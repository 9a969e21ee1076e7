// Apps by manifest: what a page sends becomes an App beside the main one, and a code that is exchanged once for its keys.
// Invariant: the keys leave this process only through the exchange, and a code is good once, for an hour.
import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { findUser } from './accounts.ts';
import type { Routes, World } from './context.ts';
import { addApp } from './main-app.ts';
import { notFound, Refusal } from './refusal.ts';
import { integration } from './shapes-common.ts';
import type { AppRow, UserRow } from './state.ts';

const codeLifetimeMs = 3_600_000;
const longestName = 34;

export interface Manifest {
  readonly name: string;
  readonly url: string;
  readonly description: string;
  /** Null when webhooks are switched off. */
  readonly webhookUrl: string | null;
  readonly redirectUrl: string;
  readonly permissions: AppRow['permissions'];
  readonly events: readonly string[];
}

/** What an App must be allowed before it may subscribe to an event; events that are not here are not modelled. */
const neededFor: Readonly<Record<string, readonly string[]>> = {
  issues: ['issues'],
  issue_comment: ['issues', 'pull_requests'],
  sub_issues: ['issues'],
  issue_dependencies: ['issues'],
  pull_request: ['pull_requests'],
  pull_request_review: ['pull_requests'],
  push: ['contents'],
  check_run: ['checks'],
  check_suite: ['checks'],
  status: ['statuses'],
  repository: ['metadata'],
};

/** Reads the form's `manifest`. Throws Refusal 422 in words for a page. */
export function readManifest(text: string): Manifest {
  const manifest = objectOf(parsed(text), 'the manifest');
  const hook = manifest.hook_attributes === undefined ? {} : objectOf(manifest.hook_attributes, 'hook_attributes');
  const permissions = permissionsOf(manifest.default_permissions ?? {});
  const active = manifest.hook_attributes !== undefined && hook.active !== false;
  return {
    name: optionalText(manifest.name, 'name') ?? '',
    url: webAddress(manifest.url, 'url'),
    description: optionalText(manifest.description, 'description') ?? '',
    webhookUrl: active ? webAddress(hook.url, 'hook_attributes.url') : null,
    redirectUrl: webAddress(manifest.redirect_url, 'redirect_url'),
    permissions,
    events: eventsOf(manifest.default_events ?? [], permissions),
  };
}

/** Makes the App and its code. Throws Refusal 422 when the name is empty, too long or taken. */
export async function createFromManifest(
  world: World,
  manifest: Manifest,
  name: string,
  owner: UserRow,
): Promise<string> {
  const slug = slugOf(world, name);
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return world.state.transaction(() => {
    // somebody else may have taken the name meanwhile
    slugOf(world, name);
    const app = addApp(world, {
      role: 'registered',
      slug,
      name: name.trim(),
      ownerId: owner.id,
      privateKeyPem: pair.privateKey,
      publicKeyPem: pair.publicKey,
      webhookSecret: randomBytes(20).toString('hex'),
      webhookUrl: manifest.webhookUrl,
      clientId: `Iv1.${randomBytes(8).toString('hex')}`,
      permissions: { ...manifest.permissions, metadata: 'read' },
      events: manifest.events,
      createdAt: world.instant(),
    });
    const code = randomBytes(20).toString('hex');
    world.state.manifestCodes.insert({ code, appId: app.id, createdAt: world.instant() });
    return code;
  });
}

/** The exchange of a code for the keys: for whoever has the code, and nobody else can tell that it ever was. */
export function registerManifests(routes: Routes, world: World): void {
  routes.add('POST', '/app-manifests/{code}/conversions', ({ params }) => {
    const row = world.state.manifestCodes.one('code', params.code ?? '');
    if (row === undefined || Date.parse(row.createdAt) + codeLifetimeMs <= world.now().getTime()) throw notFound();
    const app = world.state.apps.need(row.appId);
    world.state.transaction(() => world.state.manifestCodes.delete(row.id));
    return {
      status: 201,
      body: {
        ...integration(world, app),
        client_id: app.clientId,
        client_secret: randomBytes(20).toString('hex'),
        webhook_secret: app.webhookUrl === null ? null : app.webhookSecret,
        pem: app.privateKeyPem,
      },
    };
  });
}

function slugOf(world: World, name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (slug === '') throw new Refusal(422, 'An App needs a name.');
  if (name.trim().length > longestName) throw new Refusal(422, `The name is longer than ${longestName} characters.`);
  if (world.state.apps.one('slug', slug) !== undefined || findUser(world, `${slug}[bot]`) !== undefined) {
    throw new Refusal(422, `The name "${name.trim()}" is already taken. Choose another.`);
  }
  return slug;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(422, 'The manifest is not JSON.');
  }
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Refusal(422, `${what} is not an object.`);
}

function optionalText(value: unknown, what: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  throw new Refusal(422, `${what} is not a text.`);
}

function webAddress(value: unknown, what: string): string {
  const text = typeof value === 'string' ? value : '';
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text;
  throw new Refusal(422, `${what} is not the address of a web page.`);
}

function permissionsOf(value: unknown): AppRow['permissions'] {
  const permissions: Record<string, 'read' | 'write'> = {};
  for (const [name, level] of Object.entries(objectOf(value, 'default_permissions'))) {
    if (level !== 'read' && level !== 'write') throw new Refusal(422, `default_permissions.${name} is no permission.`);
    permissions[name] = level;
  }
  return permissions;
}

function eventsOf(value: unknown, permissions: AppRow['permissions']): readonly string[] {
  if (!Array.isArray(value)) throw new Refusal(422, 'default_events is not a list.');
  return value.map((event: unknown) => {
    const needs = typeof event === 'string' ? neededFor[event] : undefined;
    if (needs === undefined) throw new Refusal(422, `The local GitHub has no event ${JSON.stringify(event)}.`);
    if (!needs.some((name) => name === 'metadata' || permissions[name] !== undefined)) {
      throw new Refusal(422, `Default events are not supported by permissions: ${String(event)}`);
    }
    return String(event);
  });
}

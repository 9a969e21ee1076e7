// The local GitHub: one HTTP server on 127.0.0.1 with REST, GraphQL, git and pages over one directory.
// Promise: opening the same directory again after kill -9 goes on where the last answered request left it.
// May import: the whole room. Invariant: nothing is served before what a killed process left behind is taken up.
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { ensureUser, findUser, setPermission } from './accounts.ts';
import { createApi } from './api.ts';
import { registerManifests } from './app-manifest.ts';
import { userToken } from './auth.ts';
import { type CiOptions, startCi } from './ci.ts';
import type { Exchange, Faults, RequestLogEntry } from './context.ts';
import { mountControl } from './control.ts';
import { mountGit } from './git-http.ts';
import { registerGraphql } from './graphql.ts';
import { githubSchema } from './graphql-schema.ts';
import { mountHtml } from './html.ts';
import { mountAppPages } from './html-apps.ts';
import { type AppName, ensureApps, privateKeyFile } from './main-app.ts';
import { announceForgottenMoves } from './ref-moves.ts';
import { createRepository, type NewRepository } from './repositories.ts';
import { registerApp } from './rest-app.ts';
import { registerChecks } from './rest-checks.ts';
import { registerComments } from './rest-comments.ts';
import { registerDeliveries } from './rest-deliveries.ts';
import { registerGit } from './rest-git.ts';
import { registerIssues } from './rest-issues.ts';
import { registerPulls } from './rest-pulls.ts';
import { registerRelations } from './rest-relations.ts';
import { registerRepository } from './rest-repository.ts';
import { createRegistry, type Registry } from './routes.ts';
import { openState, type Permission, type RepositoryRow, type State } from './state.ts';
import { createDeliverer, type Deliverer } from './webhooks.ts';
import { createWorld, type OwnedWorld } from './world.ts';

export interface SandboxOptions {
  /** All state lives here. */
  readonly dir: string;
  /** 0 or absent = any free port; 127.0.0.1 only. */
  readonly port?: number;
  readonly now?: () => Date;
  /** What the App under trial is called; `<slug>[bot]` is its login. Kept from the first opening on. */
  readonly app?: AppName;
  readonly webhook?: { readonly url: string; readonly secret: string };
  readonly ci?: CiOptions;
  /** Sees every REST answer and every webhook. */
  readonly observe?: (exchange: Exchange) => void;
}

export interface Sandbox {
  /** `http://127.0.0.1:PORT`: REST and GraphQL (also under /api/v3 and /api/graphql), git and pages. */
  readonly url: string;
  readonly app: {
    readonly id: number;
    readonly slug: string;
    readonly privateKeyPem: string;
    readonly privateKeyFile: string;
    readonly webhookSecret: string;
    readonly installationId: number;
  };
  setWebhook(url: string, secret?: string): void;
  /** A personal token; creates the user. `permission` holds for all repositories without a setting of their own. */
  userToken(login: string, permission?: Permission): string;
  createRepository(
    options: NewRepository,
  ): Promise<{ readonly owner: string; readonly name: string; readonly gitDir: string; readonly cloneUrl: string }>;
  setPermission(owner: string, repo: string, login: string, permission: Permission): void;
  readonly faults: Faults;
  requests(): RequestLogEntry[];
  /** Every API route as `METHOD /template`. */
  routes(): string[];
  /** All webhooks are sent (or failed) and all CI runs are over. */
  drained(): Promise<void>;
  /** Does now what the first GraphQL request would wait for: about half a second in which nothing else is answered. */
  warmUp(): void;
  close(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const dir = resolve(options.dir);
  mkdirSync(dir, { recursive: true });
  const state = openState(dir);
  try {
    return await serve(options, dir, state);
  } catch (error) {
    state.close();
    throw error;
  }
}

async function serve(options: SandboxOptions, dir: string, state: State): Promise<Sandbox> {
  const observe = options.observe ?? (() => {});
  let url = '';
  let deliverer: Deliverer | null = null;
  const world = createWorld({
    dir,
    state,
    now: options.now ?? (() => new Date()),
    url: () => url,
    observe,
    webhookQueued: () => deliverer?.wake(),
  });
  const app = await ensureApps(world, options.app ?? { slug: 'local-app', name: 'Local App' });
  if (options.webhook !== undefined) setWebhook(world, app.id, options.webhook.url, options.webhook.secret);

  let begin = (): void => {};
  const ready = new Promise<void>((go) => {
    begin = go;
  });
  const routes = registry(world);
  const server = createAdaptorServer({
    fetch: site(world, ready, routes, observe).fetch,
    overrideGlobalObjects: false,
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const ci = startCi(world, options.ci ?? { enabled: false });
  deliverer = createDeliverer(world);
  const sender = deliverer;
  await announceForgottenMoves(world);
  sender.wake();
  begin();

  return {
    url,
    app: {
      id: app.id,
      slug: app.slug,
      privateKeyPem: app.privateKeyPem,
      privateKeyFile: privateKeyFile(world),
      webhookSecret: state.apps.need(app.id).webhookSecret,
      installationId: state.installations.where('app', app.id)[0]?.id ?? 0,
    },
    setWebhook: (to, secret) => setWebhook(world, app.id, to, secret),
    userToken: (login, permission) => {
      if (permission !== undefined) setPermission(world, null, ensureUser(world, login), permission);
      return userToken(world, login);
    },
    createRepository: async (wanted) => described(world, await createRepository(world, wanted)),
    setPermission: (owner, name, login, permission) =>
      setPermission(world, knownRepository(world, owner, name), ensureUser(world, login), permission),
    faults: world.faults,
    requests: () => [...world.entries],
    routes: () => routes.list(),
    drained: () => drained(world, sender, ci),
    warmUp: () => void githubSchema(),
    close: async () => {
      server.close();
      await ci.close();
      await settled(world);
      await sender.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      state.close();
      if (world.failures.length > 0) throw new AggregateError(world.failures, 'work of the local GitHub failed');
    },
  };
}

function site(world: OwnedWorld, ready: Promise<void>, routes: Registry, observe: (exchange: Exchange) => void): Hono {
  const app = new Hono();
  const api = createApi(world, routes, observe);
  app.use('*', async (_, next) => {
    await ready;
    await next();
  });
  mountControl(app, world);
  mountAppPages(app, world);
  mountGit(app, world);
  app.use('*', async (context, next) => {
    const answer = await api(context.req.raw);
    if (answer !== null) return answer;
    await next();
  });
  mountHtml(app, world);
  // A client that hangs up while it sends is its own business; Hono would print it.
  app.onError((error, context) => context.json({ message: `The local GitHub failed: ${error.message}` }, 500));
  app.notFound((context) => {
    const message = `The local GitHub has no route ${context.req.method} ${context.req.path}`;
    return context.json({ message, documentation_url: 'https://docs.github.com/rest', status: '501' }, 501);
  });
  return app;
}

function registry(world: OwnedWorld): Registry {
  const routes = createRegistry();
  registerApp(routes, world);
  registerManifests(routes, world);
  registerDeliveries(routes, world);
  registerRepository(routes, world);
  registerIssues(routes, world);
  registerComments(routes, world);
  registerRelations(routes, world);
  registerPulls(routes, world);
  registerChecks(routes, world);
  registerGit(routes, world);
  registerGraphql(routes, world);
  return routes;
}

function setWebhook(world: OwnedWorld, appId: number, url: string, secret?: string): void {
  world.state.transaction(() =>
    world.state.apps.update(appId, { webhookUrl: url, ...(secret === undefined ? {} : { webhookSecret: secret }) }),
  );
}

function knownRepository(world: OwnedWorld, owner: string, name: string): RepositoryRow {
  const account = findUser(world, owner);
  const repo = account && world.state.repositories.one('name', `${account.id}/${name.toLowerCase()}`);
  if (repo === undefined) throw new Error(`no repository ${owner}/${name}`);
  return repo;
}

function described(world: OwnedWorld, repo: RepositoryRow): Awaited<ReturnType<Sandbox['createRepository']>> {
  const owner = world.state.users.need(repo.ownerId).login;
  const cloneUrl = `${world.url()}/${owner}/${repo.name}.git`;
  return { owner, name: repo.name, gitDir: world.gitDir(repo), cloneUrl };
}

async function settled(world: OwnedWorld): Promise<void> {
  while (world.tracked.size > 0) await Promise.all(world.tracked);
}

async function drained(world: OwnedWorld, deliverer: Deliverer, ci: { idle(): Promise<void> }): Promise<void> {
  const pending = (): boolean => world.tracked.size > 0 || world.state.deliveries.where('status', 'pending').length > 0;
  // Who was told something may have answered with a request or a push: only a round without news is the last.
  const news = (): string => `${world.entries.length}/${world.state.checkRuns.all().length}`;
  let before: string;
  do {
    before = news();
    await settled(world);
    await ci.idle();
    await deliverer.idle();
  } while (pending() || before !== news());
}

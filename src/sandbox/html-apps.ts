// The pages of Apps: registering one by manifest, and installing it. The only pages that change anything.
// Promise: what changes something is a button on a page of ours; a form that another site sends is refused.
import type { Context, Hono } from 'hono';
import { ensureUser, findUser } from './accounts.ts';
import { createFromManifest, type Manifest, readManifest } from './app-manifest.ts';
import type { World } from './context.ts';
import { renderPage } from './html-page.ts';
import { counted, icon } from './html-parts.ts';
import { type Html, html } from './html-template.ts';
import { installApp, uninstallApp } from './installations.ts';
import { Refusal } from './refusal.ts';
import type { AppRow, UserRow } from './rows.ts';

type Form = Readonly<Record<string, string>>;
type Answer = Response | Promise<Response>;

/** Mounted before the API, whose first path segments these are too. */
export function mountAppPages(app: Hono, world: World): void {
  const page = (method: 'get' | 'post', path: string, answer: (c: Context, form: Form) => Answer): void => {
    app[method](path, async (c) => {
      try {
        return await answer(c, method === 'post' ? await formOf(c) : {});
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return shown(
          world,
          'Refused',
          html`<h1>Refused</h1><p class="verdict failure">${error.message}</p>`,
          error.status,
        );
      }
    });
  };
  for (const path of ['/settings/apps/new', '/organizations/:org/settings/apps/new']) {
    page('get', path, (c) => {
      ownerOf(world, c);
      return shown(world, 'New App', html`<h1>New GitHub App</h1><p>A manifest is sent here by a form.</p>`);
    });
    // like GitHub, this one takes the form of any site: it shows a page and changes nothing
    page('post', path, (c, form) => {
      const manifest = readManifest(form.manifest ?? '');
      return confirmPage(c, world, {
        manifest,
        form,
        state: c.req.query('state') ?? '',
        name: manifest.name,
        problem: null,
      });
    });
  }
  for (const path of ['/settings/apps', '/organizations/:org/settings/apps']) {
    page('post', path, (c, form) => create(c, world, form));
  }
  page('get', '/apps/:slug', (c) => appPage(world, appOf(world, c)));
  page('get', '/apps/:slug/installations/new', (c) => appPage(world, appOf(world, c)));
  page('post', '/apps/:slug/installations', (c, form) => {
    fromOurPage(c);
    const account = findUser(world, form.account ?? '');
    if (account?.type !== 'Organization') throw new Refusal(404, 'There is no such organisation.');
    installApp(world, appOf(world, c), account, ensureUser(world, ownerLogin));
    return c.redirect(`/apps/${c.req.param('slug')}`, 303);
  });
  page('post', '/apps/:slug/installations/:id/delete', (c) => {
    fromOurPage(c);
    const installation = world.state.installations.get(Number(c.req.param('id')));
    if (installation?.appId !== appOf(world, c).id) throw new Refusal(404, 'There is no such installation.');
    uninstallApp(world, installation, ensureUser(world, ownerLogin));
    return c.redirect(`/apps/${c.req.param('slug')}`, 303);
  });
}

/** Who clicks here: the local GitHub has no signing in for people. */
const ownerLogin = 'app-owner';

interface Confirmation {
  readonly manifest: Manifest;
  readonly form: Form;
  readonly state: string;
  readonly name: string;
  readonly problem: string | null;
}

async function create(c: Context, world: World, form: Form): Promise<Response> {
  fromOurPage(c);
  const owner = ownerOf(world, c);
  const manifest = readManifest(form.manifest ?? '');
  const { name = '', state = '' } = form;
  let code: string;
  try {
    code = await createFromManifest(world, manifest, name, owner);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return confirmPage(c, world, { manifest, form, state, name, problem: error.message });
  }
  const back = new URL(manifest.redirectUrl);
  back.searchParams.set('code', code);
  if (state !== '') back.searchParams.set('state', state);
  return c.redirect(String(back), 302);
}

function confirmPage(c: Context, world: World, { manifest, form, state, name, problem }: Confirmation): Response {
  const owner = ownerOf(world, c);
  const action = c.req.path.replace(/\/new$/, '');
  const permissions = Object.entries({ metadata: 'read', ...manifest.permissions });
  const body = html`<h1>Create GitHub App for ${owner.login}</h1>
${problem === null ? null : html`<p class="verdict failure" role="alert">${problem}</p>`}
<form method="post" action="${action}">
<input type="hidden" name="manifest" value="${form.manifest ?? ''}"><input type="hidden" name="state" value="${state}">
<p><label>GitHub App name <input name="name" value="${name}" maxlength="34" required></label></p>
<div class="box"><div class="head"><h2>What it may do</h2></div><ul class="rows">${permissions.map(
    ([what, level]) => html`<li><div class="grow">${what}</div><div class="end">${level}</div></li>`,
  )}</ul></div>
<div class="box"><div class="head"><h2>What it hears</h2></div><ul class="rows"><li><div class="grow">${manifest.events.join(', ') || 'nothing but its own installations'}</div><div class="end mono">${manifest.webhookUrl ?? 'no webhook'}</div></li></ul></div>
<p><button type="submit">Create GitHub App for ${owner.login}</button></p>
</form>`;
  return shown(world, 'New App', body, problem === null ? 200 : 422, new URL(manifest.redirectUrl).origin);
}

function appPage(world: World, app: AppRow): Response {
  const organizations = world.state.users.all().filter((user) => user.type === 'Organization');
  const rows = organizations.map((account) => accountRow(world, app, account));
  const body = html`<h1>${app.name}</h1>
<div class="lead"><span>${counted(Object.keys(app.permissions).length, 'permission')}, ${counted(app.events.length, 'event')}</span><span class="mono">${app.webhookUrl ?? 'no webhook'}</span></div>
<div class="box"><div class="head"><h2>Install ${app.name}</h2></div>${
    rows.length === 0 ? html`<p class="empty">No organisations yet.</p>` : html`<ul class="rows">${rows}</ul>`
  }</div>`;
  return shown(world, app.name, body);
}

function accountRow(world: World, app: AppRow, account: UserRow): Html {
  const installed = world.state.installations.where('account', String(account.id)).find((row) => row.appId === app.id);
  const count = world.state.repositories.where('owner', account.id).length;
  const action = `/apps/${app.slug}/installations`;
  const button =
    installed === undefined
      ? html`<form method="post" action="${action}"><input type="hidden" name="account" value="${account.login}"><button>Install on ${account.login}</button></form>`
      : html`<form method="post" action="${action}/${installed.id}/delete">installed <button>Uninstall from ${account.login}</button></form>`;
  return html`<li>${icon('book')}<div class="grow">${account.login}<div class="sub">${counted(count, 'repository').replace(/ys$/, 'ies')}</div></div><div class="end">${button}</div></li>`;
}

function ownerOf(world: World, c: Context): UserRow {
  const org = c.req.param('org');
  if (org === undefined) return ensureUser(world, ownerLogin);
  const account = findUser(world, org);
  if (account?.type !== 'Organization') throw new Refusal(404, `There is no organisation ${org}.`);
  return account;
}

function appOf(world: World, c: Context): AppRow {
  const app = world.state.apps.one('slug', c.req.param('slug') ?? '');
  if (app === undefined || app.role === 'ci') throw new Refusal(404, 'There is no such App.');
  return app;
}

async function formOf(c: Context): Promise<Form> {
  const body = await c.req.parseBody();
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

/** Browsers say where a form was sent from; everything else must not press buttons here. */
function fromOurPage(c: Context): void {
  if (c.req.header('sec-fetch-site') === 'same-origin') return;
  throw new Refusal(403, 'This form was not sent by a page of the local GitHub.');
}

/** `goesOn`: the origin that an answer to this page's form leads to. */
function shown(world: World, title: string, body: Html, status = 200, goesOn = ''): Response {
  const policy = `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self' ${goesOn}; frame-ancestors 'none'`;
  return new Response(renderPage(world, { title, body }), {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
    },
  });
}

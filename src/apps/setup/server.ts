/**
 * The small server of `muster setup`, for one registration. It listens on this machine only; its page lies under an
 * address that only its terminal knows, and what comes back from GitHub counts only with the state that went there.
 * Invariant: the keys are written to files and nowhere else; no page and no log shows them.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CodeRefusedError, exchangeManifestCode } from '../../github/registration.ts';
import { systemWords } from '../system-trouble.ts';
import type { GitHubSite } from './github-site.ts';
import { type Keeping, type Kept, KeysNotKept, keepKeys } from './keep-keys.ts';
import { manifestFor } from './manifest.ts';
import { beginningPage, endingPage, problemPage } from './pages.ts';

export interface SetupOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly site: GitHubSite;
  /** Login of the organisation that shall own the App; null: whoever is signed in. */
  readonly org: string | null;
  readonly name: string;
  /** Where webhooks reach `muster start`; null: they do not. */
  readonly publicUrl: string | null;
  readonly keeping: Keeping;
  /** How to start afterwards, for people. */
  readonly start: string;
}

export interface Setup {
  /** What to open in a browser; whoever knows it can register. */
  readonly url: string;
  /** Resolves when the keys are written and the last page is sent; rejects with KeysNotKept. */
  readonly done: Promise<Kept>;
  readonly close: () => Promise<void>;
}

/** Rejects when the port is taken. */
export async function openSetup(options: SetupOptions): Promise<Setup> {
  const secrets = { path: `/${randomBytes(18).toString('base64url')}`, state: randomBytes(24).toString('base64url') };
  let settle: { resolve: (kept: Kept) => void; reject: (error: unknown) => void } | null = null;
  const done = new Promise<Kept>((resolve, reject) => {
    settle = { resolve, reject };
  });
  done.catch(() => undefined);
  const registration = createRegistration(options);
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    const { port } = server.address() as AddressInfo;
    void answer(request, port).then(({ status, page, end }) => {
      send(response, status, page, options.site);
      if (end !== undefined)
        response.once('close', () => (end instanceof KeysNotKept ? settle?.reject(end) : settle?.resolve(end)));
    });
  });

  async function answer(request: IncomingMessage, port: number): Promise<Answer> {
    // a name that was made to lead here is another site's
    if (!['127.0.0.1', 'localhost'].includes((request.headers.host ?? '').replace(`:${port}`, ''))) return nothing;
    const url = new URL(request.url ?? '/', `http://127.0.0.1:${port}`);
    if (request.method !== 'GET') return nothing;
    if (isSame(url.pathname, secrets.path)) return { status: 200, page: beginning(port) };
    if (url.pathname !== '/registered') return nothing;
    if (!isSame(url.searchParams.get('state') ?? '', secrets.state))
      return {
        status: 403,
        page: problemPage('Not ours', 'This did not begin on the page of this muster setup.', null),
      };
    return registration(url.searchParams.get('code') ?? '', secrets.path);
  }

  function beginning(port: number): string {
    const { site, org, name, publicUrl, keeping } = options;
    const path = org === null ? '/settings/apps/new' : `/organizations/${encodeURIComponent(org)}/settings/apps/new`;
    return beginningPage({
      manifest: manifestFor({ name, publicUrl, redirectUrl: `http://127.0.0.1:${port}/registered` }),
      action: `${site.web}${path}?state=${secrets.state}`,
      where: org === null ? new URL(site.web).host : `${new URL(site.web).host}, for ${org}`,
      envFile: keeping.envFile,
    });
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${secrets.path}`,
    done,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly page: string;
  /** How it ended, once it has. */
  readonly end?: Kept | KeysNotKept;
}

const nothing: Answer = {
  status: 404,
  page: problemPage('Nothing here', 'Open the address that muster setup has printed in its terminal.', null),
};

/** The exchange happens once, however often the browser asks; while it fails for the network's sake it can be tried again. */
function createRegistration({ site, keeping, start }: SetupOptions): (code: string, again: string) => Promise<Answer> {
  let running: Promise<Answer> | null = null;
  const register = async (code: string, again: string): Promise<Answer> => {
    try {
      const app = await exchangeManifestCode(site.api, code);
      const kept = await keepKeys(app, site, keeping);
      const { files, warning } = kept;
      const page = endingPage({ name: app.slug, id: app.id, installUrl: kept.installUrl, files, start, warning });
      return { status: 200, page, end: kept };
    } catch (error) {
      if (error instanceof KeysNotKept)
        return { status: 500, page: problemPage('Not written', error.message, null), end: error };
      running = null;
      if (error instanceof CodeRefusedError)
        return { status: 410, page: problemPage('Too late', `${error.message}: it is good once, for an hour.`, again) };
      const words = `The keys could not be fetched from ${site.api}: ${systemWords(error)}. Load this page again within an hour.`;
      return { status: 502, page: problemPage('Not yet', words, again) };
    }
  };
  return (code, again) => {
    running ??= register(code, again);
    return running;
  };
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function send(response: ServerResponse, status: number, page: string, site: GitHubSite): void {
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action ${site.web}; frame-ancestors 'none'`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // GitHub shall see where a form came from, and not the address that only the terminal knows
      'referrer-policy': 'origin',
      connection: 'close',
    })
    .end(page);
}

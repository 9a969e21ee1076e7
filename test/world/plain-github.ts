/**
 * A plain GitHub of the tests' own: written apart from `src/sandbox`, on nothing but Node and git, so that Muster meets a
 * server it was not made for. REST only, with switches for what it lacks and how it is odd.
 */
import { generateKeyPairSync, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PlainRepository, Shape } from './plain-git.ts';
import { pageOf } from './plain-manners.ts';
import { plainRoutes } from './plain-routes.ts';
import { ADA, createPlainWorld, OWNER, type PlainOptions, Refusal } from './plain-world.ts';

export interface PlainGitHub {
  readonly url: string;
  readonly privateKey: string;
  readonly webhookSecret: string;
  readonly repository: PlainRepository;
  readonly issues: Shape[];
  readonly pulls: Shape[];
  /** `METHOD path status` of every request. */
  readonly requests: string[];
  readonly setWebhook: (url: string) => void;
  /** By Ada, who may write; or by the owner of the repository. */
  readonly openIssue: (title: string, body: string, byOwner?: boolean) => Promise<number>;
  readonly comment: (issue: number, body: string, byOwner?: boolean) => Promise<void>;
  readonly label: (issue: number, name: string, byOwner?: boolean) => Promise<void>;
  readonly commentsOn: (issue: number) => Shape[];
  readonly close: () => void;
}

export async function startPlainGitHub(options: PlainOptions): Promise<PlainGitHub> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const lacks = new Set<string>(options.lacks);
  const world = createPlainWorld(options);
  const { repository, tokens } = world;
  const routes = plainRoutes(world);
  const requests: string[] = [];

  function isKnown(authorization: string, path: string): boolean {
    const [kind = '', credential = ''] = authorization.split(' ');
    if (/^basic$/i.test(kind)) return tokens.has(Buffer.from(credential, 'base64').toString().split(':')[1] ?? '');
    if (!path.startsWith('/app') && !path.endsWith('/installation')) return tokens.has(credential);
    const [head = '', claims = '', signature = ''] = credential.split('.');
    return verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const send = (status: number, body: string, type = 'application/json'): void => {
      requests.push(`${request.method} ${pathname} ${status}`);
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    const { graphql, prefix = '', manners = {} } = options;
    if (/graphql$/.test(pathname) && graphql) return send(graphql.status, graphql.body, graphql.type);
    if (pathname.startsWith('/acme/shop.git/') && !lacks.has('git')) {
      if (!isKnown(request.headers.authorization ?? '', pathname)) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="plain"' }).end();
        return;
      }
      requests.push(`GIT ${pathname}`);
      return repository.serve((request.url ?? '').replace('/acme/shop.git', ''), request, response);
    }
    const path = pathname.slice(prefix.length);
    const route = routes.find(
      ([name, method, pattern]) => !lacks.has(name) && method === request.method && pattern.test(path),
    );
    if (route === undefined || !pathname.startsWith(prefix)) {
      const { status, body, type } = manners.missing ?? {
        status: 404,
        body: '<h1>Nothing here</h1>',
        type: 'text/html',
      };
      return send(status, body, type);
    }
    if (!isKnown(request.headers.authorization ?? '', path)) return send(401, '{"message":"Bad credentials"}');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    try {
      const match = (route[2].exec(path) ?? []).slice(1).map(decodeURIComponent);
      const body = await route[3](match, text === '' ? null : JSON.parse(text), searchParams);
      if (manners.lists && request.method === 'GET') {
        const page = pageOf(manners.lists, body, new URL(request.url ?? '/', url));
        if (page.link !== null) response.setHeader('link', page.link);
        return send(200, JSON.stringify(page.body));
      }
      send(request.method === 'POST' ? 201 : 200, JSON.stringify(body));
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500;
      send(status, JSON.stringify({ message: error instanceof Error ? error.message : 'unknown' }));
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world.setUrl(url);
  return {
    url: `${url}${options.prefix ?? ''}`,
    privateKey,
    webhookSecret: world.webhookSecret,
    repository,
    issues: world.issues,
    pulls: world.pulls,
    requests,
    commentsOn: world.commentsOn,
    setWebhook: world.setWebhook,
    async openIssue(title, body, byOwner) {
      const by = byOwner ? OWNER : ADA;
      const issue = world.addIssue(by, { title, body });
      await world.tell('issues', { action: 'opened', issue, sender: world.userOf(by) });
      return issue.number;
    },
    async comment(issue, body, byOwner) {
      world.addComment(byOwner ? OWNER : ADA, issue, body);
    },
    async label(number, name, byOwner) {
      const issue = world.issueOf(number);
      issue.labels.push({ name });
      const sender = world.userOf(byOwner ? OWNER : ADA);
      await world.tell('issues', { action: 'labeled', issue, label: { name }, sender });
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

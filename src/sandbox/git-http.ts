// Git over smart HTTP: clone, fetch and push of the bare repositories, through git's own `git http-backend`.
// Promise: big packs are streamed, never held in memory; a push is answered only after its consequences are written.
// May import: src/git for hardening, the state. Invariant: what a push changed is taken from git's post-receive hook,
// ref by ref, never guessed from a difference.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type { Context, Hono } from 'hono';
import { hardenedArguments, hardenedEnvironment } from '../git/hardening.ts';
import { runGit } from '../git/starter.ts';
import { findRepo, signedIn } from './access.ts';
import { authenticate } from './auth.ts';
import { type CgiHead, readCgiHead } from './cgi.ts';
import type { Actor, RefMove, World } from './context.ts';
import { refsPushed } from './ref-moves.ts';
import { Refusal } from './refusal.ts';
import type { RepositoryRow } from './rows.ts';

type Service = 'git-upload-pack' | 'git-receive-pack';

interface GitRequest {
  readonly world: World;
  readonly request: Request;
  readonly repo: RepositoryRow;
  readonly actor: Actor;
  readonly service: Service;
  /** Below the repository: `info/refs` or the service's name. */
  readonly tail: string;
}

/** Adds `/{owner}/{repo}.git/...` (and the same without `.git`) to the server. */
export function mountGit(app: Hono, world: World): void {
  app.get('/:owner/:repo/info/refs', (c): Response | Promise<Response> => {
    const service = c.req.query('service');
    if (service === 'git-upload-pack' || service === 'git-receive-pack') return answer(c, world, service, 'info/refs');
    return c.text('Please upgrade your git client.\n', 400);
  });
  app.post('/:owner/:repo/git-upload-pack', (c) => answer(c, world, 'git-upload-pack', 'git-upload-pack'));
  app.post('/:owner/:repo/git-receive-pack', (c) => answer(c, world, 'git-receive-pack', 'git-receive-pack'));
}

async function answer(c: Context, world: World, service: Service, tail: string): Promise<Response> {
  const started = performance.now();
  const request = c.req.raw;
  let who = 'anonymous';
  let response: Response;
  try {
    const actor = authenticate(world, request.headers.get('authorization'));
    who = actor.kind === 'user' ? actor.user.login : actor.kind;
    const name = (c.req.param('repo') ?? '').replace(/\.git$/, '');
    const repo = findRepo(world, actor, c.req.param('owner') ?? '', name, {
      app: service === 'git-receive-pack' ? 'contents:write' : 'contents:read',
      user: service === 'git-receive-pack' ? 'write' : 'read',
    });
    response = await serve({ world, request, repo, actor, service, tail });
  } catch (error) {
    response = refusal(error, who);
  }
  world.log({
    at: world.now().toISOString(),
    actor: who,
    method: request.method,
    template: `/{owner}/{repo}.git/${tail}`,
    path: c.req.path,
    status: response.status,
    kind: 'git',
    ms: Math.round((performance.now() - started) * 100) / 100,
  });
  return response;
}

function refusal(error: unknown, who: string): Response {
  if (!(error instanceof Refusal)) {
    return new Response(`The local GitHub failed: ${String(error)}\n`, { status: 500 });
  }
  // Git asks for credentials only after a 401; GitHub sends one for anything an anonymous caller cannot see.
  if (error.status === 401 || (error.status === 404 && who === 'anonymous')) {
    const headers = { 'www-authenticate': 'Basic realm="GitHub"' };
    return new Response('Authentication failed.\n', { status: 401, headers });
  }
  const text = error.status === 403 ? 'Write access to repository not granted.' : 'Repository not found.';
  return new Response(`${text}\n`, { status: error.status });
}

function serve(git: GitRequest): Promise<Response> {
  if (git.tail === 'git-receive-pack') return receivePack(git);
  return git.tail === 'info/refs' ? advertise(git) : streamOut(startBackend(git, {}), git);
}

async function advertise(git: GitRequest): Promise<Response> {
  const answer = await runBackend(git, {});
  return answer === null ? backendFailed() : whole(answer);
}

/** Fetches: the answer flows through as fast as the client reads. */
async function streamOut(child: ChildProcessWithoutNullStreams, git: GitRequest): Promise<Response> {
  feed(child, git.request);
  const head = await readCgiHead(child.stdout);
  if (head === null) return backendFailed();
  if (head.rest.length > 0) child.stdout.unshift(head.rest);
  return new Response(Readable.toWeb(child.stdout) as ReadableStream, { status: head.status, headers: pairs(head) });
}

/**
 * A push. The answer of receive-pack is a short report, so it is held until the moved refs are announced; the client
 * that reads it may count on pull requests and checks having followed.
 */
async function receivePack(git: GitRequest): Promise<Response> {
  const { world, repo } = git;
  const { user } = signedIn(git.actor);
  const file = join(world.dir, 'pushes', randomUUID());
  await mkdir(join(world.dir, 'pushes'), { recursive: true });
  const hooks = await installHook(world);
  const work = async (): Promise<Response> => {
    const answer = await runBackend(git, { SANDBOX_PUSHED: file }, [`core.hooksPath=${hooks}`]);
    const moves = await pushedRefs(file);
    if (moves.length > 0) await refsPushed(world, repo, user, moves);
    return answer === null ? backendFailed() : whole(answer);
  };
  const done = work().finally(() => rm(file, { force: true }));
  // A client that hangs up now has still pushed; `drained()` waits for what follows from it.
  world.track(done.then(() => undefined));
  return done;
}

/** Settings of GitHub's side: what clients may ask for, and which refs are not theirs to see or move. */
const SERVER_SETTINGS: readonly string[] = [
  'http.receivepack=true',
  'uploadpack.allowFilter=true',
  'uploadpack.allowAnySHA1InWant=true',
  'receive.advertisePushOptions=true',
  'receive.denyDeleteCurrent=refuse',
  'transfer.hideRefs=refs/sandbox',
  'receive.hideRefs=refs/pull',
];

/** Requests up to this size are read before git is started, as most are: then it need not be started by this process. */
const SMALL_BYTES = 1024 * 1024;
const BACKEND_MS = 10 * 60_000;
/** Of an answer that is no pack. */
const MOST_BYTES = 256 * 1024 * 1024;

/** For answers that are no packs: the whole of it, or null when there was none. */
async function runBackend(
  git: GitRequest,
  env: Readonly<Record<string, string>>,
  settings: readonly string[] = [],
): Promise<CgiHead | null> {
  const length = git.request.body === null ? 0 : Number(git.request.headers.get('content-length') ?? Number.NaN);
  if (length <= SMALL_BYTES) {
    const input = Buffer.from(await git.request.arrayBuffer());
    const end = await runGit({
      ...backend(git, env, settings),
      ...{ cwd: '/', input, timeoutMs: BACKEND_MS, maxBytes: MOST_BYTES },
    });
    return readCgiHead(Readable.from([end.stdout]));
  }
  const child = startBackend(git, env, settings);
  feed(child, git.request);
  const head = await readCgiHead(child.stdout);
  const body = await readAll(child.stdout);
  return head === null ? null : { ...head, rest: Buffer.concat([head.rest, body]) };
}

function startBackend(
  git: GitRequest,
  env: Readonly<Record<string, string>>,
  settings: readonly string[] = [],
): ChildProcessWithoutNullStreams {
  const start = backend(git, env, settings);
  // A group of its own: `git` starts git-http-backend, which starts the service, and all of it may have to end.
  const child = spawn('git', start.args, { cwd: '/', env: start.env, detached: true });
  child.stderr.resume();
  child.on('error', () => child.stdout.destroy());
  return child;
}

function backend(
  git: GitRequest,
  env: Readonly<Record<string, string>>,
  settings: readonly string[],
): { readonly args: readonly string[]; readonly env: Record<string, string> } {
  const { world, request, repo, actor } = git;
  const header = (name: string): string => request.headers.get(name) ?? '';
  const owner = world.state.users.need(repo.ownerId).login;
  const protocol = header('git-protocol');
  // No CONTENT_LENGTH: git would read exactly that much and spin for ever when a client breaks off before (git 2.39).
  const cgi = {
    GIT_PROJECT_ROOT: join(world.dir, 'repos'),
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${owner}/${repo.name}.git/${git.tail}`,
    REQUEST_METHOD: request.method,
    QUERY_STRING: new URL(request.url).search.slice(1),
    CONTENT_TYPE: header('content-type'),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    REMOTE_ADDR: '127.0.0.1',
    REMOTE_USER: 'user' in actor ? actor.user.login : '',
    ...(protocol === '' ? {} : { GIT_PROTOCOL: protocol, HTTP_GIT_PROTOCOL: protocol }),
  };
  const config = [...SERVER_SETTINGS, ...settings].flatMap((setting) => ['-c', setting]);
  return {
    args: [...hardenedArguments(), ...config, 'http-backend'],
    env: hardenedEnvironment({ env: { ...cgi, ...env } }),
  };
}

/** Sends the request's body in. A client that breaks off must look like one, so git throws the half pack away. */
function feed(child: ChildProcessWithoutNullStreams, request: Request): void {
  if (request.body === null) {
    child.stdin.on('error', () => undefined);
    child.stdin.end();
    return;
  }
  const body = Readable.fromWeb(request.body as NodeReadableStream<Uint8Array>);
  pipeline(body, child.stdin).catch(() => killGroup(child.pid));
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Already gone, which is also how git that refused early makes the pipe fail.
  }
}

function whole(answer: CgiHead): Response {
  return new Response(new Uint8Array(answer.rest), { status: answer.status, headers: pairs(answer) });
}

function backendFailed(): Response {
  return new Response('git http-backend gave no answer\n', { status: 500 });
}

function pairs(head: CgiHead): Headers {
  const headers = new Headers();
  for (const [name, value] of head.headers) headers.append(name, value);
  return headers;
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The lines the hook wrote: `<old> <new> <ref>`. No file = nothing moved. */
async function pushedRefs(file: string): Promise<RefMove[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [before, after, ...ref] = line.split(' ');
    return before !== undefined && after !== undefined && ref.length > 0 ? [{ before, after, ref: ref.join(' ') }] : [];
  });
}

const HOOK = '#!/bin/sh\nexec cat >"$SANDBOX_PUSHED"\n';

/** The hook lives beside the repositories, not in them, so that nothing in a repository can stand in for it. */
async function installHook(world: World): Promise<string> {
  const hooks = join(world.dir, 'hooks');
  const file = join(hooks, 'post-receive');
  const present = await readFile(file, 'utf8').catch(() => null);
  if (present !== HOOK) {
    await mkdir(hooks, { recursive: true });
    await writeFile(file, HOOK, { mode: 0o755 });
  }
  return hooks;
}

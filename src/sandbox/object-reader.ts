import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { GitError } from '../git/git-error.ts';
import { hardenedArguments, hardenedEnvironment } from '../git/hardening.ts';

/** An object of a repository, by any name git understands (a ref, a sha, `<commit>:<path>`). */
export interface GitObject {
  readonly sha: string;
  readonly type: string;
  readonly size: number;
}

/** As much as `git()` reads of any program. */
const MOST_BYTES = 64 * 1024 * 1024;
/** An unused reader goes away after this long. */
const IDLE_MS = 5_000;

const readers = new Map<string, ObjectReader>();

/** Null when there is no such object. Sees refs and objects as they are now, whoever wrote them. */
export async function findObject(gitDir: string, name: string): Promise<GitObject | null> {
  return (await ask(gitDir, 'info', name))?.object ?? null;
}

/** The object with its bytes; null when there is none. Throws `GitError` beyond 64 MiB. */
export async function readObject(
  gitDir: string,
  name: string,
): Promise<{ readonly object: GitObject; readonly bytes: Buffer } | null> {
  const found = await findObject(gitDir, name);
  if (found === null) return null;
  if (found.size > MOST_BYTES) throw new GitError(`would print more than ${MOST_BYTES} bytes`, { args: ['cat-file'] });
  // by its id: the name may have moved meanwhile, to something bigger
  return ask(gitDir, 'contents', found.sha);
}

type Command = 'info' | 'contents';
type Answer = { readonly object: GitObject; readonly bytes: Buffer } | null;

function ask(gitDir: string, command: Command, name: string): Promise<Answer> {
  // git would take the rest of the line for the next question, and dies of a path relative to a work tree it has not
  if (/[\0\n]/.test(name) || /:\.{1,2}(?:\/|$)/.test(name)) return Promise.resolve(null);
  const reader = readers.get(gitDir) ?? openReader(gitDir);
  return reader.ask(command, name);
}

function openReader(gitDir: string): ObjectReader {
  const reader = new ObjectReader(gitDir, () => {
    if (readers.get(gitDir) === reader) readers.delete(gitDir);
  });
  readers.set(gitDir, reader);
  return reader;
}

interface Question {
  readonly command: Command;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Owns one `git cat-file` that answers question after question. Starting a process costs in proportion to the memory
 * of ours, and the local GitHub looks at some commit or ref many times for each thing that happens.
 */
class ObjectReader {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #gone: () => void;
  readonly #asked: Question[] = [];
  #chunks: Buffer[] = [];
  #have = 0;
  /** Bytes wanted before looking again; 0 = a line end. */
  #want = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(gitDir: string, gone: () => void) {
    this.#gone = gone;
    // A group of its own: a Ctrl-C meant for us must not end it while we finish.
    this.#child = spawn('git', [...hardenedArguments(), 'cat-file', '--batch-command'], {
      cwd: '/',
      env: hardenedEnvironment({ gitDir }),
      detached: true,
    });
    this.#child.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#child.stderr.resume();
    this.#child.stdin.on('error', () => undefined);
    this.#child.on('error', (error) => this.#end(error));
    this.#child.on('close', (code) =>
      this.#end(new GitError(`ended with ${code ?? 'a signal'}`, { args: ['cat-file'] })),
    );
    this.#keepAlive(false);
  }

  ask(command: Command, name: string): Promise<Answer> {
    clearTimeout(this.#idle);
    return new Promise((resolve, reject) => {
      this.#asked.push({ command, resolve, reject });
      this.#keepAlive(true);
      this.#child.stdin.write(`${command} ${name}\n`);
    });
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#have += chunk.length;
    if (this.#have < this.#want) return;
    let bytes = Buffer.concat(this.#chunks);
    for (let used = this.#answer(bytes); used > 0; used = this.#answer(bytes)) bytes = bytes.subarray(used);
    this.#chunks = [bytes];
    this.#have = bytes.length;
    if (this.#asked.length > 0) return;
    this.#keepAlive(false);
    this.#idle = setTimeout(() => this.#leave(), IDLE_MS).unref();
  }

  /** Answers the oldest question from the front of `bytes`; how many bytes that took, 0 = not all of it is there. */
  #answer(bytes: Buffer): number {
    const [question] = this.#asked;
    const lineEnd = bytes.indexOf(0x0a);
    this.#want = 0;
    if (question === undefined || lineEnd < 0) return 0;
    const [, sha, type, digits] = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(bytes.toString('utf8', 0, lineEnd)) ?? [];
    if (sha === undefined || type === undefined) {
      this.#asked.shift();
      question.resolve(null);
      return lineEnd + 1;
    }
    const object = { sha, type, size: Number(digits) };
    const end = lineEnd + 1 + (question.command === 'info' ? 0 : object.size + 1);
    if (bytes.length < end) {
      this.#want = end;
      return 0;
    }
    this.#asked.shift();
    question.resolve({ object, bytes: bytes.subarray(lineEnd + 1, Math.max(lineEnd + 1, end - 1)) });
    return end;
  }

  #leave(): void {
    this.#gone();
    this.#child.stdin.end();
  }

  #end(error: Error): void {
    this.#gone();
    clearTimeout(this.#idle);
    for (const { reject } of this.#asked.splice(0)) reject(error);
  }

  /** Only a question under way keeps this process alive. */
  #keepAlive(alive: boolean): void {
    const { stdin, stdout, stderr } = this.#child;
    for (const part of [this.#child, stdin as Socket, stdout as Socket, stderr as Socket])
      if (alive) part.ref();
      else part.unref();
  }
}

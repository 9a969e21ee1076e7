/** A headless Chromium that is clicked through page after page, over the pipes of its debugging protocol. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

export interface Page {
  readonly open: (url: string) => Promise<void>;
  /** Presses the one button or link with these words, and waits for the page it leads to. */
  readonly press: (words: string) => Promise<void>;
  /** Types over what stands in the one field of this name. */
  readonly fill: (name: string, value: string) => Promise<void>;
  /** What a person reads there. */
  readonly text: () => Promise<string>;
  readonly url: () => Promise<string>;
  readonly close: () => Promise<void>;
}

type Message = Readonly<Record<string, unknown>>;

const program = 'chromium';
const patienceMs = 30_000;

export async function openChromium(): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), 'muster-chromium-'));
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
  const chromium = spawn(
    program,
    ['--headless', '--no-sandbox', '--disable-gpu', ...quiet, `--user-data-dir=${profile}`, '--remote-debugging-pipe'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const speak = protocol(chromium.stdio[3] as Writable, chromium.stdio[4] as Readable);
  const { targetId } = await speak.ask('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await speak.ask('Target.attachToTarget', { targetId, flatten: true });
  const ask = (method: string, params: Message = {}): Promise<Message> => speak.ask(method, params, String(sessionId));
  await ask('Page.enable');

  async function evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await ask('Runtime.evaluate', { expression, userGesture: true });
    if (exceptionDetails !== undefined) throw new Error(`in the page: ${JSON.stringify(exceptionDetails)}`);
    return (result as Message).value;
  }
  const text = async (): Promise<string> => String(await evaluate('document.body.innerText'));
  async function leadsOn(work: () => Promise<unknown>): Promise<void> {
    const loaded = speak.heard('Page.loadEventFired');
    await work();
    await loaded;
  }
  return {
    open: (url) => leadsOn(() => ask('Page.navigate', { url })),
    press: (words) =>
      leadsOn(async () => {
        const found = `[...document.querySelectorAll('button, a')].filter((one) => one.innerText.includes(${JSON.stringify(words)}))`;
        if ((await evaluate(`${found}.length`)) !== 1) throw new Error(`no one "${words}" in:\n${await text()}`);
        await evaluate(`${found}[0].click()`);
      }),
    fill: async (name, value) => {
      await evaluate(`document.querySelector('[name=${name}]').value = ${JSON.stringify(value)}`);
    },
    text,
    url: async () => String(await evaluate('location.href')),
    close: async () => {
      const gone = once(chromium, 'exit');
      chromium.kill('SIGKILL');
      await gone;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Protocol {
  readonly ask: (method: string, params: Message, sessionId?: string) => Promise<Message>;
  /** The next event of this name. */
  readonly heard: (event: string) => Promise<void>;
}

/** JSON messages, each ended by a zero byte. */
function protocol(to: Writable, from: Readable): Protocol {
  const answers = new Map<number, (message: Message) => void>();
  const waiting: { event: string; tell: () => void }[] = [];
  let count = 0;
  let rest = '';
  from.setEncoding('utf8').on('data', (part: string) => {
    const [last = '', ...whole] = `${rest}${part}`.split('\0').reverse();
    rest = last;
    for (const json of whole.reverse()) {
      const message: Message = JSON.parse(json);
      if (typeof message.id === 'number') answers.get(message.id)?.(message);
      for (const one of waiting.splice(0)) {
        if (one.event === message.method) one.tell();
        else waiting.push(one);
      }
    }
  });
  const inTime = <T>(what: string, begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void) =>
    new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Chromium: no ${what}`)), patienceMs);
      begin(
        (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        (error) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  return {
    ask: (method, params, sessionId) =>
      inTime(`answer to ${method}`, (resolve, reject) => {
        count += 1;
        answers.set(count, ({ result, error }) =>
          error === undefined
            ? resolve((result ?? {}) as Message)
            : reject(new Error(`${method}: ${JSON.stringify(error)}`)),
        );
        to.write(
          `${JSON.stringify({ id: count, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`,
        );
      }),
    heard: (event) => inTime(event, (resolve) => waiting.push({ event, tell: () => resolve() })),
  };
}

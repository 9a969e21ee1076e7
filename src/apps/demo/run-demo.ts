/** Plays one scenario on the local GitHub, over HTTP, through the App, with the demo's agent. */
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { RecordedEvent } from '../../core/events.ts';
import type { Orchestration } from '../../core/model.ts';
import { followToEnd } from '../local/drive.ts';
import type { Laptop } from '../local/laptop.ts';
import { openLaptop, openSandbox } from '../local/laptop.ts';
import type { Person } from '../local/person.ts';
import { personAt } from '../local/person.ts';
import { unlessAborted } from '../local/unless-aborted.ts';
import type { RecordedMaintainer } from './maintainer.ts';
import { createMaintainer } from './maintainer.ts';
import type { Act, Scenario } from './scenarios/scenario.ts';
import type { WhatLanded } from './what-landed.ts';
import { whatLanded } from './what-landed.ts';

export interface DemoOptions {
  readonly scenario: Scenario;
  readonly dir: string;
  readonly port: number;
  readonly seed: number;
  readonly log: Logger;
  readonly say: (line: string) => void;
  readonly onEvent: (recorded: RecordedEvent, state: Orchestration) => void;
  readonly signal: AbortSignal;
}

export interface DemoResult {
  readonly laptop: Laptop;
  /** Of the master issue. */
  readonly issueUrl: string;
  /** Null when interrupted. */
  readonly end: DemoEnd | null;
}

export interface DemoEnd extends WhatLanded {
  readonly state: Orchestration;
  /** What the maintainer did, in order. */
  readonly maintainer: readonly string[];
}

const owner = 'demo';
const login = 'maintainer';

/** Null when interrupted before it began. The caller closes the laptop; when this throws, it is closed. */
export async function playDemo(options: DemoOptions): Promise<DemoResult | null> {
  const { scenario } = options;
  options.say('Setting up a local GitHub and a database (a few seconds) ...');
  const sandbox = await openSandbox({ dir: options.dir, port: options.port, runTests: true });
  let laptop: Laptop | null = null;
  try {
    const repo = await sandbox.createRepository({
      owner,
      name: scenario.repository,
      seedFrom: { files: scenario.files, message: 'Start of the demo' },
      requiredChecks: ['ci'],
    });
    const opening = openLaptop(sandbox, {
      waitsOutside: false,
      dir: options.dir,
      agents: { 'demo-agent': { command: agentCommand(scenario.name, options.seed), env: {} } },
      basePolicy: { agent: 'demo-agent', retryDelaySeconds: 1 },
      runTests: true,
      log: options.log,
    });
    laptop = await unlessAborted(opening, options.signal);
    if (laptop === null || options.signal.aborted) {
      await (laptop ?? sandbox).close();
      return null;
    }
    return await play(options, laptop, repo);
  } catch (error) {
    await (laptop ?? sandbox).close();
    throw error;
  }
}

async function play(
  options: DemoOptions,
  laptop: Laptop,
  repo: { readonly gitDir: string; readonly cloneUrl: string },
): Promise<DemoResult> {
  const { scenario, say } = options;
  const { sandbox } = laptop;
  const token = sandbox.userToken(login, 'admin');
  const person = personAt({ url: sandbox.url, token, login, repo: `${owner}/${scenario.repository}` });
  const issue = await person.openIssue(scenario.title, scenario.body);
  const issueUrl = `${sandbox.url}/${owner}/${scenario.repository}/issues/${issue}`;
  say(`@${login} opens the master issue "${scenario.title}": ${issueUrl}`);
  const maintainer = createMaintainer({ ...options, person, token, cloneUrl: repo.cloneUrl, issue });
  await maintainer.comments(`/muster run ${scenario.flags ?? ''}`.trim());
  const state = await playActs({ options, laptop, issue, maintainer });
  const end = state === null ? null : await endOf(options, laptop, person, repo.gitDir, state, maintainer);
  return { laptop, issueUrl, end };
}

async function endOf(
  options: DemoOptions,
  { sandbox }: Laptop,
  person: Person,
  gitDir: string,
  state: Orchestration,
  maintainer: RecordedMaintainer,
): Promise<DemoEnd | null> {
  // the tests of the last merge may still run
  await unlessAborted(sandbox.drained(), options.signal);
  if (options.signal.aborted) return null;
  return { state, maintainer: maintainer.told, ...(await whatLanded({ ...options, gitDir, person, state })) };
}

interface Stage {
  readonly options: DemoOptions;
  readonly laptop: Laptop;
  readonly issue: number;
  readonly maintainer: RecordedMaintainer;
}

/** Follows what happens and lets the maintainer act whenever the next act's moment has come; null when interrupted. */
async function playActs(stage: Stage): Promise<Orchestration | null> {
  const { options, maintainer } = stage;
  const acts = [...(options.scenario.acts ?? [])];
  const told = new Map<string, number>();
  for (;;) {
    const next = acts.shift();
    const state = await followUntil(stage, next, told);
    // where it ended otherwise than meant, there is nothing left to act on
    if (state === null || next === undefined || !next.when(state)) return state;
    options.say('');
    await next.play(maintainer, state);
    options.say('');
  }
}

/** To the end, or to the moment of this act. `told`: by orchestration, so that each event is told once. */
async function followUntil(
  stage: Stage,
  act: Act | undefined,
  told: Map<string, number>,
): Promise<Orchestration | null> {
  const { options, laptop, issue, maintainer } = stage;
  const id = await newestRun(stage);
  if (id === null) return null;
  const moment = new AbortController();
  let reached: Orchestration | null = null;
  const ended = await followToEnd({
    store: laptop.runtime.store,
    repo: { owner, name: options.scenario.repository },
    issue,
    after: told.get(id) ?? 0,
    onEvent: (recorded, state) => {
      told.set(id, recorded.seq);
      options.onEvent(recorded, state);
      // what follows an end waits until the end is told on GitHub
      if (reached !== null || isOver(state) || act?.when(state) !== true) return;
      reached = state;
      moment.abort();
    },
    signal: AbortSignal.any([options.signal, moment.signal]),
    requests: maintainer.asked().commands,
  });
  return options.signal.aborted ? null : (ended ?? reached);
}

function isOver({ phase }: Orchestration): boolean {
  return phase === 'finished' || phase === 'cancelled' || phase === 'refused';
}

/** Waits until the last `/muster run` was heard; null when interrupted. */
async function newestRun({ options, laptop, issue, maintainer }: Stage): Promise<string | null> {
  const wanted = { owner, name: options.scenario.repository, issue };
  while (!options.signal.aborted) {
    const rows = await laptop.runtime.store.findOrchestrations(wanted);
    const last = rows.at(-1);
    if (last !== undefined && rows.length >= maintainer.asked().runs) return last.key;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return null;
}

/** The agent is a file beside this one; Node's own path, because an agent's PATH is its operator's business. */
function agentCommand(scenario: string, seed: number): string {
  const isSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(isSource ? './agent.ts' : './agent.js', import.meta.url));
  const loader = isSource ? ['--import', import.meta.resolve('tsx')] : [];
  const words = [process.execPath, ...loader, file, scenario, String(seed)];
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

/** Plays one scenario on the local GitHub, over HTTP, through the App, with the demo's agent. */
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { RecordedEvent } from '../../core/events.ts';
import type { Orchestration } from '../../core/model.ts';
import { findTask, subIssueOf } from '../../core/tasks.ts';
import { log as gitLog } from '../../git/history.ts';
import { followToEnd } from '../local/drive.ts';
import type { Laptop } from '../local/laptop.ts';
import { openLaptop, openSandbox } from '../local/laptop.ts';
import type { Person } from '../local/person.ts';
import { personAt } from '../local/person.ts';
import { pushManifestFix } from './recovery.ts';
import type { Scenario } from './scenarios.ts';

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
  readonly repoUrl: string;
  readonly issue: number;
  /** Null when interrupted. */
  readonly state: Orchestration | null;
  /** Subjects of main's commits, newest first. */
  readonly landed: readonly string[];
}

const owner = 'demo';

/** The caller closes the laptop. */
export async function playDemo(options: DemoOptions): Promise<DemoResult> {
  const { scenario, say } = options;
  const sandbox = await openSandbox({ dir: options.dir, port: options.port, runTests: true });
  const repo = await sandbox.createRepository({
    owner,
    name: scenario.repository,
    seedFrom: { files: scenario.files, message: 'Start of the demo' },
    requiredChecks: ['ci'],
  });
  const laptop = await openLaptop(sandbox, {
    dir: options.dir,
    agents: { 'demo-agent': { command: agentCommand(scenario.name, options.seed), env: {} } },
    basePolicy: { agent: 'demo-agent', retryDelaySeconds: 1 },
    runTests: true,
    log: options.log,
  });
  const token = sandbox.userToken('maintainer', 'admin');
  const person = personAt({ url: sandbox.url, token, login: 'maintainer', repo: `${owner}/${scenario.repository}` });
  const repoUrl = `${sandbox.url}/${owner}/${scenario.repository}`;
  const issue = await person.openIssue(scenario.title, scenario.body);
  say(`@maintainer opened the master issue ${repoUrl}/issues/${issue} and comments: /muster run`);
  await person.comment(issue, '/muster run');
  const follow = (requests: number): Promise<Orchestration | null> =>
    followToEnd({
      store: laptop.runtime.store,
      repo: { owner, name: scenario.repository },
      issue,
      onEvent: tail(options),
      signal: options.signal,
      requests,
    });
  let state = await follow(1);
  if (state !== null && scenario.name === 'websocket') {
    state = await recover({
      options,
      laptop,
      person,
      issue,
      gitDir: repo.gitDir,
      cloneUrl: repo.cloneUrl,
      token,
      state,
      follow,
    });
  }
  const landed = (await gitLog(repo.gitDir, 'refs/heads/main', { limit: 50 })).map((entry) => entry.subject);
  return { laptop, repoUrl, issue, state, landed };
}

/** Each event once, however often the history is followed anew. */
function tail(options: DemoOptions): (recorded: RecordedEvent, state: Orchestration) => void {
  return (recorded, state) => {
    if (recorded.seq <= (told.get(options) ?? 0)) return;
    told.set(options, recorded.seq);
    options.onEvent(recorded, state);
  };
}
const told = new WeakMap<DemoOptions, number>();

interface Recovery {
  readonly options: DemoOptions;
  readonly laptop: Laptop;
  readonly person: Person;
  readonly issue: number;
  readonly gitDir: string;
  readonly cloneUrl: string;
  readonly token: string;
  readonly state: Orchestration;
  readonly follow: (requests: number) => Promise<Orchestration | null>;
}

/** What the seed's maintainer did: mend the manifest, land the server first, then try the one that needed it. */
async function recover(recovery: Recovery): Promise<Orchestration | null> {
  const { options, person, issue, follow, state } = recovery;
  const { say } = options;
  say('');
  say(
    'Two tasks failed; each has a diagnostic issue. @maintainer reads them, adds the missing package to package.json and pushes.',
  );
  await pushManifestFix({ cloneUrl: recovery.cloneUrl, token: recovery.token, dir: options.dir });
  const server = findTask(state, 't1');
  const serverIssue = server === undefined ? null : subIssueOf(server);
  if (serverIssue === null) return state;
  say(`@maintainer comments on #${serverIssue.number}: /muster retry`);
  await person.comment(serverIssue.number, '/muster retry');
  const second = await follow(state.requests.length + 1);
  if (second === null) return null;
  say(`The server has landed. @maintainer comments on #${issue}: /muster retry`);
  await person.comment(issue, '/muster retry');
  return follow(second.requests.length + 1);
}

/** The agent is a file beside this one; Node's own path, because an agent's PATH is its operator's business. */
function agentCommand(scenario: string, seed: number): string {
  const file = fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? '../../../dist/apps/demo/agent.js' : './agent.js', import.meta.url),
  );
  return [process.execPath, file, scenario, String(seed)].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

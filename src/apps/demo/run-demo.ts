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
import { unlessAborted } from '../local/unless-aborted.ts';
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
  const token = sandbox.userToken('maintainer', 'admin');
  const person = personAt({ url: sandbox.url, token, login: 'maintainer', repo: `${owner}/${scenario.repository}` });
  const repoUrl = `${sandbox.url}/${owner}/${scenario.repository}`;
  const issue = await person.openIssue(scenario.title, scenario.body);
  say(`@maintainer opened the master issue ${repoUrl}/issues/${issue} and comments: /muster run`);
  await person.comment(issue, '/muster run');
  // each event once, however often the history is followed anew
  let told = 0;
  const follow = (requests: number): Promise<Orchestration | null> =>
    followToEnd({
      store: laptop.runtime.store,
      repo: { owner, name: scenario.repository },
      issue,
      after: told,
      onEvent: (recorded, state) => {
        told = recorded.seq;
        options.onEvent(recorded, state);
      },
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

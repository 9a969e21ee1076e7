/** `muster sandbox`: the local GitHub alone, for trying an App against it. */
import { basename, join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Sandbox } from '../../sandbox/server.ts';
import { makeDataDir } from '../data-dir.ts';
import { openLocalGitHub } from '../local/laptop.ts';
import { openSource } from '../local/source.ts';
import { defaultDataDir } from '../settings.ts';
import { shellWord } from '../shell-word.ts';
import { onInterrupt, untilInterrupted } from './interrupt.ts';
import { notEmpty, portNumber } from './options.ts';
import { createOutput } from './output.ts';
import { requireGit } from './requirements.ts';

interface SandboxCommandOptions {
  readonly port: number;
  readonly repo?: string;
  readonly dir?: string;
  readonly webhook: string;
  readonly testCommand?: string;
  readonly tests: boolean;
  readonly json?: boolean;
}

const usualWebhook = 'http://127.0.0.1:3000/api/github/webhooks';

export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description(
      'Run the local GitHub by itself: a model of GitHub on real git repositories, schema-checked, not GitHub.',
    )
    .option('--port <n>', 'port on 127.0.0.1 (0: any free one)', portNumber, 0)
    .option('--repo <dir>', "seed a repository local/<name> from this one's HEAD", notEmpty)
    .option('--dir <dir>', 'where its state is kept (default: below the XDG state directory)', notEmpty)
    .option('--webhook <url>', 'send webhooks there', webAddress, usualWebhook)
    .option('--test-command <command>', 'what its stand-in for CI runs on each pushed head')
    .option('--no-tests', 'no stand-in for CI')
    .option('--json', 'print what to connect with as JSON')
    .action(run);
}

function webAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new InvalidArgumentError(`It must be a URL such as ${usualWebhook}.`);
  return text;
}

async function run(options: SandboxCommandOptions): Promise<void> {
  await requireGit();
  const output = createOutput(options.json === true);
  const source = options.repo === undefined ? null : await openSource(options.repo);
  const dir = makeDataDir(
    options.dir ?? join(defaultDataDir(process.env), 'sandbox'),
    'Name another directory with --dir.',
  );
  const interrupted = onInterrupt(() => output.say('Stopping ...'));
  const sandbox = await openLocalGitHub({
    dir,
    app: { slug: 'muster', name: 'Muster' },
    port: options.port,
    ci: { enabled: options.tests, ...(options.testCommand === undefined ? {} : { command: options.testCommand }) },
  });
  try {
    sandbox.setWebhook(options.webhook);
    if (source !== null)
      await sandbox.createRepository({
        owner: 'local',
        name: source.name,
        defaultBranch: source.branch,
        seedFrom: { gitDir: source.gitDir, ref: source.head },
      });
    const facts = {
      url: sandbox.url,
      appId: sandbox.app.id,
      privateKeyPath: sandbox.app.privateKeyFile,
      webhookSecret: sandbox.app.webhookSecret,
      webhook: options.webhook,
      installationId: sandbox.app.installationId,
      user: 'you',
      userToken: sandbox.userToken('you', 'admin'),
      repository: source === null ? null : `local/${source.name}`,
    };
    output.json(facts);
    output.say(instructions(facts, dir));
    await untilInterrupted(interrupted);
  } finally {
    await sandbox.close();
  }
}

interface Facts {
  readonly url: string;
  readonly appId: Sandbox['app']['id'];
  readonly privateKeyPath: string;
  readonly webhookSecret: string;
  readonly webhook: string;
  readonly userToken: string;
  readonly repository: string | null;
}

/** Lines that work when they are copied as they stand. */
function instructions(facts: Facts, dir: string): string {
  const { port, protocol } = new URL(facts.webhook);
  const program = process.argv[1] ?? 'muster';
  const start = [
    `APP_ID=${facts.appId}`,
    `PRIVATE_KEY_PATH=${shellWord(facts.privateKeyPath)}`,
    `WEBHOOK_SECRET=${facts.webhookSecret}`,
    `PORT=${port || (protocol === 'https:' ? '443' : '80')}`,
    `MUSTER_GITHUB_API_URL=${facts.url}`,
    `MUSTER_DATA_DIR=${shellWord(join(dir, 'muster'))}`,
    'MUSTER_MERGE=auto MUSTER_TICK_SECONDS=5 MUSTER_GRACE_MS=2000',
    `MUSTER_AGENT_COMMAND='date > "$MUSTER_TASK.txt"'`,
    `${basename(program) === 'muster' ? 'muster' : shellWord(resolve(program))} start`,
  ];
  const say = (path: string): string =>
    `curl -sSf -o /dev/null -H 'Authorization: Bearer ${facts.userToken}' \\\n    ${facts.url}/repos/${facts.repository}/issues${path} \\\n   `;
  const work =
    facts.repository === null
      ? ['To give it work, seed a repository: the same command with --repo DIR.']
      : [
          'Give it work, in a third:',
          '',
          `  ${say('')} -d '{"title": "Try it", "body": "- [ ] First\\n- [ ] Second (needs #1)", "labels": ["muster"]}'`,
          '',
          `and watch ${facts.url}/${facts.repository}/issues`,
          'What no test has checked waits there for the word of a person, given once per issue:',
          '',
          `  ${say('/1/comments')} -d '{"body": "/muster merge"}'`,
        ];
  return [
    `Local GitHub   ${facts.url}`,
    `Repository     ${facts.repository === null ? 'none yet; seed one with --repo DIR' : `${facts.url}/${facts.repository}`}`,
    `Webhooks       ${facts.webhook}`,
    `App id         ${facts.appId}`,
    `Private key    ${facts.privateKeyPath}`,
    `Webhook secret ${facts.webhookSecret}`,
    `Your token     ${facts.userToken} (as @you, admin)`,
    `State          ${dir}`,
    '',
    'Run Muster against it, in a second terminal:',
    '',
    `  ${start.join(' \\\n  ')}`,
    '',
    ...work,
    '',
    'Ctrl-C stops it; the same command goes on.',
  ].join('\n');
}

/** `muster sandbox`: the local GitHub alone, for trying an App against it. */
import { basename, resolve } from 'node:path';
import { Command } from 'commander';
import { slug } from '../../core/slugs.ts';
import { git } from '../../git/run.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { wholeNumber } from './options.ts';
import { createOutput } from './output.ts';
import { requireGit } from './requirements.ts';

interface SandboxCommandOptions {
  readonly port: number;
  readonly repo?: string;
  readonly dir: string;
  readonly webhook?: string;
  readonly testCommand?: string;
  readonly tests: boolean;
  readonly json?: boolean;
}

export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description(
      'Run the local GitHub by itself: a model of GitHub on real git repositories, schema-checked, not GitHub.',
    )
    .option('--port <n>', 'port on 127.0.0.1', wholeNumber(0, 65_535), 0)
    .option('--repo <dir>', "seed a repository local/<name> from this one's HEAD")
    .option('--dir <dir>', 'where its state is kept', '.muster/github')
    .option('--webhook <url>', 'send webhooks there')
    .option('--test-command <command>', 'what its stand-in for CI runs on each pushed head')
    .option('--no-tests', 'no stand-in for CI')
    .option('--json', 'print what to connect with as JSON')
    .action(run);
}

async function run(options: SandboxCommandOptions): Promise<void> {
  await requireGit();
  const output = createOutput(options.json === true);
  const interrupted = onInterrupt(() => output.say('Stopping.'));
  const sandbox = await startSandbox({
    dir: resolve(options.dir),
    app: { slug: 'muster', name: 'Muster' },
    port: options.port,
    ci: { enabled: options.tests, ...(options.testCommand === undefined ? {} : { command: options.testCommand }) },
  }).catch((error) => {
    throw new CommandFailed(
      exitCodes.outOfResources,
      `The local GitHub cannot start: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  });
  if (options.webhook !== undefined) sandbox.setWebhook(options.webhook);
  const repository = options.repo === undefined ? null : await seed(sandbox, options.repo);
  const token = sandbox.userToken('you', 'admin');
  const facts = {
    url: sandbox.url,
    appId: sandbox.app.id,
    privateKeyPath: sandbox.app.privateKeyFile,
    webhookSecret: sandbox.app.webhookSecret,
    installationId: sandbox.app.installationId,
    user: 'you',
    userToken: token,
    repository,
  };
  output.json(facts);
  output.say(
    [
      `Local GitHub   ${facts.url}`,
      `Repository     ${repository === null ? 'none yet; seed one with --repo DIR' : `${facts.url}/${repository}`}`,
      `App id         ${facts.appId}`,
      `Private key    ${facts.privateKeyPath}`,
      `Webhook secret ${facts.webhookSecret}`,
      `Your token     ${token} (as @you, admin)`,
      '',
      'To run Muster against it, in another terminal:',
      `  APP_ID=${facts.appId} PRIVATE_KEY_PATH=${facts.privateKeyPath} WEBHOOK_SECRET=${facts.webhookSecret} \\`,
      `  MUSTER_GITHUB_API_URL=${facts.url} MUSTER_AGENT_COMMAND='...' PORT=3000 muster start`,
      'and start this one with --webhook http://127.0.0.1:3000/api/github/webhooks. Ctrl-C stops it; the same --dir goes on.',
    ].join('\n'),
  );
  await new Promise<void>((done) => interrupted.addEventListener('abort', () => done()));
  await sandbox.close();
}

async function seed(sandbox: Awaited<ReturnType<typeof startSandbox>>, dir: string): Promise<string> {
  try {
    const { stdout } = await git(['rev-parse', '--absolute-git-dir'], { cwd: resolve(dir) });
    const head = await git(['rev-parse', '--verify', 'HEAD^{commit}'], { cwd: resolve(dir) });
    const name = slug(basename(resolve(dir)));
    await sandbox.createRepository({
      owner: 'local',
      name,
      seedFrom: { gitDir: stdout.trim(), ref: head.stdout.trim() },
    });
    return `local/${name}`;
  } catch (error) {
    throw new CommandFailed(exitCodes.unreadable, `${dir} is not a git repository with at least one commit.`, {
      cause: error,
    });
  }
}

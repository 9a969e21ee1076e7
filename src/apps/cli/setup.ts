/** `muster setup`: registers the GitHub App by its manifest, in a browser, and writes its settings to `.env`. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { gitHubSite, publicAddress, publicGitHub } from '../setup/github-site.ts';
import { checkKeeping, type Kept } from '../setup/keep-keys.ts';
import { longestAppName } from '../setup/manifest.ts';
import { openSetup } from '../setup/server.ts';
import { shellWord } from '../shell-word.ts';
import { systemWords } from '../system-trouble.ts';
import { onInterrupt, untilInterrupted } from './interrupt.ts';
import { notEmpty, portNumber } from './options.ts';
import { createOutput } from './output.ts';

interface SetupCommandOptions {
  readonly port: number;
  readonly url?: string;
  readonly org?: string;
  readonly github: string;
  readonly name?: string;
  readonly envFile: string;
  readonly force?: boolean;
}

const usualEnvFile = '.env';

export function setupCommand(): Command {
  return new Command('setup')
    .description('Register the GitHub App in a browser, with the permissions it needs and no others, and write .env.')
    .option('--url <url>', 'public address of this server, where webhooks shall arrive (default: no webhooks)')
    .option('--org <name>', 'organisation that shall own the App (default: whoever is signed in)', login)
    .option('--github <url>', 'address of the GitHub, such as https://HOST', publicGitHub)
    .option(
      '--name <name>',
      `name of the App, at most ${longestAppName} characters; can be changed in the browser`,
      appName,
    )
    .option('--env-file <file>', 'where the settings are written', notEmpty, usualEnvFile)
    .option('--port <n>', 'port on 127.0.0.1 for the page (0: any free one)', portNumber, 3001)
    .option('--force', 'replace the settings of another App in that file')
    .addHelpText(
      'after',
      '\nOn a server without a browser: ssh -L 3001:127.0.0.1:3001 HOST, run it there, open its address here.',
    )
    .action(run);
}

async function run(options: SetupCommandOptions): Promise<void> {
  const output = createOutput(false);
  const site = gitHubSite(options.github);
  if (typeof site === 'string') throw new CommandFailed(exitCodes.unreadable, `--github: ${site}`);
  const address = options.url === undefined ? null : publicAddress(options.url, site);
  if (typeof address === 'string') throw new CommandFailed(exitCodes.unreadable, `--url: ${address}`);
  const keeping = { envFile: resolve(options.envFile), force: options.force === true };
  checkKeeping(keeping);
  const interrupted = onInterrupt(() => output.say('Stopped; nothing was written.'));
  const setup = await openSetup({
    port: options.port,
    site,
    org: options.org ?? null,
    name: options.name ?? usualName(options.org),
    publicUrl: address?.url ?? null,
    keeping,
    start: startLines(options.envFile).join('\n'),
  }).catch((error) => {
    throw new CommandFailed(
      exitCodes.outOfResources,
      `Port ${options.port} cannot be listened on: ${systemWords(error)}. Choose another with --port.`,
      { cause: error },
    );
  });
  output.say(`Open this in a browser on this machine to register the App on ${site.web}:\n\n  ${setup.url}\n`);
  output.say('It ends by itself when the App is registered; Ctrl-C stops it.');
  try {
    const kept = await Promise.race([setup.done, untilInterrupted(interrupted).then(() => null)]);
    if (kept !== null) output.say(ending(kept, options.envFile));
    else process.exitCode = exitCodes.interrupted;
  } catch (error) {
    throw new CommandFailed(exitCodes.outOfResources, error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  } finally {
    await setup.close();
  }
}

function ending({ app, files, installUrl, warning }: Kept, envFile: string): string {
  return [
    '',
    `Registered: ${app.slug}, App id ${app.id}.`,
    `Written:    ${files.join('\n            ')}`,
    ...(warning === null ? [] : ['', warning]),
    '',
    `Install it: ${installUrl}`,
    'Then say which command works on a task, and start:',
    '',
    ...startLines(envFile).map((line) => `  ${line}`),
  ].join('\n');
}

/** Lines that work when they are copied as they stand, once the command is a real one. */
function startLines(envFile: string): readonly string[] {
  const named = envFile === usualEnvFile ? '' : ` --env-file ${shellWord(envFile)}`;
  return [`echo "MUSTER_AGENT_COMMAND='claude -p'" >> ${shellWord(envFile)}`, `muster start${named}`];
}

/** Names are unique on a GitHub, so the plain one is taken. */
function usualName(org: string | undefined): string {
  const whose = (org ?? hostname().split('.', 1)[0] ?? '').replace(/[^A-Za-z0-9-]+/g, '-');
  return `muster-${whose}`.slice(0, longestAppName).replace(/-+$/, '');
}

function appName(text: string): string {
  if (text.trim() === '' || text.length > longestAppName)
    throw new InvalidArgumentError(`It must have 1 to ${longestAppName} characters.`);
  return text;
}

function login(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(text))
    throw new InvalidArgumentError('It is not the name of an organisation.');
  return text;
}

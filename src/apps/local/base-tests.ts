/** Tests that fail before anybody changed anything would fail every pull request: found out at once, with the log. */
import type { Sandbox } from '../../sandbox/server.ts';
import { CommandFailed, exitCodes } from '../exit-codes.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface BaseTests {
  readonly sandbox: Sandbox;
  /** `owner/name` */
  readonly repo: string;
  readonly base: string;
  readonly token: string;
  readonly command: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const stillMs = 30_000;

/** Waits for the tests of the starting point. Throws `CommandFailed` 4 when they fail; returns early when aborted. */
export async function refuseRedBase(tests: BaseTests): Promise<void> {
  const { sandbox, signal, say } = tests;
  say(`Running the tests of the starting point: ${tests.command}`);
  const startedAt = Date.now();
  const still = setInterval(
    () => say(`The tests still run (${Math.round((Date.now() - startedAt) / 1_000)} s).`),
    stillMs,
  );
  try {
    await unlessAborted(sandbox.drained(), signal);
  } finally {
    clearInterval(still);
  }
  if (signal.aborted) return;
  const response = await fetch(`${sandbox.url}/repos/${tests.repo}/commits/${tests.base}/check-runs`, {
    headers: { authorization: `token ${tests.token}` },
  });
  const { check_runs: runs } = (await response.json()) as {
    check_runs: { conclusion: string | null; output: { text: string | null } }[];
  };
  const red = runs.find((run) => run.conclusion !== 'success');
  if (red !== undefined) throw redBase(red.conclusion, red.output.text ?? '');
}

function redBase(conclusion: string | null, log: string): CommandFailed {
  return new CommandFailed(
    exitCodes.invalidPlan,
    [
      `The tests of this repository fail (${conclusion}) before anything was changed, so no pull request could ever be green.`,
      ...log
        .trimEnd()
        .split('\n')
        .slice(-12)
        .map((line) => `  | ${line}`),
      'They run in a clean checkout of what is committed: name what prepares it, such as --test-command "npm ci && npm test", or leave tests out with --no-tests.',
    ].join('\n'),
  );
}

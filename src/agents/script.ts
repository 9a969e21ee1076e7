import { type ConfinedCommand, runConfined, type Sandbox } from './isolation.ts';
import { createProgressGate, parseProgress } from './progress.ts';
import type { AgentEnd, AgentRunner, AgentSetup, RunSpec } from './runner.ts';

/** Lines that are looked at for progress; a flood beyond it is still read and counted, but no longer cut into lines. */
const MOST_LINES = 50_000;

class LinesSpent extends Error {
  override readonly name = 'LinesSpent';
}

/**
 * The `script` backend: any command of the operator's, run by `/bin/sh -c` in the task's directory with the prompt on
 * stdin. For such an agent the exit code is the only way to say "I failed".
 */
export function createScriptRunner(setup: AgentSetup, sandbox: Sandbox): AgentRunner {
  return {
    transport: 'script',
    async run(spec, onEvent, signal) {
      let lines = 0;
      const isNews = createProgressGate(() => performance.now());
      const command = scriptCommand(setup, spec, signal, (stream, line) => {
        lines += 1;
        if (lines > MOST_LINES) throw new LinesSpent('no more lines are read');
        const progress = stream === 'stdout' ? parseProgress(line) : null;
        if (progress !== null && isNews(progress)) onEvent({ type: 'progress', ...progress });
      });
      const ending = runConfined(sandbox, command);
      onEvent({ type: 'started' });
      const end = await ending;
      const failedToStart = end.cause === 'spawn_failed' || couldNotStart(end.exitCode, end.output.stderr);
      return {
        exitCode: end.exitCode,
        signal: end.signal,
        cause: failedToStart ? 'spawn_failed' : end.cause,
        detail: lines > MOST_LINES ? null : (end.detail ?? null),
        stdout: end.output.stdout,
        stderr: end.output.stderr,
        outputBytes: end.output.bytes,
        survivors: end.survivors,
        durationMs: end.durationMs,
      } satisfies AgentEnd;
    },
  };
}

function scriptCommand(
  setup: AgentSetup,
  spec: RunSpec,
  signal: AbortSignal,
  onLine: (stream: 'stdout' | 'stderr', line: string) => void,
): ConfinedCommand {
  const { HOME } = setup.env;
  return {
    command: setup.command,
    env: spec.env,
    input: spec.prompt,
    place: spec.place,
    limits: spec.limits,
    network: 'open',
    // An operator who names HOME wants the agent's own login in there to work, and to be refreshed.
    writable: [...(setup.writable ?? []), ...(HOME === undefined ? [] : [HOME])],
    onLine,
    signal,
  };
}

/** The shell's own remark that there is no such command, or our wrapper's that it could not set up the view. */
function couldNotStart(exitCode: number | null, stderr: string): boolean {
  if (exitCode === 125) return stderr.includes('muster: the view of the file system could not be set up');
  if (exitCode === 1 && stderr.startsWith('bwrap: ')) return true;
  if (exitCode !== 126 && exitCode !== 127) return false;
  return /^(?:\/bin\/)?sh: (?:line )?\d+: .*(?:not found|Permission denied|cannot execute)/m.test(stderr);
}

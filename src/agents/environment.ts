import { dirname } from 'node:path';
import type { AttemptSpec } from '../engine/ports.ts';
import type { AttemptPlace } from './place.ts';

/** Where Node and the system's programs are, for operators who say nothing else. */
export const DEFAULT_PATH: string = [
  dirname(process.execPath),
  ...['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
].join(':');

/** Built from nothing: what every program finds, whoever runs it. */
export function baseEnvironment(place: AttemptPlace, path: string): Record<string, string> {
  return { PATH: path, HOME: place.home, TMPDIR: place.tmp, LANG: 'C.UTF-8', TERM: 'dumb' };
}

/**
 * The agent's whole environment. Texts that people wrote (title, body) are only in the task file and the prompt: in a
 * variable they would end up unquoted in somebody's shell.
 */
export function agentEnvironment(
  spec: AttemptSpec,
  place: AttemptPlace,
  path: string,
  named: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    ...baseEnvironment(place, path),
    ...named,
    MUSTER_TASK_FILE: place.taskFile,
    MUSTER_OUTCOME_FILE: place.outcomeFile,
    MUSTER_ORCHESTRATION: spec.orchestration,
    MUSTER_ISSUE: String(spec.issue),
    MUSTER_TASK: spec.task,
    MUSTER_ATTEMPT: String(spec.attempt),
    MUSTER_BRANCH: spec.branch,
    MUSTER_BASE: spec.base,
    MUSTER_AGENT: spec.agent,
    MUSTER_ROLE: spec.role,
  };
}

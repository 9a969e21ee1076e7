/** Run as a process of its own by kill.test.ts: one attempt of an agent that never ends. Arguments: base, confinement. */
import { join } from 'node:path';
import { createAttemptRunner } from '../../src/agents/attempt.ts';
import type { Confinement } from '../../src/proc/confine.ts';

const [base = '', confinement = 'none', seconds = ''] = process.argv.slice(2);
const runner = createAttemptRunner({
  dataDir: join(base, 'data'),
  agents: {
    default: { command: `setsid sh -c 'trap "" TERM HUP; sleep ${seconds}' & sleep ${seconds}`, env: {} },
  },
  pushAccess: () => Promise.resolve({ url: join(base, 'origin.git'), username: '', token: '' }),
  allowLocalPath: true,
  committer: { name: 'muster[bot]', email: 'muster@example.org' },
  confinement: confinement as Confinement,
  idleMs: 60_000,
  graceMs: 500,
  outputBytes: 1_000,
  secrets: () => [],
  log: () => undefined,
});
await runner.run(JSON.parse(process.argv[5] ?? '{}'), {
  onStarted: () => undefined,
  onProgress: () => undefined,
  signal: new AbortController().signal,
});

/**
 * What a task costs beside its agent: the whole loop on the local GitHub, with an agent that writes one line. From the
 * comment `/muster run` to the last word on the issue, divided by the tasks; nothing is taken off for the agent.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Laptop } from '../src/apps/local/laptop.ts';
import { openLaptop, openSandbox } from '../src/apps/local/laptop.ts';
import { followToEnd } from '../src/apps/local/drive.ts';
import { personAt } from '../src/apps/local/person.ts';

export interface OverheadResult {
  readonly bench: 'overhead';
  readonly orchestrations: number;
  readonly tasksEach: number;
  readonly landed: number;
  readonly wallMs: number;
  readonly msPerTask: number;
  /** API requests per task, planning and reporting included; git not counted. */
  readonly requestsPerTask: number;
  readonly rssMb: number;
}

const [owner, name] = ['bench', 'shop'];

/** Makes everything anew, so that no measurement inherits another's rows. */
export async function measureOverhead(orchestrations: number, tasksEach: number): Promise<OverheadResult> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  const sandbox = await openSandbox({ dir, runTests: false });
  await sandbox.createRepository({ owner, name, seedFrom: { files: { 'README.md': '# Shop\n' } } });
  const laptop = await openLaptop(sandbox, {
    dir,
    agents: { liner: { command: 'echo "$MUSTER_TASK" > "$MUSTER_ORCHESTRATION-$MUSTER_TASK.txt"', env: {} } },
    basePolicy: { agent: 'liner', merge: 'auto', allowUnverified: true },
    runTests: false,
    log: pino({ level: 'silent' }),
  });
  try {
    return await measured(laptop, orchestrations, tasksEach);
  } finally {
    await laptop.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measured({ sandbox, runtime }: Laptop, orchestrations: number, tasksEach: number): Promise<OverheadResult> {
  const ada = personAt({ url: sandbox.url, token: sandbox.userToken('ada', 'admin'), login: 'ada', repo: `${owner}/${name}` });
  const issues: number[] = [];
  for (let n = 1; n <= orchestrations; n++) {
    const list = Array.from({ length: tasksEach }, (_, at) => `- [ ] Part ${n}.${at + 1}`).join('\n');
    issues.push(await ada.openIssue(`Plan ${n}`, `${list}\n`));
  }
  const before = apiRequests(sandbox);
  const startedAt = performance.now();
  for (const issue of issues) await ada.comment(issue, '/muster run');
  const ended = await Promise.all(
    issues.map((issue) =>
      followToEnd({
        store: runtime.store,
        repo: { owner, name },
        issue,
        after: 0,
        onEvent: () => {},
        signal: AbortSignal.timeout(3_600_000),
        requests: 1,
      }),
    ),
  );
  const wallMs = performance.now() - startedAt;
  const tasks = orchestrations * tasksEach;
  const landed = ended.reduce((sum, state) => sum + (state?.outcome?.done ?? 0), 0);
  if (landed !== tasks) throw new Error(`only ${landed} of ${tasks} tasks landed`);
  return {
    bench: 'overhead',
    orchestrations,
    tasksEach,
    landed,
    wallMs,
    msPerTask: wallMs / tasks,
    requestsPerTask: (apiRequests(sandbox) - before) / tasks,
    rssMb: process.memoryUsage().rss / 1e6,
  };
}

function apiRequests(sandbox: Laptop['sandbox']): number {
  return sandbox.requests().length;
}

/**
 * What a task costs beside its agent: the whole loop on the local GitHub, with an agent that writes one line. From the
 * comment `/muster run` to the last word on the issue, divided by the tasks; nothing is taken off for the agent. One task
 * goes before that is told apart: it finds cold code and an empty mirror.
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
  /** The one task before them, in a process that has just started. */
  readonly firstTaskMs: number;
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

async function measured(laptop: Laptop, orchestrations: number, tasksEach: number): Promise<OverheadResult> {
  const { sandbox } = laptop;
  const first = await runAll(laptop, ['- [ ] The first\n']);
  const before = sandbox.requests().length;
  const plans = Array.from({ length: orchestrations }, (_, plan) =>
    Array.from({ length: tasksEach }, (_, part) => `- [ ] Part ${plan + 1}.${part + 1}\n`).join(''),
  );
  const { wallMs, landed } = await runAll(laptop, plans);
  const tasks = orchestrations * tasksEach;
  if (first.landed !== 1 || landed !== tasks) throw new Error(`only ${landed} of ${tasks} tasks landed`);
  return {
    bench: 'overhead',
    orchestrations,
    tasksEach,
    landed,
    wallMs,
    msPerTask: wallMs / tasks,
    firstTaskMs: first.wallMs,
    requestsPerTask: (sandbox.requests().length - before) / tasks,
    rssMb: process.memoryUsage().rss / 1e6,
  };
}

/** Asks for all of them at once, and waits until the last word of each is on its issue. */
async function runAll(
  { sandbox, runtime }: Laptop,
  plans: readonly string[],
): Promise<{ readonly wallMs: number; readonly landed: number }> {
  const token = sandbox.userToken('ada', 'admin');
  const ada = personAt({ url: sandbox.url, token, login: 'ada', repo: `${owner}/${name}` });
  const issues: number[] = [];
  for (const [index, plan] of plans.entries()) issues.push(await ada.openIssue(`Plan ${index + 1}`, plan));
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
  const landed = ended.reduce((sum, state) => sum + (state?.outcome?.done ?? 0), 0);
  return { wallMs: performance.now() - startedAt, landed };
}

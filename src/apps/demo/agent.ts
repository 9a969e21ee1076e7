#!/usr/bin/env node
/**
 * The demo's agent: a script, not a model. It reads its task as any agent would (MUSTER_TASK_FILE), writes real files,
 * runs the repository's tests, and exits with their result. Run as: node agent.js <scenario> <seed>
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Job } from './jobs.ts';
import { jobFor } from './jobs.ts';
import { msPerSeedMinute } from './pace.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function tell(percent: number, stage: string): void {
  process.stdout.write(`::muster ${JSON.stringify({ percent, stage })}\n`);
}

async function work(job: Job, seed: number): Promise<number> {
  // a few percent more or less, so that two demos do not look alike; the same seed gives the same pauses
  const sway = 0.95 + ((seed * 7919 + job.minutes * 104_729) % 100) / 1000;
  const step = (job.minutes * msPerSeedMinute * sway) / 4;
  tell(10, 'planning');
  await pause(step);
  tell(35, 'implementation');
  await pause(step);
  for (const [path, text] of Object.entries(job.files)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  tell(60, 'implementation');
  await pause(step);
  tell(80, 'testing');
  const tests = spawnSync(process.execPath, ['--test'], { encoding: 'utf8' });
  if (tests.status !== 0) {
    const telling = tests.stdout.split('\n').filter((line) => /Import error|not ok|error:|failed/.test(line));
    process.stderr.write(`${telling.slice(0, 20).join('\n')}\n`);
    return 1;
  }
  await pause(step);
  tell(95, 'finishing');
  process.stdout.write(`Wrote ${Object.keys(job.files).length} files; the tests pass.\n`);
  return 0;
}

const task = JSON.parse(readFileSync(process.env.MUSTER_TASK_FILE ?? '', 'utf8')) as { title: string };
const job = jobFor(process.argv[2] ?? '', task.title);
if (job === null) {
  process.stderr.write(`This agent knows nothing about "${task.title}".\n`);
  process.exitCode = 1;
} else {
  process.exitCode = await work(job, Number(process.argv[3] ?? 1));
}

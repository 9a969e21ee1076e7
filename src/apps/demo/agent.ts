#!/usr/bin/env node
/**
 * The demo's agent: a script, not a model. It reads its task as any agent would (MUSTER_TASK_FILE), writes real files,
 * runs the repository's tests, and exits with their result. Run as: node agent.js <scenario> <seed>
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { msPerSeedMinute } from './pace.ts';
import { findScenario } from './scenarios/all.ts';
import type { Job } from './scenarios/scenario.ts';

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
  for (const [path, text] of Object.entries(job.files)) change(path, text);
  tell(60, 'implementation');
  await pause(step);
  tell(80, 'testing');
  if (!(await testsPass())) return 1;
  await pause(step);
  tell(95, 'finishing');
  const changed = Object.keys(job.files).length;
  process.stdout.write(`Changed ${changed} ${changed === 1 ? 'file' : 'files'}; the tests pass.\n`);
  return 0;
}

function change(path: string, text: string | null): void {
  if (text === null) rmSync(path);
  else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** Runs the repository's own test command; what the tests print is passed on at once, the rest only when they fail. */
async function testsPass(): Promise<boolean> {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { test: string } };
  const path = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  const tests = spawn('/bin/sh', ['-c', `${scripts.test} --test-reporter=tap`], {
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(tests, 'close') as Promise<[number | null]>;
  const red: string[] = [];
  const errors: string[] = [];
  for await (const line of createInterface({ input: tests.stdout })) {
    if (printed.test(line)) process.stdout.write(`${line.replace(/^\s*# /, '')}\n`);
    else if (/^\s*not ok /.test(line)) red.push(line.trim());
    // of a file, which says nothing that its tests have not said
    else if (/^\s*error: (?!'test failed')/.test(line)) errors.push(line.trim());
  }
  const [code] = await ended;
  if (code !== 0) process.stderr.write(`${[...red.slice(0, 10), ...errors.slice(0, 10)].join('\n')}\n`);
  return code === 0;
}

/** In TAP, what a test prints is a comment; so are its headings and the count at the end. */
const printed = /^\s*# (?!Subtest: |(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$)/;

const task = JSON.parse(readFileSync(process.env.MUSTER_TASK_FILE ?? '', 'utf8')) as { title: string };
const [, , name = '', seed = '1'] = process.argv;
const title = task.title.toLowerCase();
const job = findScenario(name)?.jobs.find((one) => title.includes(one.task));
if (job === undefined) {
  process.stderr.write(`This agent knows nothing about "${task.title}".\n`);
  process.exitCode = 1;
} else {
  process.exitCode = await work(job, Number(seed));
}

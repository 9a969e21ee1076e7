/** What a demo leaves behind, looked up where it lies: main's commits and files in git, their checks on the local GitHub. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Orchestration } from '../../core/model.ts';
import { checkoutTree } from '../../git/checkout.ts';
import { log } from '../../git/history.ts';
import type { Person } from '../local/person.ts';
import type { Files, Measure, Scenario } from './scenarios/scenario.ts';

export interface WhatLanded {
  /** Subjects of main's commits, newest first. */
  readonly main: readonly string[];
  readonly measures: readonly Measure[];
}

interface Place {
  readonly gitDir: string;
  readonly person: Person;
  readonly scenario: Scenario;
  readonly state: Orchestration;
  /** For a checkout. */
  readonly dir: string;
}

const main = 'refs/heads/main';

export async function whatLanded(place: Place): Promise<WhatLanded> {
  const { gitDir, scenario, state } = place;
  const commits = await log(gitDir, main, { limit: 200 });
  const heads = await log(gitDir, main, { limit: 200, firstParent: true });
  const tested = heads.filter(({ sha }) => sha !== heads.at(-1)?.sha);
  const green = await Promise.all(tested.map(({ sha }) => isGreen(place.person, sha)));
  const passed = green.filter(Boolean).length;
  const measures: Measure[] = [
    {
      key: 'greenChangesOfMain',
      value: passed,
      label: 'Main was green',
      words: `after ${passed} of its ${tested.length} changes`,
    },
  ];
  if (scenario.measure !== undefined)
    measures.push(...scenario.measure({ state, files: await filesOf(place, commits[0]?.sha ?? main) }));
  return { main: commits.map(({ subject }) => subject), measures };
}

/** The stand-in for CI ran the tests on this very commit, and they passed. */
async function isGreen(person: Person, sha: string): Promise<boolean> {
  const { check_runs: runs } = (await person.call('GET', `/commits/${sha}/check-runs`)) as {
    check_runs: { conclusion: string | null }[];
  };
  return runs.length > 0 && runs.every(({ conclusion }) => conclusion === 'success');
}

async function filesOf({ gitDir, dir }: Place, sha: string): Promise<Files> {
  const tree = await mkdtemp(join(dir, 'main-'));
  try {
    await checkoutTree(gitDir, sha, tree);
    const found = readdirSync(tree, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return Object.fromEntries(
      found.map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [relative(tree, path), readFileSync(path, 'utf8')];
      }),
    );
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

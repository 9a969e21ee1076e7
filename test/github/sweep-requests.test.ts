import { expect, it } from 'vitest';
import type { GitHubApp } from '../../src/github/app.ts';
import { createServer } from '../../src/github/server.ts';
import { createRequestSweep } from '../../src/github/sweep-requests.ts';

const names = Array.from({ length: 40 }, (_, index) => `repo${String(index).padStart(2, '0')}`);

/** An installation with forty repositories that remembers what was asked: `<repository> <since>`. */
function installedEverywhere(broken: () => string | null = () => null): { app: GitHubApp; asked: () => string[] } {
  const asked: string[] = [];
  const request = async (route: string, parameters: Readonly<Record<string, string>>): Promise<unknown> => {
    const { repo = '', since = '' } = parameters;
    if (route.includes('/installation/repositories'))
      return { data: { repositories: names.map((name) => repository(name)) }, headers: {} };
    if (route.endsWith('/issues/comments')) {
      asked.push(`${repo} ${since}`);
      if (broken() === repo) throw Object.assign(new Error('connection lost'), { name: 'HttpError' });
    }
    return { data: [], headers: {} };
  };
  const server = createServer('https://api.example.org', { warn: () => {} });
  const installation = { id: 7, octokit: { request }, server };
  const app = { installations: async () => [installation] } as unknown as GitHubApp;
  return { app, asked: () => asked.splice(0) };
}

function repository(name: string): Readonly<Record<string, unknown>> {
  return {
    name,
    node_id: `R_${name}`,
    owner: { login: 'acme' },
    default_branch: 'main',
    clone_url: `https://example.org/acme/${name}.git`,
    archived: false,
    disabled: false,
  };
}

const minute = (n: number): string => `2026-11-20T10:${String(n).padStart(2, '0')}:00.000Z`;

it('reads many repositories in turn, each from where it was left, and none twice before the others', async () => {
  const { app, asked } = installedEverywhere();
  const sweep = createRequestSweep(app);
  const rounds: string[][] = [];
  for (let n = 0; n < 6; n++) {
    await sweep(minute(n));
    rounds.push(asked());
  }
  expect(rounds.map((round) => round.length)).toEqual([15, 15, 15, 15, 15, 15]);
  expect(
    new Set(
      rounds
        .slice(0, 3)
        .flat()
        .map((line) => line.split(' ')[0]),
    ).size,
  ).toBe(40);
  // read in round 0 with everything up to minute 0; then again when it is its turn
  expect(rounds.flat().filter((line) => line.startsWith('repo00 '))).toEqual([
    `repo00 ${minute(0)}`,
    `repo00 ${minute(0)}`,
    `repo00 ${minute(2)}`,
  ]);
});

it('one that cannot be read at the moment loses nothing, and does not stand in the way of the others', async () => {
  let broken: string | null = 'repo03';
  const { app, asked } = installedEverywhere(() => broken);
  const sweep = createRequestSweep(app);
  await expect(sweep(minute(0))).rejects.toThrow('connection lost');
  expect(asked()).toHaveLength(4);
  await sweep(minute(0));
  expect(asked()[0]).toBe(`repo04 ${minute(0)}`);
  broken = null;
  const later = [];
  for (let n = 1; n < 5; n++) {
    await sweep(minute(n));
    later.push(...asked());
  }
  expect(later.filter((line) => line.startsWith('repo03 '))[0]).toBe(`repo03 ${minute(0)}`);
});

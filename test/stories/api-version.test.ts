/** `muster start` with the newer version of GitHub's API, in which answers lack what the older one still has. */
import { afterEach, expect, it } from 'vitest';
import { agentFile } from '../world/world.ts';
import { type HostileServer, openHostileServer } from './hostile-server.ts';

let server: HostileServer | null = null;
afterEach(() => server?.close());

const files = {
  '.github/muster.yml': 'agent: robot\n',
  'README.md': '# Shop\n',
  'test.sh': 'test -f README.md\n',
  Makefile: 'test:\n\tsh test.sh\n',
};
const titles = ['Lay the ground', 'Build the house (needs #1)', 'Move in (needs #2)'];

it('carries the whole job with API version 2026-03-10, and logs no token', async () => {
  server = await openHostileServer({
    files,
    agentCommand: () => `'${process.execPath}' '${agentFile}'`,
    env: { MUSTER_GITHUB_API_VERSION: '2026-03-10' },
  });
  const { ada, api, until } = server;
  const issue = await ada.openIssue('Build a home', titles.map((title) => `- [ ] ${title}\n`).join(''));
  await ada.comment(issue, '/muster run');
  await until('closed', async () => (await api(`/issues/${issue}`)).state === 'closed', 100_000);
  const pulls = await api('/pulls?state=all');
  expect(pulls.map((pull: { merged_at: string | null }) => pull.merged_at !== null)).toEqual([true, true, true]);
  const subs = await api(`/issues/${issue}/sub_issues`);
  expect(subs.map((sub: { title: string; state: string }) => [sub.title, sub.state])).toEqual(
    titles.map((title) => [title, 'closed']),
  );
  const tokens = server.apiVersions().filter((asked) => asked.includes('/access_tokens'));
  expect(new Set(tokens.map((asked) => asked.split(' ')[1]))).toEqual(new Set(['2026-03-10']));
  expect(server.apiVersions().filter((asked) => /\/merge /.test(asked) && !asked.endsWith('2026-03-10'))).toEqual([]);
  expect(server.logged()).not.toMatch(/level":50|given up/);
  for (const token of server.minted()) expect(server.logged()).not.toContain(token);
}, 120_000);

/** What is worked on while processes are killed, and whether the world looks in the end as if none had been. */
import type { Sandbox } from '../../src/sandbox/server.ts';

const tasks = 8;
export const [owner, name] = ['acme', 'shop'];
export const files = {
  'README.md': '# Shop\n',
  'shared.txt': 'nobody\n',
  'test.sh': 'test -f README.md\n',
  Makefile: 'test:\n\tsh test.sh\n',
  '.github/muster.yml': 'merge: auto\nattempts: 1\n',
};

/** Eight tasks, one of which fails for good: so that a diagnostic issue is at stake too. No round finds its work done. */
export const planOf = (round: number): string =>
  [
    `- [ ] Alpha ${round} slow`,
    `- [ ] Beta ${round} slow (needs #1)`,
    `- [ ] Gamma ${round}`,
    `- [ ] Delta ${round} slow (needs #3)`,
    `- [ ] Epsilon ${round} fails`,
    `- [ ] Zeta ${round} slow (needs #2)`,
    `- [ ] Eta ${round} (needs #4)`,
    `- [ ] Theta ${round} slow (needs #6, #7)`,
    '',
  ].join('\n');

async function get(sandbox: Sandbox, path: string): Promise<readonly Seen[]> {
  const found: Seen[] = [];
  const token = sandbox.userToken('auditor', 'admin');
  for (let page = 1; ; page++) {
    const url = `${sandbox.url}/repos/${owner}/${name}${path}${path.includes('?') ? '&' : '?'}per_page=100&page=${page}`;
    const some = (await (await fetch(url, { headers: { authorization: `token ${token}` } })).json()) as Seen[];
    found.push(...some);
    if (some.length < 100) return found;
  }
}

interface Seen {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly user: { readonly type: string };
  readonly merged_at?: string | null;
  readonly pull_request?: object;
}

/** The summary is the last thing that is written. */
export async function isOver(sandbox: Sandbox, issue: number): Promise<boolean> {
  const comments = await get(sandbox, `/issues/${issue}/comments`);
  return comments.filter((comment) => comment.user.type === 'Bot' && /speedup/i.test(comment.body)).length > 0;
}

export async function inspect(sandbox: Sandbox, issue: number): Promise<readonly string[]> {
  sandbox.faults.listLagMs = 0;
  const wrong: string[] = [];
  const expect = (what: string, seen: number, wanted: number): void => {
    if (seen !== wanted) wrong.push(`${seen} ${what} instead of ${wanted}`);
  };
  const subs = await get(sandbox, `/issues/${issue}/sub_issues`);
  expect('sub-issues', subs.length, tasks);
  expect('titles of sub-issues', new Set(subs.map((sub) => sub.title)).size, tasks);
  expect('closed sub-issues', subs.filter((sub) => sub.state === 'closed').length, tasks - 1);
  const comments = (await get(sandbox, `/issues/${issue}/comments`)).filter((comment) => comment.user.type === 'Bot');
  expect('comments of the App', comments.length, 2);
  const numbers = new Set(subs.map((sub) => sub.number));
  const everything = await get(sandbox, '/issues?state=all');
  const mentions = (one: Seen): boolean =>
    [...numbers].some(
      (number) =>
        one.body.includes(`#${number}\n`) ||
        one.body.includes(`#${number} `) ||
        one.body.includes(`#${number}.`) ||
        one.body.includes(`#${number}\``),
    );
  const diagnostics = everything.filter(
    (one) => one.pull_request === undefined && one.user.type === 'Bot' && !numbers.has(one.number) && mentions(one),
  );
  expect('diagnostic issues', diagnostics.length, 1);
  if (diagnostics.length > 1) wrong.push(...diagnostics.map(({ title }) => title));
  const pulls = (await get(sandbox, '/pulls?state=all')).filter((pull) =>
    [...numbers].some((number) => new RegExp(`Closes #${number}\\b`).test(pull.body)),
  );
  expect('pull requests', pulls.length, tasks - 1);
  expect('merged pull requests', pulls.filter((pull) => pull.merged_at != null).length, tasks - 1);
  sandbox.faults.listLagMs = 300;
  return wrong;
}

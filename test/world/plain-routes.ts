/** The REST routes of a plain GitHub. */
import type { Shape } from './plain-git.ts';
import { newToken } from './plain-manners.ts';
import { BOT, type PlainWorld, Refusal } from './plain-world.ts';

type Handler = (match: readonly string[], body: Shape, query: URLSearchParams) => Promise<Shape> | Shape;

/** Name (of which `lacks` speaks), method, pattern, answer. */
export type PlainRoute = readonly [string, string, RegExp, Handler];

const repo = '^/repos/acme/shop';

export function plainRoutes(world: PlainWorld): readonly PlainRoute[] {
  const { options, repository, issues, pulls, comments, runs, statuses, labels, tokens } = world;
  const { nextId, home, addIssue, addComment, issueOf, closeIssue, pullOf, pullShape, openPull, headOf } = world;
  const { merge, commentsOn } = world;
  return [
    ['app', 'GET', /^\/app$/, () => ({ id: 77, name: 'Plain Muster' })],
    ['', 'GET', /^\/app\/installations$/, () => [{ id: 5, app_slug: 'plain-muster', account: { login: 'acme' } }]],
    [
      '',
      'POST',
      /^\/app\/installations\/5\/access_tokens$/,
      (_, body) => {
        if (options.bare && body?.permissions) throw new Refusal(422, 'no narrow tokens here');
        const token = newToken(options.manners ?? {});
        tokens.add(token);
        // its clock is wrong, or it says nothing of the end at all
        return { token, ...(options.bare ? {} : { expires_at: new Date(Date.now() - 60_000).toISOString() }) };
      },
    ],
    ['installation-of-repository', 'GET', new RegExp(`${repo}/installation$`), () => ({ id: 5 })],
    ['repositories-of-installation', 'GET', /^\/installation\/repositories$/, () => ({ repositories: [home()] })],
    ['', 'GET', /^\/users\/acme\/repos$/, () => [home()]],
    ['', 'GET', new RegExp(`${repo}$`), home],
    [
      'permission',
      'GET',
      new RegExp(`${repo}/collaborators/([^/]+)/permission$`),
      ([login]) => ({
        permission: login === 'ada' ? 'write' : 'none',
      }),
    ],
    [
      'collaborators',
      'GET',
      new RegExp(`${repo}/collaborators$`),
      () => [{ login: 'ada', permissions: { push: true } }],
    ],
    ['', 'GET', new RegExp(`${repo}/labels$`), () => labels],
    ['', 'POST', new RegExp(`${repo}/labels$`), (_, body) => labels.push({ ...nextId(), ...body }) && body],
    [
      '',
      'GET',
      new RegExp(`${repo}/contents/(.+)$`),
      async ([path]) => {
        const found = await repository.file(path ?? '');
        if (found === null) throw new Refusal(404, 'Not Found');
        return { encoding: 'base64', content: found.toString('base64') };
      },
    ],
    [
      '',
      'GET',
      new RegExp(`${repo}/issues$`),
      (_, __, query) =>
        [...issues].reverse().filter((issue) => {
          if (options.bare) return true;
          const wanted = query.get('labels');
          const state = query.get('state') ?? 'open';
          const creator = query.get('creator');
          return (
            (state === 'all' || issue.state === state) &&
            (creator === null || issue.user.login === creator) &&
            (wanted === null || issue.labels.some((label: Shape) => label.name === wanted))
          );
        }),
    ],
    ['', 'POST', new RegExp(`${repo}/issues$`), (_, body) => addIssue(BOT, body)],
    ['issues-comments', 'GET', new RegExp(`${repo}/issues/comments$`), () => comments],
    [
      '',
      'PATCH',
      new RegExp(`${repo}/issues/comments/(\\d+)$`),
      ([id], body) => Object.assign(comments.find((one) => String(one.id) === id) ?? {}, { body: body.body }),
    ],
    ['', 'GET', new RegExp(`${repo}/issues/(\\d+)$`), ([number]) => issueOf(Number(number))],
    [
      '',
      'PATCH',
      new RegExp(`${repo}/issues/(\\d+)$`),
      ([number], body) => {
        const issue = issueOf(Number(number));
        if (typeof body.body === 'string') issue.body = body.body;
        if (body.state === 'closed' && issue.state === 'open') closeIssue(issue.number, body.state_reason);
        return issue;
      },
    ],
    ['', 'GET', new RegExp(`${repo}/issues/(\\d+)/comments$`), ([number]) => commentsOn(Number(number))],
    [
      '',
      'POST',
      new RegExp(`${repo}/issues/(\\d+)/comments$`),
      ([number], body) => addComment(BOT, Number(number), body.body),
    ],
    [
      'sub_issues',
      'GET',
      new RegExp(`${repo}/issues/(\\d+)/sub_issues$`),
      ([number]) => issueOf(Number(number)).subs.map((id: number) => issues.find((issue) => issue.id === id)),
    ],
    [
      'sub_issues-write',
      'POST',
      new RegExp(`${repo}/issues/(\\d+)/sub_issues$`),
      ([number], body) => {
        issueOf(Number(number)).subs.push(body.sub_issue_id);
        return issueOf(Number(number));
      },
    ],
    [
      'dependencies',
      'GET',
      new RegExp(`${repo}/issues/(\\d+)/dependencies/blocked_by$`),
      ([number]) => issueOf(Number(number)).blockers.map((id: number) => issues.find((issue) => issue.id === id)),
    ],
    [
      'dependencies-write',
      'POST',
      new RegExp(`${repo}/issues/(\\d+)/dependencies/blocked_by$`),
      ([number], body) => {
        issueOf(Number(number)).blockers.push(body.issue_id);
        return issueOf(Number(number));
      },
    ],
    ['', 'GET', new RegExp(`${repo}/pulls$`), () => Promise.all([...pulls].reverse().map(pullShape))],
    ['', 'POST', new RegExp(`${repo}/pulls$`), (_, body) => openPull(body.head, body.base, body.title, body.body)],
    ['', 'GET', new RegExp(`${repo}/pulls/(\\d+)$`), ([number]) => pullShape(pullOf(Number(number)))],
    ['', 'PUT', new RegExp(`${repo}/pulls/(\\d+)/merge$`), ([number], body) => merge(pullOf(Number(number)), body)],
    ['reviews', 'GET', new RegExp(`${repo}/pulls/(\\d+)/reviews$`), () => []],
    ['rules', 'GET', new RegExp(`${repo}/rules/branches/(.+)$`), () => []],
    [
      'branches',
      'GET',
      new RegExp(`${repo}/branches/(.+)$`),
      async ([name]) => ({
        name,
        commit: { sha: await headOf(name ?? '') },
      }),
    ],
    [
      'check-runs',
      'GET',
      new RegExp(`${repo}/commits/([^/]+)/check-runs$`),
      ([sha]) => ({
        check_runs: runs.filter((run) => run.head_sha === sha),
      }),
    ],
    [
      'statuses',
      'GET',
      new RegExp(`${repo}/commits/([^/]+)/status$`),
      ([sha]) => {
        const own = statuses.filter((one) => one.head_sha === sha);
        return { state: own.length > 0 ? 'success' : 'pending', statuses: own };
      },
    ],
    [
      'git-ref',
      'GET',
      new RegExp(`${repo}/git/ref/heads/(.+)$`),
      async ([name]) => ({
        object: { sha: await headOf(name ?? '') },
      }),
    ],
    [
      '',
      'POST',
      new RegExp(`${repo}/git/refs$`),
      async (_, body) => {
        const branch = body.ref.replace('refs/heads/', '');
        if (!(await repository.move(branch, body.sha, null))) throw new Refusal(422, 'Reference already exists');
        return { object: { sha: body.sha } };
      },
    ],
    [
      '',
      'PATCH',
      new RegExp(`${repo}/git/refs/heads/(.+)$`),
      async ([name], body) => {
        await repository.move(name ?? '', body.sha, await headOf(name ?? ''));
        return { object: { sha: body.sha } };
      },
    ],
    ['', 'GET', new RegExp(`${repo}/git/commits/(\\w+)$`), ([sha]) => repository.commit(sha ?? '')],
    ['', 'GET', new RegExp(`${repo}/git/trees/(\\w+)$`), ([sha]) => repository.tree(sha ?? '')],
    ['', 'GET', new RegExp(`${repo}/git/blobs/(\\w+)$`), ([sha]) => repository.blob(sha ?? '')],
    [
      '',
      'POST',
      new RegExp(`${repo}/git/blobs$`),
      async (_, body) => ({
        sha: await repository.store('blob', Buffer.from(body.content, body.encoding)),
      }),
    ],
    [
      '',
      'POST',
      new RegExp(`${repo}/git/trees$`),
      async (_, body) => ({
        sha: await repository.makeTree(body.base_tree, body.tree),
      }),
    ],
    [
      '',
      'POST',
      new RegExp(`${repo}/git/commits$`),
      async (_, body) => ({
        sha: await repository.makeCommit(options.trimsMessages ? { ...body, message: body.message.trimEnd() } : body),
      }),
    ],
  ];
}

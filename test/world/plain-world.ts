/** What a plain GitHub holds, and what happens in it: issues, comments, pull requests, merges, and the webhooks about them. */
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { createRepository, type PlainRepository, type Shape } from './plain-git.ts';
import { hookBody, type PlainManners, stampOf } from './plain-manners.ts';

export interface PlainOptions {
  readonly dir: string;
  readonly files: Readonly<Record<string, string>>;
  /** What it does not have: parts of route names, see `routes`. */
  readonly lacks: readonly (
    | 'git'
    | 'sub_issues'
    | 'dependencies'
    | 'check-runs'
    | 'statuses'
    | 'reviews'
    | 'rules'
    | 'branches'
    | 'permission'
    | 'collaborators'
    | 'installation-of-repository'
    | 'repositories-of-installation'
    | 'app'
    | 'git-ref'
    | 'issues-comments'
    | 'sub_issues-write'
    | 'dependencies-write'
  )[];
  /** How it speaks, apart from what it can do. */
  readonly manners?: PlainManners;
  /** How `/graphql` answers; nobody there (404) unless given. */
  readonly graphql?: { readonly status: number; readonly body: string; readonly type?: string };
  /** Below which address the API lies, such as `/api/v3`. */
  readonly prefix?: string;
  /** Reports success on every new head: as a check run (true), or as a commit status. */
  readonly checks?: boolean | 'statuses';
  readonly closesIssues?: boolean;
  /** No node ids, no user types, no times of update, no filters: the least that a client could live with. */
  readonly bare?: boolean;
  /** Takes the line end off a commit's message, as some servers do. */
  readonly trimsMessages?: boolean;
  /** As one known server merges: the head's files alone, on the base as it was when the pull request was opened. */
  readonly naiveMerge?: boolean;
  /** Hears of a merge that has been made, before anybody is told. */
  readonly onMerged?: (pull: number) => void;
}

export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Not every server says what it is that stands in the way. */
const CONFLICT_WORDS = { 405: 'Pull Request is not mergeable', 409: 'Conflict', 422: 'There is a merge conflict' };

export const BOT = { login: 'plain-muster[bot]', type: 'Bot' };
export const ADA = { login: 'ada', type: 'User' };
export const OWNER = { login: 'acme', type: 'User' };

export type PlainWorld = ReturnType<typeof createPlainWorld>;

export function createPlainWorld(options: PlainOptions) {
  const webhookSecret = 'the secret of a plain webhook';
  const repository: PlainRepository = createRepository(join(options.dir, 'plain.git'), options.files);
  const issues: Shape[] = [];
  const pulls: Shape[] = [];
  const comments: Shape[] = [];
  const runs: Shape[] = [];
  const statuses: Shape[] = [];
  const labels: Shape[] = [];
  const tokens = new Set<string>();
  let webhook: string | null = null;
  let ids = 1000;
  let numbers = 0;
  let url = '';

  const manners = options.manners ?? {};
  const stamp = (): string => stampOf(manners);
  const nextId = (): Shape => {
    ids += 1;
    return { id: ids, ...(options.bare ? {} : { node_id: `N_${ids}` }) };
  };
  const userOf = (user: Shape): Shape => {
    // under whose account an App writes: its own, or that of its owner
    const shown = user === BOT && manners.author === 'account' ? { login: 'acme', type: 'Organization' } : user;
    return options.bare ? { login: shown.login } : shown;
  };
  const home = (): Shape => ({
    name: 'shop',
    full_name: 'acme/shop',
    owner: { login: 'acme' },
    default_branch: 'main',
    // not every server knows under which name it is reached
    clone_url: 'https://github.com/acme/shop.git',
    ...(options.bare ? {} : { node_id: 'R_1' }),
  });

  async function tell(event: string, payload: Shape): Promise<void> {
    if (webhook === null || manners.hooks === 'none') return;
    const { body, type } = hookBody(manners, { repository: home(), installation: { id: 5 }, ...payload });
    const signature = createHmac('sha256', webhookSecret).update(body).digest('hex');
    const headers = {
      'content-type': type,
      'x-github-event': event,
      // a clock, so that two deliveries may carry one id
      'x-github-delivery': String(Math.floor(Date.now() / 1000)),
      'x-hub-signature-256': `sha256=${signature}`,
    };
    await fetch(webhook, { method: 'POST', body, headers }).catch(() => undefined);
  }

  function addIssue(user: Shape, fields: Shape): Shape {
    numbers += 1;
    const issue = {
      ...nextId(),
      number: numbers,
      title: fields.title,
      body: fields.body ?? '',
      state: 'open',
      labels: (fields.labels ?? []).map((name: string) => ({ name })),
      user: userOf(user),
      html_url: `${url}/acme/shop/issues/${numbers}`,
      created_at: stamp(),
      ...(options.bare ? {} : { updated_at: stamp(), state_reason: null }),
      closed_at: null,
      subs: [] as number[],
      blockers: [] as number[],
    };
    issues.push(issue);
    return issue;
  }

  function addComment(user: Shape, number: number, body: string): Shape {
    const comment = {
      ...nextId(),
      body,
      user: userOf(user),
      created_at: stamp(),
      issue_url: `${url}/repos/acme/shop/issues/${number}`,
      html_url: `${url}/acme/shop/issues/${number}#issuecomment-${ids}`,
    };
    comments.push(comment);
    void tell('issue_comment', { action: 'created', comment, issue: issueOf(number), sender: userOf(user) });
    return comment;
  }

  function issueOf(number: number): Shape {
    const issue = issues.find((one) => one.number === number);
    if (issue === undefined) throw new Refusal(404, 'Not Found');
    return issue;
  }

  async function pullShape(pull: Shape): Promise<Shape> {
    const sha = pull.state === 'open' ? await repository.head(pull.head.ref) : pull.head.sha;
    pull.head.sha = sha ?? pull.head.sha;
    const { mergeable = null } = manners;
    return { ...pull, ...(mergeable !== 'unsaid' && { mergeable: pull.state === 'open' ? mergeable : false }) };
  }

  async function reportCheck(sha: string, branch: string): Promise<void> {
    if (!options.checks || [...runs, ...statuses].some((one) => one.head_sha === sha)) return;
    if (options.checks === 'statuses') {
      const status = { ...nextId(), context: 'ci', state: 'success', description: 'all good', target_url: url };
      statuses.push({ ...status, head_sha: sha });
      return tell('status', { ...status, sha, branches: [{ name: branch, commit: { sha } }], sender: ADA });
    }
    const run = { ...nextId(), name: 'ci', head_sha: sha, status: 'completed', conclusion: 'success', html_url: url };
    runs.push(run);
    await tell('check_run', {
      action: 'completed',
      check_run: { ...run, check_suite: { head_branch: branch } },
      sender: ADA,
    });
  }

  async function merge(pull: Shape, body: Shape): Promise<Shape> {
    const head = await repository.head(pull.head.ref);
    if (pull.state !== 'open' || head === null) throw new Refusal(422, 'Pull Request is not mergeable');
    if (body.sha !== head) throw new Refusal(409, 'Head branch was modified');
    const base = (await repository.head('main')) ?? '';
    const message = `Merge pull request #${pull.number}`;
    const by = { name: 'Plain', email: 'plain@forge.test', date: stamp() };
    const sha = options.naiveMerge
      ? await repository.makeCommit({
          message,
          tree: (await repository.commit(head)).tree.sha,
          parents: [pull.base.sha, head],
          author: by,
        })
      : await repository.merge(base, head, message);
    if (sha === null) throw new Refusal(manners.conflict ?? 422, CONFLICT_WORDS[manners.conflict ?? 422]);
    await repository.move('main', sha, base);
    Object.assign(pull, { state: 'closed', merged_at: stamp(), merge_commit_sha: sha });
    options.onMerged?.(pull.number);
    if (options.closesIssues !== false)
      for (const [, number] of pull.body.matchAll(/closes #(\d+)/gi)) closeIssue(Number(number), 'completed');
    void tell('pull_request', { action: 'closed', pull_request: pull, sender: userOf(BOT) });
    return manners.mergeAnswer === 'empty' ? {} : { sha, merged: true, message: 'done' };
  }

  function closeIssue(number: number, reason: string): void {
    const issue = issueOf(number);
    Object.assign(issue, { state: 'closed', closed_at: stamp(), ...(options.bare ? {} : { state_reason: reason }) });
    void tell('issues', { action: 'closed', issue, sender: userOf(BOT) });
  }

  function pullOf(number: number): Shape {
    const pull = pulls.find((one) => one.number === number);
    if (pull === undefined) throw new Refusal(404, 'Not Found');
    return pull;
  }

  function commentsOn(number: number): Shape[] {
    return comments.filter((comment) => comment.issue_url.endsWith(`/${number}`));
  }

  async function openPull(head: string, base: string, title: string, body: string): Promise<Shape> {
    numbers += 1;
    const pull = {
      ...nextId(),
      number: numbers,
      title,
      body,
      state: 'open',
      merged_at: null,
      head: { ref: head, sha: await headOf(head) },
      base: { ref: base, sha: await headOf(base) },
      html_url: `${url}/acme/shop/pull/${numbers}`,
      user: userOf(BOT),
    };
    pulls.push(pull);
    void tell('pull_request', { action: 'opened', pull_request: pull, sender: userOf(BOT) });
    void reportCheck(pull.head.sha, head);
    return pull;
  }

  async function headOf(branch: string): Promise<string> {
    const sha = await repository.head(branch);
    if (sha === null) throw new Refusal(404, 'Not Found');
    return sha;
  }

  return {
    options,
    webhookSecret,
    repository,
    issues,
    pulls,
    comments,
    runs,
    statuses,
    labels,
    tokens,
    nextId,
    userOf,
    home,
    tell,
    addIssue,
    addComment,
    issueOf,
    closeIssue,
    pullOf,
    pullShape,
    openPull,
    headOf,
    merge,
    commentsOn,
    setWebhook: (address: string) => {
      webhook = address;
    },
    setUrl: (address: string) => {
      url = address;
    },
  };
}

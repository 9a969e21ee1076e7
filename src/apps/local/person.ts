/** A human at the local GitHub: what a maintainer would do in the browser, done over the same HTTP API. */

export interface Person {
  readonly login: string;
  readonly openIssue: (title: string, body: string) => Promise<number>;
  /** Numbers of the issues this person opened with exactly this title, oldest first. */
  readonly ownIssues: (title: string) => Promise<readonly number[]>;
  readonly comment: (issue: number, body: string) => Promise<void>;
  readonly comments: (issue: number) => Promise<readonly { readonly author: string; readonly body: string }[]>;
  /** Any other request; `path` goes below the repository's address. Throws when it is refused. */
  readonly call: (method: string, path: string, body?: unknown) => Promise<unknown>;
}

class LocalGitHubError extends Error {
  readonly status: number;

  constructor(method: string, path: string, status: number, text: string) {
    super(`${method} ${path} was answered with ${status}: ${text.slice(0, 300)}`);
    this.status = status;
  }
}

export function personAt(options: {
  readonly url: string;
  readonly token: string;
  readonly login: string;
  readonly repo: string;
}): Person {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${options.url}/repos/${options.repo}${path}`, {
      method,
      headers: {
        authorization: `token ${options.token}`,
        'content-type': 'application/json',
        'x-github-api-version': '2022-11-28',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new LocalGitHubError(method, path, response.status, text);
    return text === '' ? null : JSON.parse(text);
  };
  return {
    login: options.login,
    call,
    openIssue: async (title, body) => ((await call('POST', '/issues', { title, body })) as { number: number }).number,
    ownIssues: async (title) => {
      const issues = (await call(
        'GET',
        `/issues?state=all&creator=${options.login}&per_page=100&sort=created&direction=asc`,
      )) as {
        number: number;
        title: string;
      }[];
      return issues.filter((issue) => issue.title === title).map((issue) => issue.number);
    },
    comment: async (issue, body) => {
      await call('POST', `/issues/${issue}/comments`, { body });
    },
    comments: async (issue) => {
      const comments = (await call('GET', `/issues/${issue}/comments?per_page=100`)) as {
        user: { login: string };
        body: string;
      }[];
      return comments.map((comment) => ({ author: comment.user.login, body: comment.body }));
    },
  };
}

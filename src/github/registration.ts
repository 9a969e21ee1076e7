/**
 * The last step of registering an App by manifest: the code that GitHub sent along is exchanged, once and within an
 * hour, for the App's keys. No credentials are needed for it, so no octokit either.
 */
import { UnexpectedAnswerError } from './errors.ts';
import { numberAt, optionalTextAt, textAt } from './fields.ts';

export interface RegisteredApp {
  readonly id: number;
  readonly slug: string;
  /** The App's page on GitHub, for people. */
  readonly htmlUrl: string;
  /** PEM text. */
  readonly privateKey: string;
  /** Null where GitHub made none, because webhooks are switched off. */
  readonly webhookSecret: string | null;
}

/** GitHub does not know the code: used already, older than an hour, or of another GitHub. */
export class CodeRefusedError extends Error {
  override readonly name = 'CodeRefusedError';
}

const deadlineMs = 30_000;

/**
 * Rejects with CodeRefusedError, with UnexpectedAnswerError (the words say the status), or like `fetch` when GitHub
 * cannot be reached; then the code may still be good.
 */
export async function exchangeManifestCode(apiUrl: string, code: string): Promise<RegisteredApp> {
  const response = await fetch(`${apiUrl}/app-manifests/${encodeURIComponent(code)}/conversions`, {
    method: 'POST',
    signal: AbortSignal.timeout(deadlineMs),
    headers: { accept: 'application/vnd.github+json', 'user-agent': 'muster', 'x-github-api-version': '2022-11-28' },
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.status === 404) throw new CodeRefusedError('GitHub does not know this code (any more)');
  if (response.status !== 201) {
    const words = optionalTextAt(answer, 'message') ?? 'no words';
    throw new UnexpectedAnswerError(`GitHub answered ${response.status} (${words})`);
  }
  try {
    return {
      id: numberAt(answer, 'id'),
      slug: textAt(answer, 'slug'),
      htmlUrl: textAt(answer, 'html_url'),
      privateKey: textAt(answer, 'pem'),
      webhookSecret: optionalTextAt(answer, 'webhook_secret'),
    };
  } catch (error) {
    throw new UnexpectedAnswerError(`${apiUrl} gave no keys: is it the API of a GitHub?`, { cause: error });
  }
}

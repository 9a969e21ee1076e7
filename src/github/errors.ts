/** Errors this room throws. Everything that `perform` meets becomes an outcome instead (classify.ts). */

/** The request was not sent: its deadline passed while it waited for its turn, or nobody could say whether it may. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
  constructor(cause?: unknown, why = 'the deadline passed while waiting for a turn') {
    super(`not sent: ${why}`, { cause });
  }
}

/** The request was not sent: GitHub asked this installation to stay away until later, or would if we went on. */
export class PausedError extends Error {
  override readonly name = 'PausedError';
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number, why: 'asked' | 'spent' = 'asked') {
    const seconds = Math.ceil(retryAfterMs / 1000);
    super(
      why === 'asked'
        ? `not sent: GitHub asked for a pause of ${seconds} s`
        : `not sent: the API budget of this installation allows nothing more for ${seconds} s`,
    );
    this.retryAfterMs = retryAfterMs;
  }
}

/** GitHub answered 2xx with something that is not what its documentation describes. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
}

/** A webhook payload lacks something GitHub always sends; `path` names it. */
export class UnreadablePayloadError extends Error {
  override readonly name = 'UnreadablePayloadError';
  readonly path: string;
  constructor(path: string, wanted: string) {
    super(`webhook payload: ${path} is not ${wanted}`);
    this.path = path;
  }
}

/** Without a secret anybody could forge deliveries, so there is no webhook door. */
export class MissingWebhookSecretError extends Error {
  override readonly name = 'MissingWebhookSecretError';
  constructor() {
    super('the webhook secret is empty: set WEBHOOK_SECRET to the secret of the GitHub App');
  }
}

/** The App is not installed on a repository (any more). */
export class NoInstallationError extends Error {
  override readonly name = 'NoInstallationError';
  /** `where`: a repository, or an installation that is no more. */
  constructor(where: string, cause: unknown) {
    super(`the GitHub App is not installed: ${where}`, { cause });
  }
}

/** GitHub answered 401 to a freshly minted token too: key, app id or installation are wrong. */
export class CredentialsRefusedError extends Error {
  override readonly name = 'CredentialsRefusedError';
  constructor(cause: unknown) {
    super('GitHub refuses the credentials of the App: check APP_ID and PRIVATE_KEY', { cause });
  }
}

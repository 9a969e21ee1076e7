/** Errors this room throws. Everything that `perform` meets becomes an outcome instead (classify.ts). */

/** The request was not sent: its deadline passed while it waited for its turn. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
  constructor(cause?: unknown) {
    super('not sent: the deadline passed while waiting for a turn', { cause });
  }
}

/** The request was not sent: GitHub asked this installation to stay away until later. */
export class PausedError extends Error {
  override readonly name = 'PausedError';
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super(`not sent: GitHub asked for a pause of ${Math.ceil(retryAfterMs / 1000)} s`);
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

/** One entry of `errors` in a 422 answer; GitHub leaves out the fields that say nothing. */
export interface FieldError {
  readonly resource: string;
  readonly code: string;
  readonly field?: string;
  readonly message?: string;
  readonly value?: string | number | null;
}

/**
 * A domain rule said no. REST answers `status` with `{message, errors?, documentation_url, status}`; GraphQL answers
 * an error of type `graphqlType` with the same message.
 */
export class Refusal extends Error {
  readonly status: 400 | 401 | 403 | 404 | 405 | 406 | 409 | 410 | 415 | 422 | 501;
  readonly errors: ReadonlyArray<FieldError | string> | null;

  constructor(status: Refusal['status'], message: string, errors: ReadonlyArray<FieldError | string> | null = null) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.errors = errors;
  }
}

export function notFound(): Refusal {
  return new Refusal(404, 'Not Found');
}

/** GitHub's usual 422: "Validation Failed" with the reasons in `errors`. */
export function invalid(...errors: ReadonlyArray<FieldError | string>): Refusal {
  return new Refusal(422, 'Validation Failed', errors);
}

// The named exceptions: where GitHub's own description is wrong, or says less than GitHub is known to say.
// Nothing is loosened globally: every entry says where and why, and a test fails when an entry is no longer needed.
import type { Schema } from './json-values.ts';

export interface CorrectedAnswer {
  /** As reported, for example `GET /repos/{owner}/{repo} 200`. */
  readonly where: string;
  /** Held against this instead. */
  readonly schema: Schema;
  readonly why: string;
}

const component = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

export const correctedAnswers: readonly CorrectedAnswer[] = [
  {
    where: 'GET /app/installations 200',
    schema: { type: 'array', items: component('installation') },
    why: 'a copy of the schema "installation" in which `account` must be a user and an enterprise at once (allOf for anyOf)',
  },
  {
    where: 'DELETE /repos/{owner}/{repo}/git/refs/{ref} 422',
    schema: component('basic-error'),
    why: 'described without a body; GitHub answers "Reference does not exist" as JSON like every refusal',
  },
];

export interface KnownMember {
  /** As reported; `*` stands for anything. */
  readonly where: string;
  /** JSON pointer into the message; a list's index is written `*`. */
  readonly at: string;
  readonly why: string;
}

/** Members that GitHub sends and a part of its description does not know. */
export const knownMembers: readonly KnownMember[] = [
  ...['405', '409', '422'].map((status) => ({
    where: `* ${status}`,
    at: '/status',
    why: 'every refusal carries its status as text ("basic-error" has it); the other schemas of refusals lack it',
  })),
  {
    where: 'webhook issues.*',
    at: '/issue/assignees/*/user_view_type',
    why: 'part of every account ("simple-user" has it); the copy inside the issues of webhooks is older',
  },
];

export interface GeneralAnswer {
  readonly status: number;
  readonly schema: Schema;
  readonly why: string;
}

/**
 * Refusals that GitHub documents once for the whole API ("Troubleshooting the REST API", "Rate limits for the REST
 * API") and not again at each operation.
 */
export const generalAnswers: readonly GeneralAnswer[] = [
  { status: 400, schema: component('basic-error'), why: 'a body that is no JSON object, or an unknown API version' },
  {
    status: 401,
    schema: component('basic-error'),
    why: 'no credentials, or credentials that are wrong or have run out',
  },
  { status: 403, schema: component('basic-error'), why: 'a token without the permission, or a secondary rate limit' },
  { status: 404, schema: component('basic-error'), why: 'does not exist, or the caller may not see it' },
  {
    status: 422,
    schema: { anyOf: [component('validation-error'), component('validation-error-simple')] },
    why: 'a body or parameter that GitHub understands and refuses',
  },
  { status: 502, schema: component('basic-error'), why: 'GitHub itself failed' },
];

/** Everything above. */
export const allowList: readonly (CorrectedAnswer | KnownMember | GeneralAnswer)[] = [
  ...correctedAnswers,
  ...knownMembers,
  ...generalAnswers,
];

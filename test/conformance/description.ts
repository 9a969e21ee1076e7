// GitHub's own descriptions of its REST API and its webhooks, for one version of the API.
// The version 2026-03-10 is the base description with GitHub's `x-github-breaking-changes` applied in their order.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ApiVersion } from '../../src/sandbox/context.ts';
import { withBreakingChanges } from './breaking-changes.ts';
import { asSchema, type Schema } from './json-values.ts';

/** What may be asked and answered at one method of one path. */
export interface Operation {
  readonly requestBody: Schema | null;
  readonly requestBodyRequired: boolean;
  /** By status; a schema of null is an answer without a body. */
  readonly responses: ReadonlyMap<number, Schema | null>;
}

/** One OpenAPI document; schemas inside point at each other by `#/components/schemas/NAME`. */
export interface Description {
  /** Names the document in ids of schemas and in reports. */
  readonly name: string;
  schema(name: string): Schema | undefined;
}

export interface RestDescription extends Description {
  operation(method: string, template: string): Operation | null;
}

export interface WebhookDescription extends Description {
  /** The payload's schema; null when GitHub has no such event and action. */
  payload(event: string, action: string | null): Schema | null;
}

const require = createRequire(import.meta.url);

/** True when `npm ci --prefix test/conformance` has been run. */
export function conformanceInstalled(): boolean {
  try {
    return require.resolve('ajv') !== '' && require.resolve('@octokit/openapi/package.json') !== '';
  } catch {
    return false;
  }
}

/** A package of test/conformance, whose types the rest of the project does without. */
export function requireHere(name: string): unknown {
  return require(name);
}

/**
 * The REST description of one version and, from the same file, GitHub's newest description of webhooks. Webhooks have
 * no version header; the local GitHub's App is one that registered for the base version.
 */
export function readRestDescription(version: ApiVersion): { rest: RestDescription; webhooks: WebhookDescription } {
  const document = readDocument('@octokit/openapi/generated/api.github.com.json');
  const changed = version === '2022-11-28' ? document : withBreakingChanges(document, version);
  return {
    rest: {
      name: `openapi-${version}`,
      schema: schemasIn(changed),
      operation: (method, template) => operationOf(changed, method, template),
    },
    webhooks: {
      name: 'openapi',
      schema: schemasIn(document),
      payload: payloadsIn(member(document, 'x-webhooks')),
    },
  };
}

/** The description of webhooks that Octokit's types are made from. */
export function readWebhookDescription(): WebhookDescription {
  const document = readDocument('@octokit/openapi-webhooks/generated/api.github.com.json');
  const payload = payloadsIn(member(document, 'webhooks'));
  return { name: 'openapi-webhooks', schema: schemasIn(document), payload };
}

function schemasIn(document: Schema): Description['schema'] {
  const schemas = member(document, 'components', 'schemas');
  return (name) => asSchema(schemas[name]) ?? undefined;
}

function payloadsIn(webhooks: Schema): WebhookDescription['payload'] {
  return (event, action) => {
    const name = [event, action]
      .flatMap((part) => part ?? [])
      .join('-')
      .replaceAll('_', '-');
    const webhook = asSchema(webhooks[name]);
    return webhook === null ? null : asSchema(member(webhook, 'post', 'requestBody', 'content', json).schema);
  };
}

const json = 'application/json';

function operationOf(document: Schema, method: string, template: string): Operation | null {
  const operation = asSchema(asSchema(member(document, 'paths')[template])?.[method.toLowerCase()]);
  if (operation === null) return null;
  const responses = new Map<number, Schema | null>();
  for (const [status, given] of Object.entries(member(operation, 'responses'))) {
    const response = resolved(document, given);
    const content = asSchema(response.content);
    responses.set(Number(status), content === null ? null : (asSchema(asSchema(content[json])?.schema) ?? {}));
  }
  const body = operation.requestBody === undefined ? null : resolved(document, operation.requestBody);
  return {
    requestBody: body === null ? null : asSchema(asSchema(asSchema(body.content)?.[json])?.schema),
    requestBodyRequired: body?.required === true,
    responses,
  };
}

function resolved(document: Schema, value: unknown): Schema {
  const schema = asSchema(value) ?? {};
  if (typeof schema.$ref !== 'string') return schema;
  return member(document, ...schema.$ref.slice('#/'.length).split('/'));
}

function readDocument(file: string): Schema {
  return JSON.parse(readFileSync(require.resolve(file), 'utf8'));
}

function member(from: Schema, ...path: readonly string[]): Schema {
  let at: Schema = from;
  for (const name of path) {
    const next = asSchema(at[name]);
    if (next === null) throw new Error(`GitHub's description has nothing at ${path.join('/')}`);
    at = next;
  }
  return at;
}

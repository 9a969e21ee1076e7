// Is what the local GitHub says what GitHub says it says? REST answers, accepted REST requests and webhooks are held
// against GitHub's OpenAPI descriptions. May import the sandbox's types only. Invariant: the operation is chosen by the
// route template that the sandbox registered, never by matching a path, and a message without a schema is a violation.
import type { ApiVersion, Exchange } from '../../src/sandbox/context.ts';
import { correctedAnswers, generalAnswers, type KnownMember, knownMembers } from './allow-list.ts';
import { readRestDescription, readWebhookDescription } from './description.ts';
import { asJson, type Schema } from './json-values.ts';
import { createSchemas, type Schemas, type Violation } from './schemas.ts';
import { undocumentedMembers } from './undocumented.ts';

export interface ConformanceError extends Violation {
  /** `GET /repos/{owner}/{repo} 200`, `request POST /repos/{owner}/{repo}/issues`, `webhook issues.opened`. */
  readonly where: string;
}

/** A value and the schema that it must fit; what a validator found for one side of an exchange. */
export interface Checked {
  readonly where: string;
  readonly schemas: Schemas;
  readonly schema: Schema;
  readonly value: unknown;
}

export interface Validator {
  readonly version: ApiVersion;
  /** Everything in which an exchange breaks GitHub's description, without what the allow-list names. */
  validate(exchange: Exchange): readonly ConformanceError[];
  /** The schemas that apply to an exchange, for whoever wants to look further than `validate`. */
  checks(exchange: Exchange): { readonly checked: readonly Checked[]; readonly errors: readonly ConformanceError[] };
  /** The statuses that GitHub describes for an operation; none when it has no such operation. */
  statuses(method: string, template: string): readonly number[];
  /** Entries of the allow-list that were needed so far. */
  used(): ReadonlySet<unknown>;
}

/**
 * A validator for the REST answers of one version of the API, and for webhooks, which are held against two
 * descriptions: GitHub's newest and the one that Octokit's types are made from.
 */
export async function createValidator(options: { readonly version: ApiVersion }): Promise<Validator> {
  const { version } = options;
  const { rest, webhooks } = readRestDescription(version);
  const restSchemas = createSchemas(rest);
  const sources = [webhooks, readWebhookDescription()].map((description) => ({
    description,
    // One version of REST shares its schemas with webhooks.
    schemas: version === '2022-11-28' && description === webhooks ? restSchemas : createSchemas(description),
  }));
  const used = new Set<unknown>();

  const answered = (exchange: Extract<Exchange, { kind: 'rest' }>): ReturnType<Validator['checks']> => {
    const { method, template, status } = exchange;
    const where = `${method} ${template} ${status}`;
    const operation = rest.operation(method, template);
    if (operation === null) return failed(where, 'operation', 'GitHub describes no such operation');
    const value = asJson(exchange.body);
    const checked: Checked[] = [];
    const { requestBody } = operation;
    if (requestBody !== null && status < 300 && (operation.requestBodyRequired || !isEmpty(exchange.requestBody))) {
      const where = `request ${method} ${template}`;
      checked.push({ where, schemas: restSchemas, schema: requestBody, value: asJson(exchange.requestBody) });
    }
    const corrected = correctedAnswers.find((answer) => answer.where === where);
    const general = operation.responses.has(status) ? undefined : generalAnswers.find((one) => one.status === status);
    for (const entry of [corrected, general]) if (entry !== undefined) used.add(entry);
    const schema = (corrected ?? general)?.schema ?? operation.responses.get(status);
    if (schema === undefined) return failed(where, 'status', 'GitHub describes no such status here');
    if (schema !== null) checked.push({ where, schemas: restSchemas, schema, value });
    else if (value !== undefined) return failed(where, 'body', 'GitHub describes no body here');
    return { checked, errors: [] };
  };

  const announced = (exchange: Extract<Exchange, { kind: 'webhook' }>): ReturnType<Validator['checks']> => {
    const { event, action } = exchange;
    const where = `webhook ${event}${action === null ? '' : `.${action}`}`;
    const value = asJson(exchange.payload);
    const found = sources.flatMap(({ description, schemas }) => {
      const schema = description.payload(event, action);
      return schema === null ? [] : [{ where, schemas, schema, value }];
    });
    return found.length === 0
      ? failed(where, 'event', 'GitHub describes no such event')
      : { checked: found, errors: [] };
  };

  const checks = (exchange: Exchange): ReturnType<Validator['checks']> =>
    exchange.kind === 'rest' ? answered(exchange) : announced(exchange);

  return {
    version,
    checks,
    validate: (exchange) => {
      const { checked, errors } = checks(exchange);
      const broken = checked.flatMap((each) => errorsOf(each));
      return [...errors, ...broken].filter((error) => {
        const known = knownMembers.find((member) => error.rule === 'undocumented' && covers(member, error));
        if (known !== undefined) used.add(known);
        return known === undefined;
      });
    },
    statuses: (method, template) => [...(rest.operation(method, template)?.responses.keys() ?? [])],
    used: () => used,
  };
}

/** Where one value breaks its schema, allowed or not. */
export function errorsOf({ where, schemas, schema, value }: Checked): readonly ConformanceError[] {
  const broken = schemas.violations(schema, value);
  return [...broken, ...undocumentedMembers(schemas, schema, value)].map((violation) => ({ where, ...violation }));
}

function failed(where: string, rule: string, message: string): ReturnType<Validator['checks']> {
  return { checked: [], errors: [{ where, at: '', rule, message }] };
}

function covers(known: KnownMember, error: ConformanceError): boolean {
  const [before = '', after = ''] = known.where.split('*');
  const here = known.where.includes('*')
    ? error.where.startsWith(before) && error.where.endsWith(after)
    : error.where === known.where;
  return here && error.at.replaceAll(/\/\d+(?=\/|$)/g, '/*') === known.at;
}

function isEmpty(body: unknown): boolean {
  return typeof body !== 'object' || body === null || Object.keys(body).length === 0;
}

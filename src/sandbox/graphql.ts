// POST /graphql: GitHub's published schema over the same domain functions as REST.
// Promise: aliased mutations run one after the other and each lands or fails by itself; a field that the local GitHub
// lacks is an error that names it, never a silent null.
import {
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import type { Reply, RouteRequest, Routes, World } from './context.ts';
import type { GraphqlContext, Nodes } from './graphql-context.ts';
import { gitNodes } from './graphql-git.ts';
import { issueNodes } from './graphql-issues.ts';
import { issueMutations } from './graphql-mutations.ts';
import { pullMutations } from './graphql-pull-mutations.ts';
import { queries, repositoryNode } from './graphql-queries.ts';
import { githubSchema } from './graphql-schema.ts';
import { Refusal } from './refusal.ts';

export function registerGraphql(routes: Routes, world: World): void {
  routes.add('POST', '/graphql', (request) => answerQuery(world, request));
}

async function answerQuery(world: World, request: RouteRequest): Promise<Reply> {
  if (request.actor.kind === 'anonymous' || request.actor.kind === 'app') {
    throw new Refusal(401, 'This endpoint requires you to be authenticated.');
  }
  const { query, variables, operationName } = request.body;
  if (typeof query !== 'string') throw new Refusal(400, 'A query attribute must be specified and must be a string.');
  const schema = githubSchema();
  let document: ReturnType<typeof parse>;
  try {
    document = parse(query);
  } catch (error) {
    return failed([error], null);
  }
  const graphqlFields = rootFields(document);
  const operation = describe(document, graphqlFields);
  const mistakes = validate(schema, document);
  if (mistakes.length > 0) return failed(mistakes, operation);
  const result = await execute({
    schema,
    document,
    rootValue: operation?.startsWith('mutation') ? mutations : queries,
    contextValue: { world, actor: request.actor, nodes: nodesFor(world) } satisfies GraphqlContext,
    variableValues: record(variables),
    ...(typeof operationName === 'string' ? { operationName } : {}),
    fieldResolver,
  });
  const body = {
    data: result.data ?? null,
    ...(result.errors === undefined ? {} : { errors: result.errors.map(errorShape) }),
  };
  return { status: 200, body, graphqlFields, ...(operation === null ? {} : { graphqlOperation: operation }) };
}

const mutations = { __typename: 'Mutation', ...issueMutations, ...pullMutations };

function nodesFor(world: World): Nodes {
  const nodes: Nodes = {
    ...issueNodes(world, () => nodes),
    ...gitNodes(world, () => nodes),
    repository: (row) => repositoryNode(world, row, () => nodes),
  };
  return nodes;
}

/** Like the default resolver, but a member that a node lacks is an error instead of null. */
const fieldResolver: GraphQLFieldResolver<unknown, GraphqlContext> = (source, arguments_, context, info) => {
  const members = record(source);
  if (!(info.fieldName in members)) {
    const name = `${info.parentType.name}.${info.fieldName}`;
    throw new GraphQLError(`The local GitHub has no field ${name}`, {
      extensions: { type: 'NOT_IMPLEMENTED', code: 'NOT_IMPLEMENTED' },
    });
  }
  const member = members[info.fieldName];
  return typeof member === 'function' ? member(arguments_, context, info) : member;
};

/** `query`, or `mutation` with its fields: what the request log shows. */
function describe(document: ReturnType<typeof parse>, fields: readonly string[]): string | null {
  const definition = operationIn(document);
  if (definition === undefined) return null;
  const name = definition.name?.value;
  return `${definition.operation}${name === undefined ? '' : ` ${name}`}: ${[...new Set(fields)].join(' ')}`;
}

function rootFields(document: ReturnType<typeof parse>): readonly string[] {
  const selections = operationIn(document)?.selectionSet.selections ?? [];
  return selections.map((one) => (one.kind === 'Field' ? one.name.value : '...'));
}

function operationIn(document: ReturnType<typeof parse>): OperationDefinitionNode | undefined {
  return document.definitions.find((one) => one.kind === 'OperationDefinition');
}

function failed(errors: readonly unknown[], operation: string | null): Reply {
  const body = { errors: errors.map((error) => errorShape(error)) };
  return { status: 200, body, ...(operation === null ? {} : { graphqlOperation: operation }) };
}

function errorShape(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof GraphQLError)) return { message: error instanceof Error ? error.message : String(error) };
  const cause = error.originalError;
  const { path, locations } = error;
  const where = { ...(path === undefined ? {} : { path }), ...(locations === undefined ? {} : { locations }) };
  if (cause instanceof Refusal) return { type: refusalType(cause), ...where, message: refusalText(cause) };
  if (cause !== undefined && !(cause instanceof GraphQLError)) {
    return { type: 'INTERNAL', ...where, message: cause.stack ?? cause.message };
  }
  const { type, code } = error.extensions;
  return {
    ...(type === undefined ? {} : { type }),
    ...(code === undefined ? {} : { extensions: { code } }),
    ...where,
    message: error.message,
  };
}

function refusalType(refusal: Refusal): string {
  if (refusal.status === 404) return 'NOT_FOUND';
  return refusal.status === 401 || refusal.status === 403 ? 'FORBIDDEN' : 'UNPROCESSABLE';
}

/** "Validation Failed" says nothing without REST's `errors` beside it, so GraphQL says those. */
function refusalText({ message, errors }: Refusal): string {
  if (errors === null || errors.length === 0 || message !== 'Validation Failed') return message;
  return errors
    .map((error) => (typeof error === 'string' ? error : (error.message ?? `${error.field} ${error.code}`)))
    .join(', ');
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

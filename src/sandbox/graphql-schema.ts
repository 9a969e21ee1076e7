import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildASTSchema, extendSchema, type GraphQLSchema, parse } from 'graphql';

/** Live on GitHub (docs.github.com/graphql/reference/issues), missing from the published copy of its schema. */
const extension = `
  extend type Issue {
    blockedBy(after: String, before: String, first: Int, last: Int): IssueConnection!
    blocking(after: String, before: String, first: Int, last: Int): IssueConnection!
  }
  input AddBlockedByInput { blockingIssueId: ID!, clientMutationId: String, issueId: ID! }
  type AddBlockedByPayload { blockingIssue: Issue, clientMutationId: String, issue: Issue }
  input RemoveBlockedByInput { blockingIssueId: ID!, clientMutationId: String, issueId: ID! }
  type RemoveBlockedByPayload { blockingIssue: Issue, clientMutationId: String, issue: Issue }
  extend type Mutation {
    addBlockedBy(input: AddBlockedByInput!): AddBlockedByPayload
    removeBlockedBy(input: RemoveBlockedByInput!): RemoveBlockedByPayload
  }
`;

let loaded: GraphQLSchema | null = null;

/** GitHub's published schema and the extension; parsed once per process, about half a second. */
export function githubSchema(): GraphQLSchema {
  if (loaded === null) {
    // The published text defines some fields twice, which only a build without validation lets pass.
    const published = buildASTSchema(parse(readFileSync(publishedSchemaFile(), 'utf8'), { noLocation: true }), {
      assumeValid: true,
      assumeValidSDL: true,
    });
    loaded = extendSchema(published, parse(extension, { noLocation: true }), { assumeValid: true });
  }
  return loaded;
}

/** The package exports only its module, so the file beside it is looked up in the folders Node would search. */
function publishedSchemaFile(): string {
  const folders = createRequire(import.meta.url).resolve.paths('@octokit/graphql-schema') ?? [];
  const candidates = folders.map((folder) => join(folder, '@octokit', 'graphql-schema', 'schema.graphql'));
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) throw new Error('@octokit/graphql-schema is not installed');
  return file;
}

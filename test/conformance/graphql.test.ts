import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schema as published } from '@octokit/graphql-schema';
import {
  buildASTSchema,
  extendSchema,
  type GraphQLSchema,
  getVariableValues,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
  printType,
  validate,
} from 'graphql';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Effect, EffectOutcome } from '../../src/engine/ports.ts';
import { createGitHubApp } from '../../src/github/app.ts';
import { createGitHubPort } from '../../src/github/port.ts';
import { githubSchema } from '../../src/sandbox/graphql-schema.ts';
import { resultOf } from '../github/world.ts';
import { asUser, startWithRepository } from '../sandbox/local-github.ts';
import { cloneAs } from '../sandbox/work-tree.ts';
import { recordExchanges } from './exchanges.ts';
import { type GraphqlCall, listenIn } from './graphql-wire.ts';

/** As docs.github.com/graphql/reference/issues has it; written down here a second time, so that the two can differ. */
const documented = `
  extend type Issue {
    blockedBy(after: String, before: String, first: Int, last: Int): IssueConnection!
    blocking(after: String, before: String, first: Int, last: Int): IssueConnection!
  }
  extend type Mutation {
    addBlockedBy(input: AddBlockedByInput!): AddBlockedByPayload
    removeBlockedBy(input: RemoveBlockedByInput!): RemoveBlockedByPayload
  }
  input AddBlockedByInput { blockingIssueId: ID!, clientMutationId: String, issueId: ID! }
  input RemoveBlockedByInput { blockingIssueId: ID!, clientMutationId: String, issueId: ID! }
  type AddBlockedByPayload { blockingIssue: Issue, clientMutationId: String, issue: Issue }
  type RemoveBlockedByPayload { blockingIssue: Issue, clientMutationId: String, issue: Issue }
`;

/** GitHub's published schema; its text defines some fields twice, which only a build without validation lets pass. */
function publishedSchema(): GraphQLSchema {
  return buildASTSchema(parse(published.idl, { noLocation: true }), { assumeValid: true, assumeValidSDL: true });
}

const repo = { owner: 'acme', name: 'shop' };

function membersOf(schema: GraphQLSchema): Set<string> {
  const types = Object.values(schema.getTypeMap());
  return new Set(
    types.flatMap((type) => {
      const fields = isObjectType(type) || isInterfaceType(type) || isInputObjectType(type) ? type.getFields() : {};
      return [type.name, ...Object.keys(fields).map((field) => `${type.name}.${field}`)];
    }),
  );
}

describe('the schema of the local GitHub', () => {
  it('is the published one and four fields more', () => {
    const base = publishedSchema();
    const ours = githubSchema();
    const before = membersOf(base);
    const added = [...membersOf(ours)].filter((name) => !before.has(name));
    expect(added.filter((name) => !/^(Add|Remove)BlockedBy(Input|Payload)/.test(name)).sort()).toEqual([
      'Issue.blockedBy',
      'Issue.blocking',
      'Mutation.addBlockedBy',
      'Mutation.removeBlockedBy',
    ]);
    const documentedSchema = extendSchema(base, parse(documented), { assumeValid: true, assumeValidSDL: true });
    const shown = (schema: GraphQLSchema): string[] =>
      Object.values(schema.getTypeMap())
        .map((type) => printType(type))
        .sort();
    expect(shown(ours)).toEqual(shown(documentedSchema));
  });
});

describe('what the App asks in GraphQL', () => {
  it('is valid against the schema of GitHub, document and variables, and answered without errors', async () => {
    const { calls, problems } = await everyEffect();
    expect(problems).toEqual([]);
    const schema = extendSchema(publishedSchema(), parse(documented), { assumeValid: true, assumeValidSDL: true });
    expect(calls.flatMap((call) => mistakesIn(schema, call))).toEqual([]);
    expect(calls.flatMap(({ answer }) => answer.errors ?? [])).toEqual([]);
    const asked = calls.map(({ query }) => query).join('\n');
    const written = sourceOf('src/github');
    for (const pattern of [/\b(?:query|mutation) (\w+)\s*[({$]/g, /inputType: '(\w+)'/g]) {
      const names = [...new Set([...written.matchAll(pattern)].map(([, name]) => name ?? ''))];
      expect(names.length).toBeGreaterThan(1);
      expect(names.filter((name) => !asked.includes(name))).toEqual([]);
    }
  });

  it('would be noticed if it were wrong', () => {
    const schema = publishedSchema();
    const query = 'query x($id: ID!) { node(id: $id) { ... on Issue { title titel } } }';
    expect(mistakesIn(schema, { query, variables: {}, answer: {} })).toMatchObject([
      { message: expect.stringContaining('titel') },
      { message: expect.stringContaining('$id') },
    ]);
  });
});

function mistakesIn(schema: GraphQLSchema, { query, variables }: GraphqlCall): readonly Error[] {
  const document = parse(query);
  const coerced = document.definitions.flatMap((definition) =>
    definition.kind === 'OperationDefinition'
      ? [getVariableValues(schema, definition.variableDefinitions ?? [], variables)]
      : [],
  );
  return [...validate(schema, document), ...coerced.flatMap(({ errors }) => errors ?? [])];
}

function sourceOf(folder: string): string {
  const root = join(import.meta.dirname, '../..', folder);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.map((name) => readFileSync(join(root, name), 'utf8')).join('\n');
}

/** Every kind of effect through the real adapter, in the API version that makes it ask the most in GraphQL. */
async function everyEffect(): Promise<{ calls: readonly GraphqlCall[]; problems: readonly string[] }> {
  const record = recordExchanges();
  const sandbox = await startWithRepository({ observe: record.observe });
  const { url, calls } = await listenIn(sandbox.url);
  const app = await createGitHubApp({
    appId: sandbox.app.id,
    privateKey: sandbox.app.privateKeyPem,
    webhookSecret: sandbox.app.webhookSecret,
    apiUrl: url,
    apiVersion: '2026-03-10',
    log: pino({ level: 'silent' }),
    pace: { minWriteGapMs: 0 },
  });
  const port = createGitHubPort(app);
  const deadline = AbortSignal.timeout(20_000);
  const perform = async (...effects: Effect[]): Promise<readonly EffectOutcome[]> => {
    const outcomes = await port.perform(effects, deadline);
    for (const effect of effects) await port.reconcile(effect, deadline);
    return outcomes;
  };
  const ada = asUser(sandbox, 'ada', 'admin');
  const { body: master } = await ada('POST', '/repos/acme/shop/issues', {
    title: 'Master',
    body: '- [ ] One\n- [ ] Two\n',
  });
  const issue = Number(master.number);
  await perform({ kind: 'check-permission', repo, user: 'ada' });
  const [planned] = await perform({ kind: 'read-plan', repo, issue });
  const plan = resultOf(planned, 'plan-source').source;
  const subIssue = (title: string): Extract<Effect, { kind: 'create-sub-issue' }> => {
    const marker = `<!-- muster:${title} -->`;
    const parent = plan.issue;
    const labels = ['muster:task'];
    return {
      kind: 'create-sub-issue',
      repo,
      repoNodeId: plan.repo.nodeId,
      parent,
      title,
      body: marker,
      labels,
      marker,
    };
  };
  const marker = '<!-- muster:status -->';
  const made = await perform(subIssue('One'), subIssue('Two'), {
    kind: 'create-comment',
    repo,
    issue,
    body: marker,
    marker,
  });
  const [one, two] = made.slice(0, 2).map((outcome) => resultOf(outcome, 'issue').issue);
  if (one === undefined || two === undefined) throw new Error('two issues were made');
  const diagnostic = '<!-- muster:diagnostic -->';
  await perform(
    { kind: 'add-edge', repo, blocked: two, blocking: one },
    { kind: 'edit-comment', repo, comment: resultOf(made[2], 'comment').comment, body: `changed ${marker}` },
    { kind: 'mark-body', repo, issue: plan.issue, marks: [{ title: 'One', line: 1, issue: one.number, ticked: true }] },
    {
      kind: 'create-issue',
      repo,
      title: 'Diagnostic',
      body: diagnostic,
      labels: ['muster:diagnostic'],
      marker: diagnostic,
    },
    { kind: 'edit-issue', repo, issue: two.number, body: 'changed', close: 'not_planned' },
    { kind: 'react', repo, comment: resultOf(made[2], 'comment').comment, reaction: 'eyes' },
    {
      kind: 'reword-issue',
      repo,
      issue: one,
      before: { title: 'One', block: '> One' },
      after: { title: 'One more', block: '> One more' },
    },
  );
  await perform({ kind: 'remove-edge', repo, blocked: two, blocking: one });
  await perform({ ...subIssue('Inside'), parent: one });
  await perform({ kind: 'read-plan', repo, issue });
  const work = await cloneAs(sandbox, sandbox.userToken('ada'));
  const sha = await work.push('muster/1-one', { 'one.txt': '1\n' });
  const body = `Closes #${one.number}`;
  const [opened] = await perform({ kind: 'open-pull', repo, head: 'muster/1-one', base: 'main', title: 'One', body });
  const { number } = resultOf(opened, 'pull');
  const [merged] = await perform({ kind: 'merge-pull', repo, number, sha });
  resultOf(merged, 'merged');
  const commentsSince = '2020-01-01T00:00:00Z';
  const branches = ['muster/1-one'];
  await port.sweep({
    repo,
    issue,
    baseBranch: 'main',
    branches,
    pulls: [number],
    subIssues: [one.number],
    outside: [
      { ...repo, number },
      { ...repo, number: issue },
    ],
    commentsSince,
  });
  await port.sweepRequests(commentsSince);
  await port.removeTwins(subIssue('One'), deadline);
  return { calls, problems: await record.violations() };
}

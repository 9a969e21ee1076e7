/** GraphQL documents. Every operation has a name, because requests are counted and logged by it. */

/** Contexts of the newest commit's checks; GitHub keeps the latest run per name. */
const CONTEXTS = `contexts(first: 100) {
        nodes {
          __typename
          ... on CheckRun { name status conclusion url title summary text }
          ... on StatusContext { context state targetUrl description }
        }
      }`;

/** Names alone; nobody puts more on an issue that should say who works on it. */
const LABELS = 'labels(first: 50) { nodes { name } }';

/** What an issue waits for. Not every GitHub Enterprise Server knows it yet. */
const BLOCKED_BY =
  'blockedBy(first: 20) { totalCount nodes { fullDatabaseId number repository { name owner { login } } } }';

/** The same of the master issue, which may wait for issues of any repository; GitHub shows no more than fifty. */
const MASTER_BLOCKED_BY = 'blockedBy(first: 50) { nodes { number repository { name owner { login } } } }';

export function withoutBlockers(document: string): string {
  return document.replaceAll(BLOCKED_BY, '').replaceAll(MASTER_BLOCKED_BY, '');
}

/** The last edit of an issue's text, see `editIn`. */
const EDITED = 'lastEditedAt editor { __typename login }';

/** What the plan asks of a sub-issue. */
const SUB_ISSUE = `id fullDatabaseId number title body url state ${LABELS} ${EDITED} ${BLOCKED_BY}`;

/** Everything planning needs to know of a repository and its master issue, in one request. */
export const READ_PLAN = `query readPlan($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    id
    name
    url
    owner { login }
    defaultBranchRef {
      name
      target {
        ... on Commit {
          statusCheckRollup {
            contexts(first: 100) { nodes { ... on CheckRun { name } ... on StatusContext { context } } }
          }
        }
      }
    }
    issue(number: $number) {
      id
      fullDatabaseId
      number
      title
      body
      ${EDITED}
      ${MASTER_BLOCKED_BY}
      url
      state
      ${LABELS}
      subIssues(first: 100) { nodes { ${SUB_ISSUE} subIssuesSummary { total } } }
    }
    object(expression: "HEAD:.github/muster.yml") { ... on Blob { text } }
    task: label(name: "muster:task") { id name }
    diagnostic: label(name: "muster:diagnostic") { id name }
  }
}`;

/** Sub-issues of issues by node id, aliased `c0`, `c1`, … */
export function readChildren(count: number): string {
  const indexes = [...Array(count).keys()];
  const variables = indexes.map((index) => `$id${index}: ID!`).join(', ');
  const fields = indexes.map(
    (index) => `c${index}: node(id: $id${index}) { ... on Issue { subIssues(first: 100) { nodes { ${SUB_ISSUE} } } } }`,
  );
  return `query readChildren(${variables}) {\n  ${fields.join('\n  ')}\n}`;
}

/** Current titles and bodies of issues by node id, aliased `b0`, `b1`, … */
export function readBodies(count: number): string {
  const indexes = [...Array(count).keys()];
  const variables = indexes.map((index) => `$id${index}: ID!`).join(', ');
  const fields = indexes.map((index) => `b${index}: node(id: $id${index}) { ... on Issue { title body ${EDITED} } }`);
  return `query readBodies(${variables}) {\n  ${fields.join('\n  ')}\n}`;
}

export interface AliasedMutation {
  readonly field: string;
  readonly inputType: string;
  readonly selection: string;
}

/** Several mutations in one request, aliased `m0`, `m1`, …; GitHub performs them in this order, each on its own. */
export function mutate(mutations: readonly AliasedMutation[]): string {
  const variables = mutations.map(({ inputType }, index) => `$m${index}: ${inputType}!`).join(', ');
  const fields = mutations.map(
    ({ field, selection }, index) => `m${index}: ${field}(input: $m${index}) { ${selection} }`,
  );
  return `mutation write(${variables}) {\n  ${fields.join('\n  ')}\n}`;
}

const ISSUE = 'number state stateReason closedAt';

const PULL = `number
        url
        state
        merged
        headRefName
        headRefOid
        reviews(last: 100, states: [APPROVED, CHANGES_REQUESTED, DISMISSED]) {
          nodes { state author { __typename login } commit { oid } }
        }
        isCrossRepository
        mergeCommit { oid }
        commits(last: 1) { nodes { commit { oid statusCheckRollup { ${CONTEXTS} } } } }`;

const PARENT = 'number repository { name owner { login } }';
const PARENTS = `parent { ${PARENT} parent { ${PARENT} } }`;

/** Issues and pull requests of any repository, aliased `r0`, `r1`, … */
export function readOutside(count: number): string {
  const indexes = [...Array(count).keys()];
  const variables = indexes.map((index) => `$o${index}: String!, $n${index}: String!, $i${index}: Int!`);
  const fields = indexes.map(
    (index) => `r${index}: repository(owner: $o${index}, name: $n${index}) {
    issueOrPullRequest(number: $i${index}) {
      ... on Issue { state stateReason }
      ... on PullRequest { pullState: state }
    }
  }`,
  );
  return `query readOutside(${variables.join(', ')}) {\n  ${fields.join('\n  ')}\n}`;
}

/** A sweep of one orchestration: issues `i0…`, branches' pull requests `b0…`, pull requests by number `p0…`. */
export function readProgress(counts: { issues: number; branches: number; pulls: number }): string {
  const issues = [...Array(counts.issues).keys()];
  const branches = [...Array(counts.branches).keys()];
  const pulls = [...Array(counts.pulls).keys()];
  const variables = [
    '$owner: String!',
    '$name: String!',
    '$base: String!',
    ...(counts.branches > 0 ? ['$newest: IssueOrder = { field: CREATED_AT, direction: DESC }'] : []),
    ...issues.map((index) => `$i${index}: Int!`),
    ...branches.map((index) => `$b${index}: String!`),
    ...pulls.map((index) => `$p${index}: Int!`),
  ];
  const fields = [
    `base: ref(qualifiedName: $base) { target { oid ... on Commit { statusCheckRollup { ${CONTEXTS} } } } }`,
    // the first is the master issue, whose text is the plan; the others are to be below it, if need be in a group
    ...issues.map((index) => `i${index}: issue(number: $i${index}) { ...${index === 0 ? 'Master' : 'Sub'} }`),
    ...branches.map(
      (index) =>
        `b${index}: pullRequests(headRefName: $b${index}, states: [OPEN, CLOSED, MERGED], first: 5, orderBy: $newest) { nodes { ...Pull } }`,
    ),
    ...pulls.map((index) => `p${index}: pullRequest(number: $p${index}) { ...Pull }`),
  ];
  const fragments = [
    ...(counts.issues > 0 ? [`fragment Master on Issue { ${ISSUE} ${EDITED} ${MASTER_BLOCKED_BY} }`] : []),
    ...(counts.issues > 1 ? [`fragment Sub on Issue { ${ISSUE} fullDatabaseId ${BLOCKED_BY} ${PARENTS} }`] : []),
    ...(counts.branches + counts.pulls > 0 ? [`fragment Pull on PullRequest {\n  ${PULL}\n}`] : []),
  ];
  return `query readProgress(${variables.join(', ')}) {
  repository(owner: $owner, name: $name) {
    id
    ${fields.join('\n    ')}
  }
}
${fragments.join('\n')}`;
}

/** The commit that a merged pull request became; REST's `merge_commit_sha` goes away with API version 2026-03-10. */
export const READ_MERGE_COMMIT = `query readMergeCommit($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { merged mergeCommit { oid } } }
}`;

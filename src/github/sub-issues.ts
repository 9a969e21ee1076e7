import type { Effect } from '../engine/ports.ts';
import { isRecord } from './limits.ts';
import type { Mutation } from './mutations.ts';

/** Creates and links in one mutation, so that no orphan is left where GitHub does both or neither. */
export function createSubIssueMutation(
  effect: Extract<Effect, { kind: 'create-sub-issue' }>,
  labelIds: readonly string[],
): Mutation {
  return {
    field: 'createIssue',
    inputType: 'CreateIssueInput',
    selection: 'issue { id fullDatabaseId number url }',
    input: {
      repositoryId: effect.repoNodeId,
      parentIssueId: effect.parent.nodeId,
      title: effect.title,
      body: effect.body,
      labelIds,
    },
    repetition: 'once',
    read(data) {
      const issue = isRecord(data) ? data.issue : null;
      if (!isRecord(issue)) return null;
      const { id: nodeId, fullDatabaseId, number, url } = issue;
      if (typeof nodeId !== 'string' || typeof number !== 'number' || typeof url !== 'string') return null;
      return { kind: 'issue', issue: { number, id: Number(fullDatabaseId), nodeId, url } };
    },
  };
}

export function addEdgeMutation(effect: Extract<Effect, { kind: 'add-edge' }>): Mutation {
  return {
    field: 'addBlockedBy',
    inputType: 'AddBlockedByInput',
    selection: 'issue { number }',
    input: { issueId: effect.blocked.nodeId, blockingIssueId: effect.blocking.nodeId },
    // A second edge is refused, and the refusal would hide that the first one landed.
    repetition: 'once',
    read: () => ({ kind: 'done' }),
  };
}

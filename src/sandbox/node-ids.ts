export type NodeType =
  | 'User'
  | 'Bot'
  | 'Organization'
  | 'App'
  | 'Installation'
  | 'Repository'
  | 'Label'
  | 'Issue'
  | 'IssueComment'
  | 'LabeledEvent'
  | 'UnlabeledEvent'
  | 'Reaction'
  | 'PullRequest'
  | 'PullRequestReview'
  | 'CheckSuite'
  | 'CheckRun'
  | 'Commit'
  | 'Blob'
  | 'Tree'
  | 'Ref';

/**
 * The opaque, stable global id of a thing. `key` is its database id, or `<repository id>:<sha or full ref>` for git
 * objects and refs.
 */
export function nodeId(type: NodeType, key: number | string): string {
  return Buffer.from(`${type}:${key}`, 'utf8').toString('base64url');
}

/** The inverse of nodeId; null when the text is not one of our ids. */
export function parseNodeId(id: string): { type: string; key: string } | null {
  const text = Buffer.from(id, 'base64url').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1 || nodeId(text.slice(0, colon) as NodeType, text.slice(colon + 1)) !== id) return null;
  return { type: text.slice(0, colon), key: text.slice(colon + 1) };
}

import { GraphQLError } from 'graphql';
import { checkAccess, type Needs, ownsOrWrites, signedIn } from './access.ts';
import { addReaction, createComment, deleteComment, editComment } from './comments.ts';
import type { SignedIn, World } from './context.ts';
import { cursorOf } from './graphql-connection.ts';
import type { GraphqlContext, Node } from './graphql-context.ts';
import { unresolvable } from './graphql-queries.ts';
import { type CloseReason, closeIssue, createIssue, editIssue, reopenIssue, setAssignees } from './issues.ts';
import { addLabels, createLabel, setLabels } from './labels.ts';
import { parseNodeId } from './node-ids.ts';
import { Refusal } from './refusal.ts';
import { addBlockedBy, addSubIssue, removeBlockedBy, removeSubIssue } from './relations.ts';
import { issuePage } from './shapes-issues.ts';
import type { CommentRow, IssueRow, LabelRow, ReactionContent, RepositoryRow } from './state.ts';

/** Input objects reach resolvers already checked against the schema; null and absent mean the same in most of them. */
export interface Input {
  readonly [name: string]: unknown;
}

export type Mutation = (arguments_: { readonly input: Input }, context: GraphqlContext) => unknown;

const writes: Needs = { app: 'issues:write', user: 'write' };
const takesPart: Needs = { app: 'issues:write', user: 'read' };

export const issueMutations: Readonly<Record<string, Mutation>> = {
  createIssue: ({ input }, context) => {
    const { world, nodes } = context;
    const { repo, actor } = repositoryOf(context, input.repositoryId, takesPart);
    const mayLabel = ownsOrWrites(world, actor, repo, -1);
    const parent = input.parentIssueId == null ? null : issueOf(context, input.parentIssueId, takesPart);
    const issue = createIssue(world, actor, repo, {
      title: String(input.title),
      body: optionalText(input.body),
      labelIds: mayLabel ? labelsOf(world, repo, input.labelIds).map((label) => label.id) : [],
      assigneeIds: mayLabel ? accountsOf(world, input.assigneeIds) : [],
    });
    // A parent that is full leaves the new issue without one: creating and linking are two steps.
    if (parent !== null) addSubIssue(world, actor, parent, issue, false);
    return answer(input, { issue: nodes.issue(world.state.issues.need(issue.id)) });
  },

  updateIssue: ({ input }, context) => {
    const { world, nodes } = context;
    const { issue, actor, repo } = authored(context, input.id);
    world.state.transaction(() => {
      const body = input.body === undefined ? {} : { body: optionalText(input.body) };
      const title = input.title == null ? {} : { title: String(input.title) };
      const edited = editIssue(world, actor, issue, { ...title, ...body });
      const labelled =
        input.labelIds == null
          ? edited
          : setLabels(
              world,
              actor,
              edited,
              labelsOf(world, repo, input.labelIds).map((label) => label.id),
            );
      const assigned =
        input.assigneeIds == null ? labelled : setAssignees(world, labelled, accountsOf(world, input.assigneeIds));
      if (input.state === 'CLOSED') closeIssue(world, actor.user, assigned);
      if (input.state === 'OPEN') reopenIssue(world, actor.user, assigned);
    });
    return answer(input, { issue: nodes.issue(world.state.issues.need(issue.id)) });
  },

  closeIssue: ({ input }, context) => {
    const { issue, actor } = authored(context, input.issueId);
    const reason = String(input.stateReason ?? 'COMPLETED').toLowerCase() as CloseReason;
    return answer(input, { issue: context.nodes.issue(closeIssue(context.world, actor.user, issue, reason)) });
  },

  reopenIssue: ({ input }, context) => {
    const { issue, actor } = authored(context, input.issueId);
    return answer(input, { issue: context.nodes.issue(reopenIssue(context.world, actor.user, issue)) });
  },

  addSubIssue: ({ input }, context) => {
    const { world, nodes, actor } = context;
    const parent = issueOf(context, input.issueId, writes);
    const child = subIssueOf(context, input);
    const after = addSubIssue(world, signedIn(actor), parent, child, input.replaceParent === true);
    return answer(input, { issue: nodes.issue(after.parent), subIssue: nodes.issue(after.child) });
  },

  removeSubIssue: ({ input }, context) => {
    const { world, nodes, actor } = context;
    const parent = issueOf(context, input.issueId, writes);
    const after = removeSubIssue(world, signedIn(actor), parent, issueOf(context, input.subIssueId, writes));
    return answer(input, { issue: nodes.issue(after.parent), subIssue: nodes.issue(after.child) });
  },

  addBlockedBy: ({ input }, context) => {
    const issue = issueOf(context, input.issueId, writes);
    const blocker = issueOf(context, input.blockingIssueId, takesPart);
    addBlockedBy(context.world, signedIn(context.actor), issue, blocker);
    return edgeAnswer(context, input, issue, blocker);
  },

  removeBlockedBy: ({ input }, context) => {
    const issue = issueOf(context, input.issueId, writes);
    const blocker = issueOf(context, input.blockingIssueId, takesPart);
    removeBlockedBy(context.world, signedIn(context.actor), issue, blocker);
    return edgeAnswer(context, input, issue, blocker);
  },

  addComment: ({ input }, context) => {
    const { world, nodes, actor } = context;
    const issue = subjectOf(context, input.subjectId, takesPart);
    const comment = createComment(world, signedIn(actor), issue, String(input.body));
    const edge = { cursor: cursorOf(comment.id), node: nodes.comment(comment) };
    return answer(input, { commentEdge: edge, subject: subjectNode(context, issue) });
  },

  updateIssueComment: ({ input }, context) => {
    const edited = editComment(
      context.world,
      signedIn(context.actor),
      commentOf(context, input.id),
      String(input.body),
    );
    return answer(input, { issueComment: context.nodes.comment(edited) });
  },

  deleteIssueComment: ({ input }, context) => {
    deleteComment(context.world, signedIn(context.actor), commentOf(context, input.id));
    return answer(input, {});
  },

  createLabel: ({ input }, context) => {
    const { repo } = repositoryOf(context, input.repositoryId, writes);
    const label = createLabel(context.world, repo, {
      name: String(input.name),
      color: optionalText(input.color),
      description: optionalText(input.description),
    });
    return answer(input, { label: context.nodes.label(label) });
  },

  addLabelsToLabelable: ({ input }, context) => {
    const { world, actor } = context;
    const issue = subjectOf(context, input.labelableId, writes);
    const labels = labelsOf(world, world.state.repositories.need(issue.repoId), input.labelIds);
    return answer(input, { labelable: subjectNode(context, addLabels(world, signedIn(actor), issue, labels)) });
  },

  addReaction: ({ input }, context) => {
    const { world, nodes, actor } = context;
    const content = reactions[String(input.content)];
    if (content === undefined) throw new Refusal(422, `${String(input.content)} is no reaction`);
    const isComment = parseNodeId(String(input.subjectId))?.type === 'IssueComment';
    const comment = isComment ? commentOf(context, input.subjectId) : null;
    const issue = comment === null ? subjectOf(context, input.subjectId, takesPart) : null;
    const subject = comment === null ? 'issue' : 'comment';
    const subjectId = comment?.id ?? issue?.id ?? 0;
    const { reaction } = addReaction(world, signedIn(actor), subject, subjectId, content);
    const given = {
      __typename: 'Reaction',
      id: `${subject}:${reaction.id}`,
      databaseId: reaction.id,
      content: input.content,
      user: nodes.account(reaction.userId),
    };
    const node = comment === null ? issue && subjectNode(context, issue) : nodes.comment(comment);
    return answer(input, { reaction: given, subject: node });
  },
};

const reactions: Readonly<Record<string, ReactionContent>> = {
  THUMBS_UP: '+1',
  THUMBS_DOWN: '-1',
  LAUGH: 'laugh',
  CONFUSED: 'confused',
  HEART: 'heart',
  HOORAY: 'hooray',
  ROCKET: 'rocket',
  EYES: 'eyes',
};

/** A payload: its members and the caller's clientMutationId. */
export function answer(input: Input, payload: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...payload, clientMutationId: input.clientMutationId ?? null };
}

export function repositoryOf(
  { world, actor }: GraphqlContext,
  id: unknown,
  needs: Needs,
): { readonly repo: RepositoryRow; readonly actor: SignedIn } {
  const repo = world.state.repositories.get(keyOf(id, ['Repository']));
  if (repo === undefined) throw unresolvable(String(id));
  checkAccess(world, actor, repo, needs);
  return { repo, actor: signedIn(actor) };
}

export function optionalText(value: unknown): string | null {
  return value == null ? null : String(value);
}

/** The database id in a node id of one of these types, or -1. */
export function keyOf(id: unknown, types: readonly string[]): number {
  const parsed = parseNodeId(String(id));
  return parsed !== null && types.includes(parsed.type) ? Number(parsed.key) : -1;
}

function issueOf({ world, actor }: GraphqlContext, id: unknown, needs: Needs): IssueRow {
  const issue = world.state.issues.get(keyOf(id, ['Issue']));
  if (issue === undefined) throw unresolvable(String(id));
  checkAccess(world, actor, world.state.repositories.need(issue.repoId), needs);
  return issue;
}

/** An issue, or the issue half of a pull request. */
function subjectOf(context: GraphqlContext, id: unknown, needs: Needs): IssueRow {
  const pull = context.world.state.pulls.get(keyOf(id, ['PullRequest']));
  if (pull === undefined) return issueOf(context, id, needs);
  checkAccess(context.world, context.actor, context.world.state.repositories.need(pull.repoId), needs);
  return context.world.state.issues.need(pull.issueId);
}

function subjectNode({ world, nodes }: GraphqlContext, issue: IssueRow): Node {
  const pull = issue.isPull ? world.state.pulls.one('issue', issue.id) : undefined;
  return pull === undefined ? nodes.issue(issue) : nodes.pull(pull);
}

/** An issue that the actor wrote, or may write to. */
function authored(
  context: GraphqlContext,
  id: unknown,
): { readonly issue: IssueRow; readonly actor: SignedIn; readonly repo: RepositoryRow } {
  const issue = issueOf(context, id, takesPart);
  const actor = signedIn(context.actor);
  const repo = context.world.state.repositories.need(issue.repoId);
  if (!ownsOrWrites(context.world, actor, repo, issue.userId)) {
    const message = `${actor.user.login} does not have the correct permissions to execute this mutation`;
    throw new GraphQLError(message, { extensions: { type: 'FORBIDDEN' } });
  }
  return { issue, actor, repo };
}

function subIssueOf(context: GraphqlContext, input: Input): IssueRow {
  if (input.subIssueId != null) return issueOf(context, input.subIssueId, takesPart);
  const { world } = context;
  const issue = world.state.issues.all().find((row) => issuePage(world, row) === input.subIssueUrl);
  if (issue === undefined) throw unresolvable(String(input.subIssueUrl));
  checkAccess(world, context.actor, world.state.repositories.need(issue.repoId), takesPart);
  return issue;
}

function commentOf({ world, actor }: GraphqlContext, id: unknown): CommentRow {
  const comment = world.state.comments.get(keyOf(id, ['IssueComment']));
  if (comment === undefined) throw unresolvable(String(id));
  checkAccess(world, actor, world.state.repositories.need(comment.repoId), takesPart);
  return comment;
}

function labelsOf(world: World, repo: RepositoryRow, ids: unknown): LabelRow[] {
  return listOf(ids).map((id) => {
    const label = world.state.labels.get(keyOf(id, ['Label']));
    if (label === undefined || label.repoId !== repo.id) throw unresolvable(String(id));
    return label;
  });
}

function accountsOf(world: World, ids: unknown): number[] {
  return listOf(ids).map((id) => {
    const user = world.state.users.get(keyOf(id, ['User', 'Bot']));
    if (user === undefined) throw unresolvable(String(id));
    return user.id;
  });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function edgeAnswer({ world, nodes }: GraphqlContext, input: Input, issue: IssueRow, blocker: IssueRow): unknown {
  return answer(input, {
    issue: nodes.issue(world.state.issues.need(issue.id)),
    blockingIssue: nodes.issue(world.state.issues.need(blocker.id)),
  });
}

import type { Edit, Effect, EffectOutcome, EffectResult } from '../engine/ports.ts';
import { markIssue } from '../text/entry-marks.ts';
import { rewordIssue } from '../text/reword.ts';
import { classifyFailure, classifyGraphqlError, responseOf } from './classify.ts';
import { readBodies } from './documents.ts';
import { editIn } from './editor.ts';
import { optionalTextAt } from './fields.ts';
import { type Installation, issueKey } from './installation.ts';
import { graphqlErrors, isRecord } from './limits.ts';
import { hasGraphqlWorked, learnFromGraphql } from './missing.ts';
import type { Mutation } from './mutations.ts';
import { getIn, sendIn } from './rest.ts';
import { inTurn } from './server.ts';

type MarkBody = Extract<Effect, { kind: 'mark-body' }>;
type RewordIssue = Extract<Effect, { kind: 'reword-issue' }>;

type EditComment = Extract<Effect, { kind: 'edit-comment' }>;

export function editCommentMutation(installation: Installation, effect: EditComment, deadline: AbortSignal): Mutation {
  return {
    field: 'updateIssueComment',
    inputType: 'UpdateIssueCommentInput',
    selection: 'issueComment { id }',
    input: { id: effect.comment.nodeId, body: effect.body },
    repetition: 'repeat',
    read: () => ({ kind: 'done' }),
    byRest: () => editCommentByRest(installation, effect, deadline),
  };
}

async function editCommentByRest(
  installation: Installation,
  effect: EditComment,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  const { comment, body } = effect;
  const route = '/issues/comments/{comment_id}';
  try {
    await sendIn(installation, effect.repo, 'PATCH', route, { comment_id: comment.id, body }, deadline);
    return { status: 'done', result: { kind: 'done' } };
  } catch (error) {
    return classifyFailure(error, 'repeat');
  }
}

/** What becomes of an issue's title and text. */
interface Change {
  readonly title: string;
  readonly body: string;
  readonly kept?: boolean;
}

type EditBody = MarkBody | RewordIssue;

function changed(effect: EditBody, issue: { readonly title: string; readonly body: string }): Change {
  return effect.kind === 'mark-body'
    ? { title: issue.title, body: markIssue(issue.body, effect.marks).body }
    : rewordIssue(issue, effect.before, effect.after);
}

/** Only what is another one: GitHub counts an edit for each field that is sent. */
function difference(before: Change, after: Change): { readonly title?: string; readonly body?: string } | null {
  const title = after.title === before.title ? {} : { title: after.title };
  const body = after.body === before.body ? {} : { body: after.body };
  const all = { ...title, ...body };
  return Object.keys(all).length === 0 ? null : all;
}

function doneAs({ kept }: Change, edited: Edit | null = null): EffectOutcome {
  return { status: 'done', result: resultOf(kept, edited) };
}

function resultOf(kept: boolean | undefined, edited: Edit | null): Extract<EffectResult, { kind: 'done' }> {
  return { kind: 'done', ...(kept === undefined ? {} : { kept }), ...(edited === null ? {} : { edited }) };
}

/** Reads one issue and edits it, both over REST. */
export async function editBodyByRest(
  installation: Installation,
  effect: EditBody,
  deadline: AbortSignal,
): Promise<EffectOutcome> {
  const where = { issue_number: effect.issue.number };
  return inTurn(installation.server, issueKey(effect.repo, effect.issue.number), async () => {
    try {
      const issue = await getIn(installation, effect.repo, '/issues/{issue_number}', where, deadline);
      const before = { title: optionalTextAt(issue, 'title') ?? '', body: optionalTextAt(issue, 'body') ?? '' };
      const after = changed(effect, before);
      const edit = difference(before, after);
      if (edit !== null)
        await sendIn(installation, effect.repo, 'PATCH', '/issues/{issue_number}', { ...where, ...edit }, deadline);
      return doneAs(after);
    } catch (error) {
      return classifyFailure(error, 'repeat');
    }
  });
}

/**
 * Reads the bodies as they are now and works out the edit of each: a mutation, what is settled already (nothing to
 * change, or why it cannot be read), or that it goes over REST.
 * GitHub has no compare-and-swap for bodies; reading right before writing keeps the window for a human's edit small.
 */
export async function editBodyMutations(
  installation: Installation,
  effects: readonly EditBody[],
  deadline: AbortSignal,
): Promise<readonly EditPlan[]> {
  if (effects.length === 0) return [];
  const { server } = installation;
  const byGraphql = server.speaks('readBodies') && server.speaks('updateIssue');
  if (!byGraphql || effects.some(({ issue }) => issue.nodeId === '')) return effects.map(() => 'by-rest');
  const variables = Object.fromEntries(effects.map(({ issue }, index) => [`id${index}`, issue.nodeId]));
  try {
    const data = await installation.graphql<unknown>(readBodies(effects.length), variables, deadline);
    return effects.map((effect, index) => editOf(installation, effect, data, index, deadline));
  } catch (error) {
    const verdict = learnFromGraphql(server, 'readBodies', error);
    const byRest = verdict === 'missing' || verdict === 'document' || verdict === 'odd';
    if (byRest || (verdict === 'refused' && !hasGraphqlWorked(server))) return effects.map(() => 'by-rest');
    const partial = error instanceof Error ? Reflect.get(error, 'data') : null;
    const errors = graphqlErrors(responseOf(error)?.data);
    return effects.map((effect, index) => {
      if (issueOf(partial, index) !== null) return editOf(installation, effect, partial, index, deadline);
      const own = errors.find(({ path }) => path[0] === `b${index}`);
      return own ? classifyGraphqlError(own, 'read') : classifyFailure(error, 'read');
    });
  }
}

export type EditPlan = Mutation | 'by-rest' | EffectOutcome;

function editOf(
  installation: Installation,
  effect: EditBody,
  data: unknown,
  index: number,
  deadline: AbortSignal,
): Mutation | EffectOutcome {
  const before = issueOf(data, index);
  if (before === null) return { status: 'refused', message: `issue #${effect.issue.number} is gone`, merge: null };
  const after = changed(effect, before);
  const edit = difference(before, after);
  if (edit === null) return doneAs(after);
  const edited = effect.kind === 'mark-body' ? editIn(installation.server, nodeOf(data, index)) : null;
  return {
    field: 'updateIssue',
    inputType: 'UpdateIssueInput',
    selection: 'issue { id }',
    input: { id: effect.issue.nodeId, ...edit },
    repetition: 'repeat',
    // our edit covers whose edit was the last one
    read: () => resultOf(after.kept, edited),
    byRest: () => editBodyByRest(installation, effect, deadline),
  };
}

function nodeOf(data: unknown, index: number): unknown {
  return isRecord(data) ? data[`b${index}`] : null;
}

function issueOf(data: unknown, index: number): { readonly title: string; readonly body: string } | null {
  const node = nodeOf(data, index);
  if (!isRecord(node) || typeof node.body !== 'string') return null;
  return { title: typeof node.title === 'string' ? node.title : '', body: node.body };
}

/** A command as it should look on the wire: rendered at the last moment, from the freshest state. */

import type { CoreCommand } from '../core/commands.ts';
import { orchestrationKey } from '../core/commands.ts';
import { itemsOf } from '../core/grouping.ts';
import type { Orchestration, Task } from '../core/model.ts';
import { groupIssueOf, parentOf } from '../core/shards.ts';
import { findTask, subIssueOf } from '../core/tasks.ts';
import { renderDiagnostic, renderDiagnosticClosing } from '../text/diagnostic.ts';
import { renderGroupIssue } from '../text/group-issue.ts';
import { renderPull } from '../text/pull.ts';
import { renderReply } from '../text/reply.ts';
import type { ServerGap } from '../text/server-gaps.ts';
import { renderStatus } from '../text/status.ts';
import { renderSubIssue } from '../text/sub-issue.ts';
import { renderSummary } from '../text/summary.ts';
import { markerFor } from './markers.ts';
import type { BodyMark, Effect } from './ports.ts';

/** Commands that become a request to GitHub; the others are carried out by the engine or by an agent. */
export type GitHubCommand = Exclude<CoreCommand, { kind: 'digest-plan' | 'wake' | 'run-attempt' }>;

export function isGitHubCommand(command: { readonly kind: string }): command is GitHubCommand {
  return !['digest-plan', 'wake', 'run-attempt', 'remove-twins'].includes(command.kind);
}

/** Null when the state no longer asks for it (somebody was faster). `gaps`: what the server lacks, told in the status. */
export function toEffect(
  state: Orchestration,
  command: GitHubCommand,
  now: number,
  secret: string,
  gaps: readonly ServerGap[] = [],
): Effect | null {
  const repo = { owner: state.repo.owner, name: state.repo.name };
  const marker = (thing: string): string => markerFor(secret, `${orchestrationKey(state)}/${thing}`);
  switch (command.kind) {
    case 'check-permission':
      return { kind: 'check-permission', repo, user: command.user };
    case 'read-plan':
      return { kind: 'read-plan', repo, issue: state.issue.number };
    case 'post-reply':
    case 'post-status':
    case 'post-summary':
      return comment(state, command, { status: renderStatus(state, now, gaps), now }, marker);
    case 'react-to-comment': {
      const { comment } = state.requests.find((request) => request.comment?.id === command.comment) ?? {};
      return comment === undefined ? null : { kind: 'react', repo, comment, reaction: command.reaction };
    }
    case 'edit-status':
      return state.report.comment === null
        ? null
        : {
            kind: 'edit-comment',
            repo,
            comment: state.report.comment,
            body: withMarker(renderStatus(state, now, gaps), marker('status')),
          };
    case 'mark-body':
      return { kind: 'mark-body', repo, issue: state.issue, marks: bodyMarks(state) };
    case 'close-master':
      return { kind: 'edit-issue', repo, issue: state.issue.number, body: null, close: 'completed' };
    case 'add-edge': {
      const blocked = subOf(state, command.from);
      const blocking = subOf(state, command.to);
      return blocked === null || blocking === null ? null : { kind: 'add-edge', repo, blocked, blocking };
    }
    case 'create-group-issue':
    case 'close-group-issue':
      return groupEffect(state, command, marker);
    case 'create-sub-issue':
    case 'open-pull':
    case 'close-sub-issue':
    case 'merge-pull':
    case 'open-diagnostic':
    case 'update-diagnostic':
    case 'close-diagnostic': {
      const task = findTask(state, command.task);
      return task === undefined ? null : taskEffect(state, task, command, marker);
    }
  }
}

type Marker = (thing: string) => string;
type CommentCommand = Extract<GitHubCommand, { kind: 'post-reply' | 'post-status' | 'post-summary' }>;
type TaskCommand = Extract<
  GitHubCommand,
  {
    kind:
      | 'create-sub-issue'
      | 'open-pull'
      | 'close-sub-issue'
      | 'merge-pull'
      | 'open-diagnostic'
      | 'update-diagnostic'
      | 'close-diagnostic';
  }
>;

function comment(
  state: Orchestration,
  command: CommentCommand,
  { status, now }: { readonly status: string; readonly now: number },
  marker: Marker,
): Effect | null {
  const repo = { owner: state.repo.owner, name: state.repo.name };
  const post = (issue: number, thing: string, body: string): Effect => {
    const hidden = marker(thing);
    return { kind: 'create-comment', repo, issue, body: withMarker(body, hidden), marker: hidden };
  };
  switch (command.kind) {
    case 'post-status':
      return post(state.issue.number, 'status', status);
    case 'post-summary':
      return post(state.issue.number, `summary-${command.round}`, renderSummary(state));
    case 'post-reply': {
      const reply = state.replies.find((one) => one.source === command.source);
      return reply === undefined
        ? null
        : post(reply.issue, `reply-${reply.source}`, renderReply(state, reply.say, now));
    }
  }
}

function taskEffect(state: Orchestration, task: Task, command: TaskCommand, marker: Marker): Effect | null {
  const repo = { owner: state.repo.owner, name: state.repo.name };
  switch (command.kind) {
    case 'create-sub-issue': {
      const hidden = marker(task.plan.id);
      const { title, body } = renderSubIssue(state, task);
      const parent = parentOf(state, task.plan.id);
      if (parent === null) return null;
      return {
        kind: 'create-sub-issue',
        repo,
        repoNodeId: state.repo.nodeId,
        parent: { number: parent.number, nodeId: parent.nodeId },
        title,
        body: withMarker(body, hidden),
        labels: ['muster:task'],
        marker: hidden,
      };
    }
    case 'open-pull': {
      const { title, body } = renderPull(state, task);
      return { kind: 'open-pull', repo, head: task.branch, base: state.repo.defaultBranch, title, body };
    }
    case 'close-sub-issue': {
      const issue = subIssueOf(task)?.number;
      if (issue === undefined) return null;
      const close = task.status === 'cancelled' ? ('not_planned' as const) : ('completed' as const);
      // what a person wrote into an adopted issue stays as it is
      const body =
        task.plan.adopts === null ? withMarker(renderSubIssue(state, task).body, marker(task.plan.id)) : null;
      return { kind: 'edit-issue', repo, issue, body, close };
    }
    case 'merge-pull':
      return { kind: 'merge-pull', repo, number: command.number, sha: command.sha };
    case 'open-diagnostic': {
      const hidden = marker(`diagnostic-${task.plan.id}-${command.fingerprint}`);
      const { title, body } = renderDiagnostic(state, task);
      return {
        kind: 'create-issue',
        repo,
        title,
        body: withMarker(body, hidden),
        labels: ['muster:diagnostic'],
        marker: hidden,
      };
    }
    case 'update-diagnostic':
    case 'close-diagnostic': {
      const { diagnostic } = task;
      if (diagnostic === null || diagnostic.issue === null) return null;
      const hidden = marker(`diagnostic-${task.plan.id}-${diagnostic.fingerprint}`);
      const closing = command.kind === 'close-diagnostic';
      const body = closing ? renderDiagnosticClosing(state, task) : renderDiagnostic(state, task).body;
      return {
        kind: 'edit-issue',
        repo,
        issue: diagnostic.issue.number,
        body: withMarker(body, hidden),
        close: closing ? 'completed' : null,
      };
    }
  }
}

/** A group issue is a sub-issue of the master issue like any other, made, found again and kept single in the same way. */
function groupEffect(
  state: Orchestration,
  command: Extract<GitHubCommand, { kind: 'create-group-issue' | 'close-group-issue' }>,
  marker: Marker,
): Effect | null {
  const shard = state.plan?.shards?.find(({ id }) => id === command.group);
  if (shard === undefined) return null;
  const repo = { owner: state.repo.owner, name: state.repo.name };
  const hidden = marker(`group-${shard.id}`);
  const { title, body } = renderGroupIssue(state, shard);
  const text = withMarker(body, hidden);
  if (command.kind === 'close-group-issue') {
    const issue = groupIssueOf(state, shard)?.number;
    return issue === undefined ? null : { kind: 'edit-issue', repo, issue, body: text, close: 'completed' };
  }
  const parent = { number: state.issue.number, nodeId: state.issue.nodeId };
  const { nodeId: repoNodeId } = state.repo;
  return { kind: 'create-sub-issue', repo, repoNodeId, parent, title, body: text, labels: [], marker: hidden };
}

function withMarker(body: string, marker: string): string {
  return `${body.trimEnd()}\n\n${marker}\n`;
}

function subOf(state: Orchestration, id: string): ReturnType<typeof subIssueOf> {
  const task = findTask(state, id);
  return task === undefined ? null : subIssueOf(task);
}

/** Every linked item; ticked once its work has landed. Several items may be one task. */
function bodyMarks(state: Orchestration): readonly BodyMark[] {
  const entry = state.flags.asList === true ? { entry: true as const } : {};
  return state.tasks.flatMap((task) => {
    const sub = subIssueOf(task);
    if (sub === null || task.plan.made === true) return [];
    const mark = { issue: sub.number, ticked: task.status === 'merged', ...entry };
    return itemsOf(task.plan).map(({ title, line }) => ({ title, line, ...mark }));
  });
}

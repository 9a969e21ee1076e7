import type { World } from './context.ts';
import { prose } from './html-markdown.ts';
import { ago, avatar, badge, type Icon, icon, person, type Tone } from './html-parts.ts';
import { type Html, html } from './html-template.ts';
import type { CommentRow, IssueRow, ReactionContent, ReactionRow, RepositoryRow, ReviewRow } from './rows.ts';

const PICTURES: Readonly<Record<ReactionContent, string>> = {
  '+1': '\u{1F44D}',
  '-1': '\u{1F44E}',
  laugh: '\u{1F604}',
  confused: '\u{1F615}',
  heart: '\u2764\uFE0F',
  hooray: '\u{1F389}',
  rocket: '\u{1F680}',
  eyes: '\u{1F440}',
};

/** One entry of a thread with the moment it belongs to. */
interface Entry {
  readonly at: string;
  readonly html: Html;
}

export interface ThreadEvent {
  readonly at: string;
  readonly icon: Icon;
  readonly tone: Tone;
  readonly text: Html;
}

/** The opening text of an issue or pull request in its frame. */
export async function openingPost(world: World, repo: RepositoryRow, issue: IssueRow): Promise<Html> {
  return frame(world, {
    id: 'description',
    userId: issue.userId,
    did: 'opened this',
    at: issue.createdAt,
    editedAt: issue.lastEditedAt,
    body: await prose(world, repo, issue.body),
    reactions: world.state.reactions.where('subject', `issue/${issue.id}`),
  });
}

/** Comments, reviews and events in the order they happened. */
export async function thread(
  world: World,
  repo: RepositoryRow,
  issue: IssueRow,
  events: readonly ThreadEvent[],
): Promise<Html> {
  const comments = world.state.comments.where('issue', issue.id);
  const pull = issue.isPull ? world.state.pulls.one('issue', issue.id) : undefined;
  const reviews = pull === undefined ? [] : world.state.reviews.where('pull', pull.id);
  const entries: Entry[] = [
    ...(await Promise.all(comments.map((comment) => commentEntry(world, repo, comment)))),
    ...(await Promise.all(reviews.map((review) => reviewEntry(world, repo, review)))),
    ...events.map((event) => ({
      at: event.at,
      html: html`<div class="event">${icon(event.icon, event.tone)}<span>${event.text} ${ago(event.at, world.now())}</span></div>`,
    })),
  ];
  entries.sort((a, b) => (a.at < b.at ? -1 : 1));
  return html`${entries.map((entry) => entry.html)}`;
}

async function commentEntry(world: World, repo: RepositoryRow, comment: CommentRow): Promise<Entry> {
  const body = await prose(world, repo, comment.body);
  const block = frame(world, {
    id: `issuecomment-${comment.id}`,
    userId: comment.userId,
    did: 'commented',
    at: comment.createdAt,
    editedAt: comment.lastEditedAt,
    body,
    reactions: world.state.reactions.where('subject', `comment/${comment.id}`),
  });
  return { at: comment.createdAt, html: block };
}

async function reviewEntry(world: World, repo: RepositoryRow, review: ReviewRow): Promise<Entry> {
  const verdict = reviewVerdict(review);
  const block = frame(world, {
    id: `pullrequestreview-${review.id}`,
    userId: review.userId,
    did: 'reviewed',
    at: review.submittedAt,
    editedAt: null,
    body: review.body === '' ? null : await prose(world, repo, review.body),
    reactions: [],
    verdict,
  });
  return { at: review.submittedAt, html: block };
}

function reviewVerdict(review: ReviewRow): Html {
  switch (review.state) {
    case 'APPROVED':
      return badge('success', 'check', 'approved', true);
    case 'CHANGES_REQUESTED':
      return badge('failure', 'rejected', 'requested changes', true);
    case 'COMMENTED':
    case 'DISMISSED':
      return badge('neutral', 'comment', review.state.toLowerCase(), true);
  }
}

interface Framed {
  readonly id: string;
  readonly userId: number;
  readonly did: string;
  readonly at: string;
  readonly editedAt: string | null;
  readonly body: Html | null;
  readonly reactions: readonly ReactionRow[];
  readonly verdict?: Html;
}

function frame(world: World, post: Framed): Html {
  const user = world.state.users.need(post.userId);
  const edited =
    post.editedAt === null
      ? null
      : html`<span title="${post.editedAt}">· edited ${ago(post.editedAt, world.now())}</span>`;
  return html`<article class="comment${user.type === 'Bot' ? ' by-bot' : ''}" id="${post.id}">${avatar(user)}<div class="frame">
<header>${person(user)} <span>${post.did} ${ago(post.at, world.now())}</span> ${edited} ${post.verdict ?? null}</header>
${post.body}${reactionBar(post.reactions)}</div></article>`;
}

function reactionBar(reactions: readonly ReactionRow[]): Html | null {
  if (reactions.length === 0) return null;
  const counts = new Map<ReactionContent, number>();
  for (const { content } of reactions) counts.set(content, (counts.get(content) ?? 0) + 1);
  return html`<div class="reactions">${[...counts].map(([content, count]) => html`<span title="${content}">${PICTURES[content]} ${count}</span>`)}</div>`;
}

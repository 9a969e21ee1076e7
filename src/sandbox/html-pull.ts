import { isPassing, latestRuns, requiredChecks, unmetChecks } from './checks.ts';
import { closingReferences } from './closing-words.ts';
import type { World } from './context.ts';
import { diffFiles } from './git-diff.ts';
import { commonAncestor, readCommits } from './git-objects.ts';
import { diffView, sizeOf } from './html-diff.ts';
import { labelSection, participants, section } from './html-issue.ts';
import { commitRows, issueLine, issueLook, runLine } from './html-lists.ts';
import { renderPage } from './html-page.ts';
import { ago, badge, counted, icon, person, type Tone } from './html-parts.ts';
import { type Html, html } from './html-template.ts';
import { openingPost, type ThreadEvent, thread } from './html-thread.ts';
import { pullMergeability } from './pulls-merge.ts';
import type { IssueRow, PullRow, RepositoryRow } from './rows.ts';
import { fullName } from './shapes-common.ts';

export async function pullPage(world: World, repo: RepositoryRow, issue: IssueRow, pull: PullRow): Promise<string> {
  const look = issueLook(world, issue);
  const gitDir = world.gitDir(repo);
  const from = (await commonAncestor(gitDir, pull.baseSha, pull.headSha)) ?? pull.baseSha;
  const [files, commits] = await Promise.all([
    diffFiles(gitDir, from, pull.headSha),
    readCommits(gitDir, ['--reverse', `${pull.baseSha}..${pull.headSha}`]),
  ]);
  const body = html`<h1>${issue.title} <span class="number">#${pull.number}</span></h1>
<div class="lead">${badge(look.tone, look.icon, look.word)}<span>${story(world, issue, pull)}</span><span>${sizeOf(pull.additions, pull.deletions)} in ${counted(pull.changedFiles, 'file')}</span></div>
<div class="columns"><div>
${await verdict(world, repo, issue, pull)}
${await openingPost(world, repo, issue)}
${await thread(world, repo, issue, endEvent(world, repo, issue, pull))}
<div class="box indented"><div class="head"><h2>Commits</h2><span class="count">${commits.length}</span></div>${commitRows(world, repo, commits)}</div>
<h2 class="section" id="files">Files changed</h2>
${diffView(files)}
</div><aside class="side">
${labelSection(world, issue)}
${section('Closes', closes(world, repo, issue))}
${section('Commits', html`<a href="#files">${counted(commits.length, 'commit')}, ${counted(pull.changedFiles, 'file')}</a>`)}
${participants(world, issue)}
</aside></div>`;
  return renderPage(world, { title: `${issue.title} #${pull.number}`, repo, tab: 'pulls', body });
}

function story(world: World, issue: IssueRow, pull: PullRow): Html {
  const into = html`into <span class="branch">${pull.baseRef}</span> from <span class="branch">${pull.headRef}</span>`;
  const what = counted(pull.commits, 'commit');
  if (pull.merged && pull.mergedById !== null && pull.mergedAt !== null) {
    const who = person(world.state.users.need(pull.mergedById));
    return html`${who} merged ${what} ${into} ${ago(pull.mergedAt, world.now())}`;
  }
  const verb = issue.state === 'open' ? 'wants to merge' : 'wanted to merge';
  return html`${person(world.state.users.need(issue.userId))} ${verb} ${what} ${into}`;
}

/** One box that says whether this can land, and why not. */
async function verdict(world: World, repo: RepositoryRow, issue: IssueRow, pull: PullRow): Promise<Html> {
  const runs = latestRuns(world, repo, pull.headSha);
  const required = requiredChecks(repo, pull.baseRef);
  const list =
    runs.length === 0
      ? null
      : html`<ul>${runs.map((run) => html`<li>${runLine(world, repo, run)}${required.includes(run.name) ? html` <span class="bot-tag">required</span>` : null}</li>`)}</ul>`;
  const box = (tone: string, title: Html, more: Html | null = null): Html =>
    html`<div class="verdict ${tone}">${title}${more}${list}</div>`;
  if (pull.merged) {
    const sha = pull.mergeCommitSha ?? '';
    const link = html`<a class="mono" href="/${fullName(world, repo)}/commit/${sha}">${sha.slice(0, 7)}</a>`;
    return box('merged', html`${icon('merged', 'merged')} <strong>Merged</strong> as ${link}.`);
  }
  if (issue.state === 'closed')
    return box('failure', html`${icon('rejected', 'rejected')} <strong>Closed without merging.</strong>`);
  const { mergeable } = await pullMergeability(world, pull);
  if (mergeable === false) {
    const paths = world.state.pulls.need(pull.id).mergeability?.conflicts ?? [];
    const files = html`<ul>${paths.map((path) => html`<li><code>${path}</code></li>`)}</ul>`;
    return box(
      'failure',
      html`${icon('rejected', 'failure')} <strong>Conflicts with ${pull.baseRef}</strong> in ${counted(paths.length, 'file')}:`,
      files,
    );
  }
  const unmet = unmetChecks(world, repo, pull.baseRef, pull.headSha);
  if (unmet.length > 0) {
    const tone: Tone = runs.some((run) => run.status === 'completed' && !isPassing(run)) ? 'failure' : 'pending';
    return box(
      tone,
      html`${icon(tone === 'failure' ? 'rejected' : 'wait', tone)} <strong>Merging is blocked.</strong> ${unmet.join(' ')}`,
    );
  }
  if (mergeable === null)
    return box('pending', html`${icon('wait', 'pending')} <strong>Checking whether this merges…</strong>`);
  return box(
    'success',
    html`${icon('check', 'success')} <strong>No conflicts with ${pull.baseRef}.</strong> This can be merged.`,
  );
}

function endEvent(world: World, repo: RepositoryRow, issue: IssueRow, pull: PullRow): ThreadEvent[] {
  if (issue.closedAt === null || issue.closedById === null) return [];
  const who = person(world.state.users.need(issue.closedById));
  if (!pull.merged) return [{ at: issue.closedAt, icon: 'rejected', tone: 'rejected', text: html`${who} closed this` }];
  const sha = pull.mergeCommitSha ?? '';
  const link = html`<a class="mono" href="/${fullName(world, repo)}/commit/${sha}">${sha.slice(0, 7)}</a>`;
  const text = html`${who} merged commit ${link} into <span class="branch">${pull.baseRef}</span>`;
  return [{ at: issue.closedAt, icon: 'merged', tone: 'merged', text }];
}

function closes(world: World, repo: RepositoryRow, issue: IssueRow): Html | null {
  const numbers = closingReferences(issue.body ?? '').flatMap((found) => (found.owner === null ? [found.number] : []));
  const issues = numbers.flatMap((number) => world.state.issues.one('number', `${repo.id}/${number}`) ?? []);
  return issues.length === 0
    ? null
    : html`<ul>${issues.map((other) => html`<li>${issueLine(world, other)}</li>`)}</ul>`;
}

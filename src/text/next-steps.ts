/**
 * How it goes on: what happens now, what comes next, what a person is needed for. Follows from the state alone, so that
 * it changes with events and never merely with the clock. Plain text; commands in backticks, issues as `#n`.
 */
import { isReopened } from '../core/hands.ts';
import type { Orchestration, Task } from '../core/model.ts';
import { openOutside } from '../core/outside.ts';
import { openProposals } from '../core/proposals.ts';
import { isHopeless } from '../core/schedule.ts';
import { findTask, isOver, isWaivedFor, occupiesSlot, waitsForApproval, wantedTasks } from '../core/tasks.ts';
import { landBlockers } from '../core/train.ts';
import { changeWords } from './change-words.ts';
import { checkInsInShort } from './check-in-words.ts';
import { count, listOf, oneLine } from './markdown.ts';
import { outsideName, outsideStanding, outsideWaits } from './outside-words.ts';
import { creationWords } from './shard-words.ts';
import { nameOf, nameOfId } from './task-words.ts';

interface NextStep {
  readonly label: 'Now' | 'Next' | 'Needs you' | null;
  readonly text: string;
}

/** At least one step. `now` is milliseconds since the epoch. */
export function nextSteps(state: Orchestration, now: number): readonly NextStep[] {
  switch (state.phase) {
    case 'requested':
      return [{ label: 'Now', text: 'it is checked whether this may be started.' }];
    case 'reading':
      return [{ label: 'Now', text: 'the issue is read and turned into a plan.' }];
    case 'proposed':
      return [proposed(state)];
    case 'refused':
      return [{ label: null, text: 'Nothing was started.' }];
    case 'cancelled':
      return [
        {
          label: null,
          text: 'Nothing more happens here. Branches and pull requests stay as they are; `/muster run` makes a new start.',
        },
      ];
    case 'finished':
      return [afterwards(state)];
    case 'running':
      return running(state, now);
  }
}

function proposed(state: Orchestration): NextStep {
  if (!waitsForApproval(state)) return { label: 'Now', text: 'the plan is being started.' };
  const rest = `${withProposals(state)}, \`/muster reject\` drops this plan. Nothing has been changed yet.`;
  const { lateEdit } = state;
  if (lateEdit === undefined)
    return { label: 'Needs you', text: `${asksBecause(state)}\`/muster approve\` starts the work${rest}` };
  const who = lateEdit.by === null ? '' : ` by ${oneLine(lateEdit.by)}`;
  return {
    label: 'Needs you',
    text: `the text was edited${who} after the run was asked for. \`/muster approve\` starts it as it reads here${rest}`,
  };
}

function withProposals(state: Orchestration): string {
  const { length } = openProposals(state);
  return length === 0
    ? ''
    : `, \`/muster approve --with all\` starts it with ${count(length, 'proposed dependency', 'proposed dependencies')}`;
}

/** Where no setting asks for an approval, it is said why there is one. */
function asksBecause({ plan }: Orchestration): string {
  if (plan?.waits === undefined) return '';
  const long = creationWords(plan);
  return `so many issues are not made without asking${long === null ? '' : ` (${long})`}. `;
}

function afterwards(state: Orchestration): NextStep {
  const open = wantedTasks(state).filter((task) => task.status !== 'merged');
  const reopened = state.tasks.filter(isReopened);
  if (reopened.length > 0)
    return {
      label: 'Needs you',
      text: `${list(reopened)} ${reopened.length === 1 ? 'was' : 'were'} opened again. \`/muster retry\` with the number starts it as new work.`,
    };
  if (open.length === 0) return { label: null, text: 'Everything has landed; nothing is left to do.' };
  const failed = open.filter((task) => task.status === 'failed');
  if (failed.length === 0)
    return { label: null, text: 'What did not land was cancelled, or needs what was; nothing more happens here.' };
  const waiting = open.some((task) => !isOver(task)) ? ', and then what waits for that' : '';
  return {
    label: 'Needs you',
    text: `${list(failed)} failed. \`/muster retry\` starts ${failed.length === 1 ? 'it' : 'them'} again${waiting}.`,
  };
}

/** Most tasks named in one list. */
const named = 4;

function running(state: Orchestration, now: number): readonly NextStep[] {
  if (state.plannedAt === null) {
    const tasks = count(state.tasks.length, 'task');
    return [{ label: 'Now', text: `sub-issues and dependencies are being created for ${tasks}.` }];
  }
  const steps: readonly (NextStep & { readonly label: string })[] = [
    { label: 'Now', text: nowWords(state).join('; ') },
    { label: 'Next', text: state.pausedBy === null ? nextWords(state).join('; ') : '' },
    { label: 'Needs you', text: neededWords(state, now).join('; ') },
  ];
  const said = steps.filter(({ text }) => text !== '').map(({ label, text }) => ({ label, text: `${text}.` }));
  return said.length === 0 ? [{ label: 'Now', text: 'the next step is being prepared.' }] : said;
}

function nowWords(state: Orchestration): readonly string[] {
  const landing = state.tasks.filter((task) => task.status === 'validation_passed' && task.landing.state === 'sent');
  const working = state.tasks.filter(occupiesSlot);
  const opening = state.tasks.filter((task) => task.status === 'processing' && !occupiesSlot(task));
  const checked = state.tasks.filter(({ status }) => status === 'pr_created' || status === 'validation_running');
  return [
    landing.length === 0 ? '' : `${list(landing)} ${is(landing)} landing`,
    working.length === 0 ? '' : `${count(working.length, 'agent works', 'agents work')} on ${list(working)}`,
    opening.length === 0 ? '' : `the pull request of ${list(opening)} is being opened`,
    checked.length === 0 ? '' : `checks run for ${list(checked)}`,
  ].filter((part) => part !== '');
}

function nextWords(state: Orchestration): readonly string[] {
  const pausing = state.tasks.filter((task) => task.status === 'failed' && task.retryAt !== null);
  const waiting = state.tasks.filter((task) => task.status === 'dependency_resolution' && !isHopeless(state, task));
  const after = waiting.filter((task) => openNeeds(state, task).length > 0);
  const [soonest] = [...after].sort((a, b) => openNeeds(state, a).length - openNeeds(state, b).length);
  const outside = outsideWaits(state).filter(({ issue }) => issue.state === null || issue.state === 'open');
  const free = waiting.filter((task) => !after.includes(task) && openOutside(state, task, 'needs').length === 0);
  const queued = free.length;
  return [
    pausing.length === 0 ? '' : `${list(pausing)} ${is(pausing)} tried again after a short pause`,
    queued === 0 ? '' : `${count(queued, 'task starts', 'tasks start')} as soon as an agent is free`,
    soonest === undefined
      ? ''
      : `${nameOf(soonest)} starts when ${listOf(openNeeds(state, soonest))} ${openNeeds(state, soonest).length === 1 ? 'has' : 'have'} landed`,
    ...outside.slice(0, named).map(({ issue, tasks }) => {
      const who = issue.whole ? 'everything' : list(tasks);
      const how = issue.whole || tasks.length === 1 ? 'waits' : 'wait';
      return `${who} ${how} for ${outsideName(state, issue)}, which ${outsideStanding(issue)}`;
    }),
    after.length < 2 ? '' : `${count(after.length - 1, 'more task waits', 'more tasks wait')} for others`,
  ].filter((part) => part !== '');
}

function neededWords(state: Orchestration, now: number): readonly string[] {
  const kinds = (task: Task): readonly string[] => landBlockers(state, task, now).map(({ kind }) => kind);
  const ready = state.tasks.filter((task) => task.status === 'validation_passed' && !kinds(task).includes('edge'));
  const unmerged = ready.filter((task) => kinds(task).includes('merge-policy'));
  const unverified = ready.filter((task) => kinds(task).includes('unverified'));
  const failed = state.tasks.filter((task) => task.status === 'failed' && task.retryAt === null);
  const reopened = state.tasks.filter(isReopened);
  const edited = changeToApprove(state);
  if (state.pausedBy !== null)
    return [`${oneLine(state.pausedBy)} paused it: nothing new starts and nothing lands until \`/muster resume\``];
  const behind = state.tasks.filter((task) => !isOver(task) && isHopeless(state, task)).length;
  const held = behind === 0 ? '' : ` (${count(behind, 'task waits', 'tasks wait')} for that)`;
  const byReview = state.plan?.policy.merge === 'on-approval';
  return [
    edited,
    checkInsInShort(state),
    ...outsideNeeded(state),
    reopened.length === 0
      ? ''
      : `${list(reopened)} ${reopened.length === 1 ? 'was' : 'were'} opened again; \`/muster retry\` with the number starts it as new work`,
    unmerged.length === 0
      ? ''
      : `${list(unmerged)} ${is(unmerged)} ready: ${byReview ? 'approve the pull request, or comment' : 'merge the pull request, or comment'} \`/muster merge\``,
    unverified.length === 0 ? '' : `nothing has checked ${list(unverified)}; have a look, then \`/muster merge\``,
    failed.length === 0
      ? ''
      : `${list(failed)} failed; \`/muster retry\` starts ${failed.length === 1 ? 'it' : 'them'} again${held}`,
  ].filter((part) => part !== '');
}

function outsideNeeded(state: Orchestration): readonly string[] {
  const lost = outsideWaits(state).filter(({ issue }) => issue.state === 'dropped' || issue.state === 'unreadable');
  return lost.slice(0, named).map(({ issue, tasks }) => {
    const who = issue.whole ? 'everything' : list(tasks);
    const how = issue.whole || tasks.length === 1 ? 'waits' : 'wait';
    const drop = issue.whole ? '' : ', or drop what waits with `/muster cancel #n`';
    return `${who} ${how} for ${outsideName(state, issue)}, which ${outsideStanding(issue)}: take it out of #${state.issue.number}${drop}`;
  });
}

function changeToApprove(state: Orchestration): string {
  const { change } = state.edits;
  if (change === null || change.editor === 'unknown') return '';
  const who = change.by === null ? '' : ` by ${oneLine(change.by)}`;
  return `the list was edited${who} (${changeWords(change)}): \`/muster approve\` takes it as it reads now, \`/muster reject\` keeps to what was approved`;
}

function openNeeds(state: Orchestration, task: Task): readonly string[] {
  const ids = (state.plan?.edges ?? []).filter((edge) => edge.kind === 'needs' && edge.from === task.plan.id);
  return ids.filter(({ to }) => isOpenNeed(state, to)).map(({ to }) => nameOfId(state, to));
}

function isOpenNeed(state: Orchestration, id: string): boolean {
  const task = findTask(state, id);
  return task === undefined || (task.status !== 'merged' && !isWaivedFor(task));
}

function list(tasks: readonly Task[]): string {
  return listOf(tasks.map(nameOf), named);
}

function is(tasks: readonly Task[]): string {
  return tasks.length === 1 ? 'is' : 'are';
}

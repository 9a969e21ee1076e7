import { describe, expect, it } from 'vitest';
import type { CoreCommand, DueCommand } from '../../src/core/commands.ts';
import { react } from '../../src/core/react.ts';
import {
  ask,
  failAttempt,
  landAll,
  linked,
  merge,
  pullSeen,
  refuseMerge,
  running,
  startAgent,
  subIssue,
  taskOf,
  withPull,
} from './scenes.ts';
import { edge, plannedTask, planOf, Stage } from './story.ts';

const pace = { coalesceMs: 1_000 };

function due(stage: Stage, kind: CoreCommand['kind']): readonly DueCommand[] {
  return react(stage.state, pace).filter(({ command }) => command.kind === kind);
}

function kinds(stage: Stage): readonly string[] {
  return [...new Set(stage.commands().map(({ kind }) => kind))];
}

/** The status comment exists and shows everything so far. */
function shown(stage: Stage): Stage {
  const comment = { id: 1, nodeId: 'C', url: '' };
  stage.when({ type: 'status-posted', comment, shown: stage.state.report.due });
  stage.when({ type: 'body-marked', shown: stage.state.report.bodyDue });
  return stage;
}

/** The status comment exists; the body was not marked yet. */
function posted(stage: Stage): Stage {
  stage.when({ type: 'status-posted', comment: { id: 1, nodeId: 'C', url: '' }, shown: stage.state.report.due });
  return stage;
}

function progress(stage: Stage, percent: number, id = 't1'): void {
  stage.when({ type: 'attempt-progressed', task: id, attempt: 1, percent, stage: 'x' });
}

function edited(stage: Stage): void {
  stage.when({ type: 'status-edited', shown: stage.state.report.due });
}

describe('what should be true outside and is not yet', () => {
  it('goes through planning one thing after the other', () => {
    const stage = new Stage();
    stage.requested();
    expect(kinds(stage)).toEqual(['read-plan']);
    stage.when({
      type: 'plan-read',
      repo: stage.state.repo,
      issue: { number: 7, nodeId: 'I', title: '', url: '' },
      requiredChecks: [],
      baseChecks: [],
      plan: { ok: true, plan: planOf(['t1', 't2'], [edge('t2', 't1')]) },
    });
    expect(kinds(stage)).toEqual(['digest-plan']);
    stage.when({ type: 'plan-digested', digest: 'd' });
    expect(kinds(stage)).toEqual(['create-sub-issue']);
    stage.when({ type: 'sub-issue-created', ...subIssue('t1') });
    // edges wait for the last sub-issue, so that they fit into one request; work does not
    expect(kinds(stage)).toEqual(['create-sub-issue', 'run-attempt']);
    stage.when({ type: 'sub-issue-created', ...subIssue('t2') });
    expect(kinds(stage)).toEqual(['add-edge', 'run-attempt']);
    stage.when({ type: 'edge-added', from: 't2', to: 't1' });
    // the comment comes after the last edge
    expect(kinds(stage)).toEqual(['run-attempt', 'post-status']);
  });

  it('an order of landing is ours alone and is not written to GitHub', () => {
    expect(kinds(running(['t1', 't2'], [edge('t2', 't1', 'lands-after')]))).not.toContain('add-edge');
  });

  it('an adopted sub-issue is not made again, and its edges are written', () => {
    const adopts = { number: 55, id: 55, nodeId: 'I_55', url: '' };
    const plan = planOf(['t1', 't2'], [edge('t2', 't1')]);
    const stage = new Stage().planned({ ...plan, tasks: [plannedTask('t1', { adopts }), plannedTask('t2')] });
    expect(stage.commands()).toContainEqual({ kind: 'create-sub-issue', task: 't2', round: 1 });
    linked(stage);
    expect(stage.state.edgesLinked).toEqual(['t2>t1']);
  });

  it('asks for one thing at a time of each task', () => {
    const stage = running(['t1']);
    const ofTask = (): readonly string[] =>
      stage
        .commands()
        .filter((command) => 'task' in command)
        .map(({ kind }) => kind);
    expect(ofTask()).toEqual(['run-attempt']);
    startAgent(stage, 't1');
    expect(ofTask()).toEqual(['run-attempt']);
    withPull(stage, 't1');
    expect(ofTask()).toEqual(['merge-pull']);
    merge(stage, 't1');
    expect(ofTask()).toEqual([]);
  });

  it('is the same however often it is asked', () => {
    const stage = running(['t1', 't2']);
    expect(react(stage.state, pace)).toEqual(react(stage.state, pace));
  });
});

describe('the status comment', () => {
  it('is posted once planning is done, and not before', () => {
    const stage = new Stage().planned(planOf(['t1']));
    expect(due(stage, 'post-status')).toEqual([]);
    linked(stage);
    expect(due(stage, 'post-status')).toHaveLength(1);
    shown(stage);
    expect(due(stage, 'post-status')).toEqual([]);
    const twice = { type: 'status-posted', comment: { id: 2, nodeId: 'C2', url: '' }, shown: 99 } as const;
    expect(stage.when(twice)).toEqual([]);
  });

  it('is not touched while it shows everything', () => {
    expect(due(shown(running(['t1'])), 'edit-status')).toEqual([]);
  });

  it('several changes are one edit, no sooner than the pause after the last one', () => {
    const stage = posted(running(['t1']));
    const postedAt = stage.now;
    stage.now += 10;
    startAgent(stage, 't1');
    progress(stage, 10);
    progress(stage, 20);
    expect(due(stage, 'edit-status')).toMatchObject([
      { command: { kind: 'edit-status', revision: 1 }, notBefore: postedAt + 1_000 },
    ]);
    edited(stage);
    expect(due(stage, 'edit-status')).toEqual([]);
    progress(stage, 30);
    expect(due(stage, 'edit-status')).toMatchObject([{ command: { revision: 2 }, notBefore: stage.now + 1_000 }]);
  });

  it('the more was spent on telling, the longer the pause; more tasks have more to spend', () => {
    const pauses = (tasks: number): readonly number[] => {
      const stage = posted(running(Array.from({ length: tasks }, (_, index) => `t${index + 1}`)));
      startAgent(stage, 't1');
      return Array.from({ length: 12 }, (_, edit) => {
        progress(stage, edit);
        const [next] = due(stage, 'edit-status');
        const pause = (next?.notBefore ?? 0) - stage.state.report.lastEditAt;
        stage.now = next?.notBefore ?? 0;
        edited(stage);
        return pause / 1000;
      });
    };
    const few = pauses(1);
    const many = pauses(20);
    expect(few[0]).toBe(1);
    expect(few).toEqual([...few].sort((a, b) => a - b));
    expect(few.at(-1)).toBeGreaterThanOrEqual(256);
    expect(many.every((pause, edit) => pause <= (few[edit] ?? 0))).toBe(true);
    expect(many.at(-1)).toBeLessThan(few.at(-1) ?? 0);
  });

  it('half an hour in which something changes every second costs less than three edits a task', () => {
    const stage = posted(running(Array.from({ length: 10 }, (_, index) => `t${index + 1}`)));
    startAgent(stage, 't1');
    for (let second = 0; second < 1_800; second++) {
      stage.now += 1_000;
      progress(stage, second % 100);
      if (due(stage, 'edit-status').some(({ notBefore }) => notBefore <= stage.now)) edited(stage);
    }
    expect(stage.state.report.edits).toBeGreaterThan(10);
    expect(stage.state.report.edits).toBeLessThan(30);
  });

  it('at the end it is edited at once', () => {
    const stage = shown(running(['t1']));
    for (let edit = 0; edit < 9; edit++) {
      progress(stage, edit);
      startAgent(stage, 't1');
      edited(stage);
    }
    landAll(stage, 't1');
    expect(stage.state.phase).toBe('finished');
    expect(due(stage, 'edit-status')).toMatchObject([{ notBefore: 0 }]);
  });

  it('an edit that shows less than is shown already is late news', () => {
    const stage = shown(running(['t1']));
    startAgent(stage, 't1');
    const before = stage.state.report.shown;
    expect(stage.when({ type: 'status-edited', shown: before })).toEqual([]);
    edited(stage);
    expect(stage.when({ type: 'status-edited', shown: before + 1 })).toEqual([]);
  });

  it('what changed while the edit was on its way is edited next', () => {
    const stage = shown(running(['t1']));
    startAgent(stage, 't1');
    const rendered = stage.state.report.due;
    progress(stage, 50);
    stage.when({ type: 'status-edited', shown: rendered });
    expect(due(stage, 'edit-status')).toHaveLength(1);
  });

  it('a kept twin is edited anew, whatever it shows', () => {
    const stage = shown(running(['t1']));
    const kept = { type: 'status-kept', comment: { id: 9, nodeId: 'C9', url: '' } } as const;
    stage.when(kept);
    expect(stage.when(kept)).toEqual([]);
    expect(due(stage, 'edit-status')).toHaveLength(1);
  });

  it('facts that nobody would see are no reason to edit', () => {
    const stage = shown(running(['t1'], [], {}, { required: ['ci'] }));
    ask(stage, 'help', { source: 'c9' });
    stage.when({ type: 'reply-posted', source: 'c9' });
    expect(due(stage, 'edit-status')).toEqual([]);
  });
});

describe('the marks in the issue body', () => {
  it('even a single link is written', () => {
    expect(due(posted(running(['t1'])), 'mark-body')).toHaveLength(1);
  });

  it('links come after planning, ticks after each landing; nothing else touches the body', () => {
    const stage = running(['t1', 't2']);
    expect(due(stage, 'mark-body')).toEqual([]);
    stage.when({ type: 'status-posted', comment: { id: 1, nodeId: 'C', url: '' }, shown: stage.state.report.due });
    expect(due(stage, 'mark-body')).toMatchObject([{ command: { revision: 1 } }]);
    stage.when({ type: 'body-marked', shown: stage.state.report.bodyDue });
    withPull(stage, 't1');
    expect(due(stage, 'mark-body')).toEqual([]);
    merge(stage, 't1');
    expect(due(stage, 'mark-body')).toMatchObject([{ command: { revision: 2 } }]);
  });

  it('cost twice as much as an edit, so they wait twice as long', () => {
    const stage = posted(running(['t1', 't2']));
    startAgent(stage, 't1');
    const [edit] = due(stage, 'edit-status');
    const [mark] = due(stage, 'mark-body');
    expect(edit?.notBefore).toBe(stage.state.report.lastEditAt + 1_000);
    expect(mark?.notBefore).toBe(stage.state.report.lastBodyEditAt + 2_000);
    stage.when({ type: 'body-marked', shown: stage.state.report.bodyDue });
    progress(stage, 1);
    landAll(stage, 't2');
    expect(due(stage, 'edit-status')[0]?.notBefore).toBeGreaterThan(edit?.notBefore ?? 0);
  });
});

describe('the end', () => {
  it('is summed up; then the master issue is closed, once all has landed and is ticked', () => {
    const stage = landAll(shown(running(['t1'])), 't1');
    expect(kinds(stage)).toEqual(['edit-status', 'mark-body', 'post-summary']);
    stage.when({ type: 'summary-posted', round: 1 });
    expect(kinds(stage)).toEqual(['edit-status', 'mark-body']);
    stage.when({ type: 'body-marked', shown: stage.state.report.bodyDue });
    expect(kinds(stage)).toEqual(['edit-status', 'close-master']);
    stage.when({ type: 'master-closed' });
    edited(stage);
    expect(kinds(stage)).toEqual([]);
    expect(stage.when({ type: 'master-closed' }, { type: 'summary-posted', round: 1 })).toEqual([]);
  });

  it('the master issue is closed although its ticks could not be written', () => {
    const stage = landAll(shown(running(['t1'])), 't1');
    stage.when({ type: 'summary-posted', round: 1 });
    const [mark] = due(stage, 'mark-body');
    expect(kinds(stage)).not.toContain('close-master');
    const gone = { kind: 'mark-body', task: null, message: 'locked' } as const;
    stage.when({ type: 'command-gave-up', key: 'of an earlier edit', ...gone });
    expect(kinds(stage)).not.toContain('close-master');
    stage.when({ type: 'command-gave-up', key: mark?.key ?? '', ...gone });
    expect(kinds(stage)).toContain('close-master');
  });

  it('an edit that was refused is not repeated; the next change worth showing is shown', () => {
    const stage = shown(running(['t1', 't2']));
    startAgent(stage, 't1');
    const [edit] = due(stage, 'edit-status');
    const { due: seen } = stage.state.report;
    stage.when({ type: 'command-gave-up', key: edit?.key ?? '', kind: 'edit-status', task: null, message: 'locked' });
    expect(stage.state.report).toMatchObject({ shown: seen + 1, due: seen + 1 });
    expect(due(stage, 'edit-status')).toEqual([]);
    landAll(stage, 't1');
    const [next] = due(stage, 'edit-status');
    expect(next?.key).not.toBe(edit?.key);
  });

  it('the master issue stays open while something has not landed', () => {
    const stage = shown(running(['t1', 't2']));
    landAll(stage, 't1');
    failAttempt(stage, 't2', 'timeout');
    stage.when({ type: 'summary-posted', round: 1 }, { type: 'body-marked', shown: stage.state.report.bodyDue });
    expect(stage.state.phase).toBe('finished');
    expect(kinds(stage)).not.toContain('close-master');
  });

  it('what was cancelled before its sub-issues existed leaves no status comment behind', () => {
    const stage = new Stage().planned(planOf(['t1']));
    ask(stage, 'cancel', { source: 'c9' });
    expect(kinds(stage)).toEqual(['post-reply']);
  });

  it('what was cancelled is shown, not summed up', () => {
    const stage = shown(running(['t1']));
    ask(stage, 'cancel', { source: 'c9' });
    expect(kinds(stage)).toEqual(['post-reply', 'edit-status']);
  });
});

describe('clocks', () => {
  const wakes = (stage: Stage): readonly number[] => due(stage, 'wake').map(({ notBefore }) => notBefore);

  it('a pause before a retry and a pause before a landing both wake', () => {
    const stage = withPull(running(['t1', 't2']), 't1');
    refuseMerge(stage, 't1', 'checks');
    failAttempt(stage, 't2');
    const retry = taskOf(stage, 't2');
    if (retry.status !== 'failed') throw new Error('it failed');
    expect(wakes(stage)).toEqual([stage.now + 2_000, retry.retryAt]);
  });

  it('one that has run out and still waits for something else does not hide a later one', () => {
    const stage = withPull(running(['t1', 't2'], [], { merge: 'on-approval', retryDelaySeconds: 60 }), 't1');
    pullSeen(stage, 't1', { reviewed: 'approved' });
    refuseMerge(stage, 't1', 'checks');
    pullSeen(stage, 't1', { reviewed: 'changes_requested' });
    failAttempt(stage, 't2');
    const retry = taskOf(stage, 't2');
    if (retry.status !== 'failed') throw new Error('it failed');
    stage.now += 30_000;
    stage.when({ type: 'tick' });
    expect(wakes(stage)).toContain(retry.retryAt);
  });

  it('nothing wakes when nothing pauses, or when it is over', () => {
    const stage = running(['t1']);
    expect(wakes(stage)).toEqual([]);
    failAttempt(stage, 't1');
    ask(stage, 'cancel');
    expect(wakes(stage)).toEqual([]);
  });
});

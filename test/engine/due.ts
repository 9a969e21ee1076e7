/** Given: a bench on which one command of a kind is due. */
import type { CoreCommand } from '../../src/core/commands.ts';
import { commandKey } from '../../src/core/commands.ts';
import type { Signal } from '../../src/core/signals.ts';
import type { Effect } from '../../src/engine/ports.ts';
import { deliver, failAttempt, running, subIssue as subIssueOf, withPull } from '../core/scenes.ts';
import { edge, planOf, Stage } from '../core/story.ts';
import type { Bench } from './ports.ts';
import { bench } from './ports.ts';

/** Kinds of commands, and what each is on the wire. */
export const onTheWire = {
  'create-sub-issue': 'create-sub-issue',
  'add-edge': 'add-edge',
  'post-status': 'create-comment',
  'open-pull': 'open-pull',
  'merge-pull': 'merge-pull',
  'open-diagnostic': 'create-issue',
  'edit-status': 'edit-comment',
  'read-plan': 'read-plan',
} as const satisfies Readonly<Record<string, Effect['kind']>>;

export type Wanted = keyof typeof onTheWire;

/** One sub-issue is to be made. */
export function planned(ids: readonly string[] = ['t1']): Stage {
  return new Stage().planned(planOf(ids));
}

export function withStatus(stage: Stage): Stage {
  stage.when({ type: 'status-posted', comment: { id: 1, nodeId: 'C', url: '' }, shown: stage.state.report.due });
  return stage;
}

export const subIssue: CoreCommand = { kind: 'create-sub-issue', task: 't1', round: 1 };
export const openPull: CoreCommand = { kind: 'open-pull', task: 't1', attempt: 1 };
const mergePull: CoreCommand = { kind: 'merge-pull', task: 't1', round: 1, number: 201, sha: 't1-1' };
const addEdge: CoreCommand = { kind: 'add-edge', from: 't2', to: 't1' };
export const editStatus: CoreCommand = { kind: 'edit-status', revision: 1 };

/** Which commands a test carries out, and a stage that wants them. */
const wanting: Readonly<Record<Wanted, readonly [CoreCommand, () => Stage]>> = {
  'create-sub-issue': [subIssue, () => planned()],
  'add-edge': [
    addEdge,
    () => {
      const stage = new Stage().planned(planOf(['t1', 't2'], [edge('t2', 't1')]));
      stage.when(...['t1', 't2'].map((task) => ({ type: 'sub-issue-created', ...subIssueOf(task) }) as const));
      return stage;
    },
  ],
  'post-status': [{ kind: 'post-status' }, () => running(['t1'])],
  'open-pull': [
    openPull,
    () => {
      const stage = running(['t1']);
      deliver(stage, 't1');
      return stage;
    },
  ],
  'merge-pull': [mergePull, () => withPull(running(['t1']), 't1')],
  'open-diagnostic': [
    { kind: 'open-diagnostic', task: 't1', fingerprint: '' },
    () => {
      const stage = running(['t1']);
      failAttempt(stage, 't1', 'timeout');
      return stage;
    },
  ],
  'edit-status': [
    editStatus,
    () => {
      const stage = withStatus(running(['t1']));
      stage.when({ type: 'body-marked', shown: stage.state.report.bodyDue });
      failAttempt(stage, 't1');
      return stage;
    },
  ],
  'read-plan': [{ kind: 'read-plan' }, () => new Stage().requested()],
};

/** A bench on which this kind of command is due. `commandRow` is its row in the store. */
export async function due(kind: Wanted): Promise<{
  at: Bench;
  key: string;
  command: CoreCommand;
  full: string;
  row: () => ReturnType<Bench['store']['command']>;
}> {
  const at = bench();
  const [named, scene] = wanting[kind];
  const stage = scene();
  const command = stage.commands().find((one) => one.kind === kind) ?? named;
  const key = await at.place(stage);
  const full = commandKey(stage.state, command);
  return { at, key, command, full, row: () => at.store.command(full) };
}

export function sorts(signals: readonly Signal[]): readonly string[] {
  return signals.map((signal) => signal.type);
}

/** What the operator asks on the machine itself: heard like a comment, without asking GitHub who that is. */
import type { Repository, SpokenCommand } from '../core/model.ts';
import type { Pace } from '../core/react.ts';
import { type Asking, address } from './intake.ts';

export interface OperatorAsks {
  readonly repo: Repository;
  /** The master issue. */
  readonly issue: number;
  /** Unique per question. */
  readonly source: string;
  readonly by: string;
  readonly command: SpokenCommand;
}

/** Returns the key of the orchestration that was told, or made; whoever works on it takes it from there. */
export async function askAsOperator(
  ports: Asking,
  pace: Pace,
  { repo, issue, source, by, command }: OperatorAsks,
): Promise<string> {
  const signal = { type: 'asked', source, issue, by, at: ports.now(), command, operator: true } as const;
  const told = await address(ports, pace, [{ repo, signal }], source);
  const key = told[0]?.orchestration ?? (await bornBy(ports, repo, source));
  // what was born has heard it already, and looks at it now
  const look = { orchestration: key, source: `${source}.look`, signal: { type: 'tick' } as const };
  await ports.store.addSignals([...told, look]);
  ports.queue.enqueue([`advance.${key}`]);
  return key;
}

async function bornBy({ store }: Asking, { owner, name }: Repository, source: string): Promise<string> {
  for (const { key } of await store.findOrchestrations({ owner, name, live: true })) {
    const state = await store.loadState(key);
    if (state?.requests.some((request) => request.source === source)) return key;
  }
  throw new Error('the question was lost on its way');
}

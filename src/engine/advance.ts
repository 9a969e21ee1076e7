/** Advances one orchestration: its waiting signals are folded in one transaction, and what is due is woken. */
import type { Pace } from '../core/react.ts';
import type { Ports } from './ports.ts';
import { takeStep } from './step.ts';

export async function advance(ports: Ports, pace: Pace, key: string): Promise<void> {
  const due = await ports.store.advance(key, (state, signals) => takeStep(state, signals, ports.now, pace));
  if (due !== null) ports.queue.enqueue(due);
}

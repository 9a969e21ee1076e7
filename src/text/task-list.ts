/** Which list of an issue holds its tasks: the boxes, or, where somebody said so, the entries of a list without any. */
import type { Flags } from '../core/model.ts';
import type { PlanWarning } from '../core/plan.ts';
import { parseChecklist } from './checklist.ts';
import type { Checklist } from './checklist-model.ts';
import type { MarkedItems } from './item-overrides.ts';
import { offerFrom } from './offered-list.ts';
import { asListWarning } from './plan-problems.ts';

export interface TaskList {
  readonly checklist: Checklist;
  /** The text that it is about: with `--as-list`, each entry has a box. */
  readonly body: string;
  readonly listed: readonly PlanWarning[];
}

/** `known`: numbers of the sub-issues. In a list that is worked on, one last entry is a list too. */
export function readTasks(
  input: {
    readonly body: string;
    readonly flags: Flags;
    readonly rereading?: boolean;
    readonly marked?: readonly MarkedItems[] | undefined;
  },
  known: ReadonlySet<number> = new Set(),
): TaskList {
  const { body, flags, rereading, marked = [] } = input;
  const checklist = parseChecklist(body, known, marked);
  if (flags.asList !== true) return { checklist, body, listed: [] };
  const offer = offerFrom(body, checklist, rereading === true ? 1 : 2);
  if (offer === null) return { checklist, body, listed: checklist.items.length === 0 ? [] : [asListWarning(null)] };
  return { checklist: parseChecklist(offer.body, known, marked), body: offer.body, listed: [asListWarning(offer)] };
}

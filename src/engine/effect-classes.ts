/** What repeating an effect would do, which decides how it is repeated (research: effectively once). */
import type { Effect } from './ports.ts';

/**
 * `unique`: GitHub itself refuses or recognises a second one. `not-unique`: a second try would make a twin, so look
 * first, and once more later. `repeatable`: set semantics or a read; simply again.
 */
export type EffectClass = 'unique' | 'not-unique' | 'repeatable';

export function classOf(effect: Effect): EffectClass {
  switch (effect.kind) {
    case 'create-sub-issue':
    case 'create-comment':
    case 'create-issue':
      return 'not-unique';
    case 'open-pull':
    case 'merge-pull':
    case 'add-edge':
      return 'unique';
    case 'check-permission':
    case 'read-plan':
    case 'edit-comment':
    case 'mark-body':
    case 'edit-issue':
    case 'react':
      return 'repeatable';
  }
}

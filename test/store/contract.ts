import type { OpenDatabase } from '../../src/store/open-database.ts';
import { describeBudget } from './contract-budget.ts';
import { describeClaims } from './contract-claims.ts';
import { describeFigures } from './contract-figures.ts';
import { describeHistory } from './contract-history.ts';
import { describeInbox } from './contract-inbox.ts';
import { describeNotes } from './contract-notes.ts';
import { describeProjections } from './contract-projections.ts';
import { describeSlots } from './contract-slots.ts';
import { describeTurns } from './contract-turns.ts';
import { describeWantedCommands } from './contract-wanted.ts';

/** What a store must do on every database. `open` gives an open one with the current schema. */
export function describeStoreContract(name: string, open: () => Promise<OpenDatabase>): void {
  describeInbox(name, open);
  describeHistory(name, open);
  describeWantedCommands(name, open);
  describeClaims(name, open);
  describeProjections(name, open);
  describeFigures(name, open);
  describeSlots(name, open);
  describeTurns(name, open);
  describeBudget(name, open);
  describeNotes(name, open);
}

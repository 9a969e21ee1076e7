/** What a checklist is made of, as read from an issue's body. */
import type { Heading, Paragraph } from 'mdast';
import type { PlanProblem } from '../core/model.ts';
import type { WorkKind } from './work-kind.ts';

/** One checkbox. `index` counts all checkboxes of the body in document order, from 0. */
export interface ChecklistItem {
  readonly index: number;
  /** Plain words of the item's first paragraph. */
  readonly title: string;
  readonly checked: boolean;
  /** Innermost heading above it. */
  readonly section: string | null;
  /** All headings it stands under, outermost first. */
  readonly headings: readonly string[];
  /** The bold line or introducing paragraph directly above its list. */
  readonly lead: string | null;
  /** Nesting of its list, plain bullets included; 0 = top. */
  readonly depth: number;
  /** Nearest checkbox it is nested under. */
  readonly parentIndex: number | null;
  /** A group has checkboxes below it and is no work of its own. */
  readonly role: 'leaf' | 'group';
  readonly struck: boolean;
  /** True when the item is work to be handed out; otherwise `reason` says why not. */
  readonly dispatch: boolean;
  readonly reason: string | null;
  readonly refs: readonly string[];
  /** Items it waits for by its author's words; see `dependencies`. */
  readonly dependsOn: readonly number[];
  /** 1-based. */
  readonly line: number;
  /** Markdown of the item with its plain child bullets, without its sub-checkboxes, comments and the box. */
  readonly text: string;
  /** Range between the brackets of the box; empty for `[]`. */
  readonly box: { readonly start: number; readonly end: number };
  /** Offset just behind the item's first paragraph. */
  readonly end: number;
  /** Names its author gave it: bold or code words of the title. */
  readonly names: readonly string[];
  /** The box is one that GitHub does not render. */
  readonly malformed: boolean;
}

export interface ChecklistWarning {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** `from` waits for `to`, both indices of items; a group stands for all its leaves. */
export interface ItemDependency {
  readonly from: number;
  readonly to: number;
  readonly kind: 'needs' | 'lands-after';
  /** `ref`: a number, reference or id says so. `prose`: a title or name does. `phase`: its author says that one part follows another. */
  readonly basis: 'ref' | 'prose' | 'phase';
  readonly source: string;
  readonly line: number;
}

/** Words that name a dependency which is none of the items. */
export interface MissingDependency {
  readonly from: number;
  readonly words: string;
  readonly line: number;
  /** They plainly name an item of this list that does not exist, rather than something outside. */
  readonly strict: boolean;
}

/** An issue or pull request that is none of the items and is waited for. `from` null: by the whole issue. */
export interface OutsideDependency {
  readonly from: number | null;
  /** `#12` or `owner/repo#12`. */
  readonly reference: string;
  readonly kind: 'needs' | 'lands-after';
  readonly source: string;
  readonly line: number;
}

export interface Checklist {
  readonly items: readonly ChecklistItem[];
  readonly dependencies: readonly ItemDependency[];
  readonly unresolved: readonly MissingDependency[];
  readonly outside: readonly OutsideDependency[];
  readonly warnings: readonly ChecklistWarning[];
  readonly acceptance: readonly string[];
  /** What the `muster` block says of items that are not there. */
  readonly problems: readonly PlanProblem[];
}

/** Everything known about an item before dependencies are read. */
export interface ReadItem extends Omit<ChecklistItem, 'dependsOn'> {
  readonly kind: WorkKind;
  readonly acceptance: boolean;
  /** Its author said that it is work, or that it is not. */
  readonly overridden: boolean;
  /** The list it stands in; items of one list have one number. */
  readonly list: number;
  /** Headings, leads and plain bullets it stands under, by index in `ChecklistSource.sections`. */
  readonly sections: readonly number[];
  /** Paragraphs whose words may state dependencies: the title first, then those of its plain child bullets. */
  readonly paragraphs: readonly Paragraph[];
}

/** Words outside the items that may state dependencies. */
export interface Statement {
  readonly words: Paragraph | Heading;
  /** The section it is said of when it names no subject; null for the whole issue. */
  readonly section: number | null;
}

/** A row of a table with the column that names what it waits for. */
export interface BlockerRow {
  /** What the row is about, most telling cell first. */
  readonly subjects: readonly string[];
  readonly blockers: string;
  readonly line: number;
}

/** Everything of a body that may state dependencies. */
export interface ChecklistSource {
  readonly items: readonly ReadItem[];
  /** Headings, leads and plain bullets that stand over items or could. */
  readonly sections: readonly string[];
  readonly statements: readonly Statement[];
  readonly rows: readonly BlockerRow[];
}

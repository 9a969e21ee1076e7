/**
 * Is this checkbox work for an agent? Lists also hold acceptance criteria, attestations, choices, reporter settings,
 * bot switches and steps only a human may take. Where the words say so, the item is listed and not handed out, unless
 * its author says otherwise in the item: `<!-- muster: run -->`, `<!-- muster: skip -->`.
 */
import { findPhrases } from './dependency-phrases.ts';
import {
  acceptanceWords,
  asksToMake,
  attestationPlaces,
  attestationTitles,
  blockerPlaces,
  botItemTitle,
  botPlaces,
  botTitles,
  choicePlaces,
  choiceTitles,
  firstPerson,
  humanPlaces,
  humanTitles,
  optionPlaces,
  questionPlaces,
  questionTitles,
  releaseLists,
  releasePlaces,
  reviewPlaces,
  settingsPlaces,
  settingsTitles,
  stateTitles,
  testPlaces,
} from './kind-words.ts';

export type WorkKind =
  | 'work'
  | 'group'
  | 'done'
  | 'struck'
  | 'unclear'
  | 'acceptance'
  | 'bot'
  | 'attestation'
  | 'choice'
  | 'settings'
  | 'human'
  | 'question'
  | 'dependency'
  | 'skipped';

export interface Verdict {
  readonly kind: WorkKind;
  /** In words that follow "left out:"; null for work. */
  readonly reason: string | null;
}

export type Override = 'run' | 'skip';

export interface ItemFacts {
  readonly title: string;
  /** Headings above it, outermost first. */
  readonly headings: readonly string[];
  readonly lead: string | null;
  readonly parent: {
    readonly title: string;
    readonly kind: WorkKind;
    readonly acceptance: boolean;
    readonly struck: boolean;
  } | null;
  /** Plain bullets around it that are no boxes, outermost first. */
  readonly containers: readonly string[];
  readonly checked: boolean;
  readonly struck: boolean;
  readonly unclear: boolean;
  /** What its author says of it or of what it stands in. */
  readonly override: Override | null;
}

/** Acceptance criteria belong to the issue as a whole; they are shown to every agent, not handed out one by one. */
export function isAcceptance(item: ItemFacts): boolean {
  if (item.override !== null) return false;
  return (
    [...item.headings, item.lead ?? '', ...item.containers].some((words) => acceptanceWords.test(words)) ||
    item.parent?.acceptance === true ||
    (!asksToMake(item.title) &&
      placesOf(...item.headings, leadWords(item.lead)).some((words) => testPlaces.test(words))) ||
    (item.parent !== null && acceptanceWords.test(item.parent.title) && item.parent.title.length <= 60)
  );
}

const work: Verdict = { kind: 'work', reason: null };

/** What an item without sub-items is. */
export function judgeWork(item: ItemFacts): Verdict {
  if (item.checked) return { kind: 'done', reason: 'already ticked' };
  if (item.struck || item.parent?.struck === true) return { kind: 'struck', reason: 'struck through' };
  if (item.override === 'skip') return { kind: 'skipped', reason: 'its author says so (muster: skip)' };
  if (item.override === 'run') return work;
  if (item.unclear) return { kind: 'unclear', reason: 'the mark in its box is neither empty nor an x' };
  if (isAcceptance(item)) return { kind: 'acceptance', reason: 'an acceptance criterion of the whole issue' };
  return notForAgents(item) ?? work;
}

function notForAgents(item: ItemFacts): Verdict | null {
  const place = item.headings.at(-1) ?? '';
  const near = placesOf(place, leadWords(item.lead), ...item.containers, item.parent?.title ?? '');
  const around = placesOf(...item.headings);
  const { title } = item;
  const stands = (pattern: RegExp): boolean => near.some((words) => pattern.test(words));
  const within = (pattern: RegExp): boolean => stands(pattern) || around.some((words) => pattern.test(words));
  if (botTitles.test(title) || stands(botPlaces) || (botItemTitle.test(title) && !stands(/task|todo|work/i)))
    return { kind: 'bot', reason: 'a switch of a bot' };
  if (
    attestationTitles.test(title) ||
    (within(attestationPlaces) && (firstPerson.test(title) || (stateTitles.test(title) && !asksToMake(title))))
  )
    return { kind: 'attestation', reason: 'a statement of its author, not work' };
  if (within(reviewPlaces)) return { kind: 'attestation', reason: 'a check before a review or a release, not work' };
  if (
    within(choicePlaces) ||
    placesOf(place, leadWords(item.lead)).some((words) => optionPlaces.test(words)) ||
    choiceTitles.test(title)
  )
    return { kind: 'choice', reason: 'a choice to be made, not work' };
  if ((stands(settingsPlaces) && !asksToMake(title)) || settingsTitles.test(title))
    return { kind: 'settings', reason: 'information about a system, not work' };
  if (stands(releasePlaces) || within(releaseLists) || humanTitles.test(title))
    return { kind: 'human', reason: 'a release or approval step for a human' };
  if (stands(humanPlaces)) return { kind: 'human', reason: 'a step that its heading keeps for a human' };
  if (stands(questionPlaces) || questionTitles.test(title))
    return { kind: 'question', reason: 'an open question, not work' };
  if (isDependency(title) || (blockerPlaces.test(place) && /^(?:[\w.-]+\/[\w.-]+)?#\d|^https?:\/\/\S+$/.test(title)))
    return { kind: 'dependency', reason: 'it states what the list waits for' };
  return null;
}

/** Nothing but "blocked on X", perhaps with a reason: of weak words only with references. */
function isDependency(title: string): boolean {
  const [phrase] = findPhrases(title);
  if (phrase?.index !== 0 || phrase.direction === 'blocks') return false;
  const whole = title.slice(phrase.end).trim().length <= 1;
  if (phrase.strength === 'strong') {
    const reasoned = whole || /^\s*[([—–:-]/.test(title.slice(phrase.end));
    return reasoned && /^(?:\S+$|(?:[\w.-]+\/[\w.-]+)?#\S+\s?(?:$|[([:：—–]))|#\d+$/.test(phrase.operands);
  }
  const references = /^(?:(?:[\w.-]+\/[\w.-]+)?#\d+|https?:\/\/\S+|[\s,、&]|and|und|et|y|e|и|dan)+[.!]?$/i;
  return whole && references.test(phrase.operands);
}

const numbering =
  /^[^\p{L}\p{N}]*(?:(?:step|phase|part|stage|schritt|teil|étape|partie|paso|etapa|passo|fase|шаг|этап|фаза|langkah|tahap|ステップ|フェーズ|단계|阶段|步骤)\s?\d+(?:\.\d+)*\s?[:：.)–—-]\s*|\d+(?:\.\d+)*[.):：、]?\s+|[A-Z][.)]\s)/iu;

/** What is longer names no list. */
const longestPlace = 200;

/** Headings as they stand, and without the number before them and the remark in brackets behind. */
function placesOf(...headings: readonly string[]): readonly string[] {
  return headings.flatMap((words) => {
    if (words.length > longestPlace) return [];
    const bare = words
      .replace(numbering, '')
      .replace(/\s*[(（[【][^)）\]】]{0,80}[)）\]】][^\p{L}\p{N}]*$/u, '')
      .trim();
    return bare === words || bare === '' ? [words] : [words, bare];
  });
}

/** Only a short lead names a list; a whole sentence above it is prose. */
function leadWords(lead: string | null): string {
  return lead !== null && lead.length <= 60 ? lead : '';
}

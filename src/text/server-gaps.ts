/** What a server that speaks GitHub's API may lack, and how Muster does without: for the status comment and the log. */
import { bullets, details } from './markdown.ts';

export type ServerGap =
  | 'graphql'
  | 'graphql-parts'
  | 'sub-issues'
  | 'dependencies'
  | 'closing-words'
  | 'three-way-merge'
  | 'git-http'
  | 'check-runs'
  | 'commit-statuses'
  | 'reviews';

/** In the order in which they are told. */
const words: Readonly<Record<ServerGap, string>> = {
  graphql: 'No GraphQL: everything is asked and written one by one over REST, which takes more requests and time.',
  'graphql-parts': 'GraphQL lacks fields that Muster uses: those questions go over REST, with more requests.',
  'sub-issues': 'No sub-issues: each task is a plain issue, linked from the list in the master issue.',
  dependencies: 'No issue dependencies: what a task needs stands as "Needs #n" in its issue.',
  'closing-words': 'Merging closes no issues: Muster closes the issue of each task it lands.',
  'three-way-merge':
    'Merging forgets what landed since the pull request was opened: Muster puts it back, file by file, after each merge.',
  'git-http': 'No git over HTTP: branches travel through the git data API, which suits small repositories only.',
  'check-runs': 'Check runs cannot be read: only commit statuses count.',
  'commit-statuses': 'Commit statuses cannot be read: only check runs count.',
  reviews: 'Reviews cannot be read: an approval has to be given as a comment with `/muster merge`.',
};

export function isServerGap(word: string): word is ServerGap {
  return Object.hasOwn(words, word);
}

export function gapWords(gap: ServerGap): string {
  return words[gap];
}

/** One folded block for the status comment; null where nothing is missing. */
export function renderGaps(gaps: readonly ServerGap[]): string | null {
  if (gaps.length === 0) return null;
  const known = (Object.keys(words) as ServerGap[]).filter((gap) => gaps.includes(gap));
  return details(
    `What this GitHub server does not offer, and how Muster does without: ${known.length}`,
    bullets(known.map((gap) => words[gap])),
  );
}

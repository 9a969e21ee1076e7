/** Answers kept; the oldest are asked anew. */
const MOST_ANSWERS = 5_000;

const answers = new Map<string, Promise<unknown>>();

/**
 * What git says about full commit ids never changes, so it is asked once. A question with any other name in it (a
 * branch moves) is asked each time. Answers are shared: nobody may change one.
 */
export function askOnce<T>(
  gitDir: string,
  question: string,
  names: readonly string[],
  ask: () => Promise<T>,
): Promise<T> {
  if (!names.every(isLasting)) return ask();
  const key = `${gitDir}\0${question}\0${names.join('\0')}`;
  const known = answers.get(key);
  if (known !== undefined) return known as Promise<T>;
  const answer = ask();
  answers.set(key, answer);
  // a failure says nothing for ever
  answer.catch(() => answers.delete(key));
  for (const oldest of answers.keys()) {
    if (answers.size <= MOST_ANSWERS) break;
    answers.delete(oldest);
  }
  return answer;
}

/** A full id, a range of two, or an option that names nothing. */
function isLasting(name: string): boolean {
  return /^(?:[0-9a-f]{40}(?:\.{2,3}[0-9a-f]{40})?|--reverse|--no-merges|--not)$/.test(name);
}

/** As many REST questions under way together; GitHub allows a hundred of everybody's. */
const AT_ONCE = 5;

/** `work` over all items, a few at a time, answers in order. Rejects with the first failure. */
export async function someAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE)
    answers.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  return answers;
}

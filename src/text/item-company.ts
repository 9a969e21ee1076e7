/**
 * What an item is often shows only in the company it keeps: among the steps of a release, in a list whose items all say
 * what is so in the end, among the choices of a template.
 */
import type { ReadItem } from './checklist-model.ts';
import { attestationPlaces, attestationTitles, workPlaces } from './kind-words.ts';
import { optionOf, saysItIsSo, tellsToDo } from './state-words.ts';
import type { Verdict } from './work-kind.ts';

const step: Verdict = { kind: 'human', reason: 'it stands among steps for a human' };
const check: Verdict = { kind: 'attestation', reason: 'it stands in a list of what is so in the end, not of work' };
const question: Verdict = { kind: 'question', reason: 'it stands among open questions' };
const choice: Verdict = { kind: 'choice', reason: 'a choice to be made, not work' };

/** Judges items that look like work once more, list by list. What an item says of itself by `muster: run` stays. */
export function judgeByCompany(items: readonly ReadItem[]): readonly ReadItem[] {
  const lists = new Map<string, ReadItem[]>();
  for (const item of items) {
    const known = lists.get(placeOf(item));
    if (known === undefined) lists.set(placeOf(item), [item]);
    else known.push(item);
  }
  const template = [...lists.values()].some(offersChoices);
  const verdicts = new Map<string, Verdict>();
  for (const [place, list] of lists) {
    const verdict = verdictOf(list, template);
    if (verdict !== null) verdicts.set(place, verdict);
  }
  if (verdicts.size === 0) return items;
  return items.map((item) => {
    const verdict = verdicts.get(placeOf(item));
    if (verdict === undefined || item.kind !== 'work' || item.overridden) return item;
    // what is to be made is work even among checks, but no template asks for it
    if (verdict === check && !template && tellsToDo(item.title)) return item;
    return { ...item, ...verdict, dispatch: false };
  });
}

function placeOf({ headings, lead }: ReadItem): string {
  // their beginnings tell them apart; a heading may be as long as the body
  return JSON.stringify([headings.map((words) => words.slice(0, 100)), lead?.slice(0, 200)]);
}

function verdictOf(list: readonly ReadItem[], template: boolean): Verdict | null {
  if (stepsAmong(list)) return step;
  if (list.some(({ headings, lead }) => workPlaces.test(lead ?? '') || workPlaces.test(headings.at(-1) ?? '')))
    return null;
  if (offersChoices(list)) return choice;
  if (questionsAmong(list)) return question;
  return checksAmong(list, template) ? check : null;
}

/** A release is a procedure: in a list with several steps of one, the others are steps of it too. */
function stepsAmong(list: readonly ReadItem[]): boolean {
  const steps = list.filter(({ kind }) => kind === 'human').length;
  const open = list.filter(({ kind }) => kind === 'human' || kind === 'work').length;
  return steps >= 3 && steps * 5 >= open * 2;
}

/** Two known choices, and not much else. "Docs" and "tests" alone may be work. */
function offersChoices(list: readonly ReadItem[]): boolean {
  const leaves = list.filter(({ role }) => role === 'leaf');
  const options = leaves.map(({ title }) => optionOf(title)).filter((option) => option !== null);
  if (options.length > 0 && options.length === leaves.length && !options.includes('likely')) return true;
  return options.length >= 2 && options.length * 2 >= leaves.length && options.includes('sure');
}

/** One item with a question mark may be work that somebody doubts; a list of them is none. */
function questionsAmong(list: readonly ReadItem[]): boolean {
  const leaves = list.filter(({ role }) => role === 'leaf');
  const asked = leaves.filter(({ title }) => /[?？](?:\s?[(（][^)）]{0,80}[)）])?$/.test(title)).length;
  return asked >= 2 && asked * 5 >= leaves.length * 3;
}

function checksAmong(list: readonly ReadItem[], template: boolean): boolean {
  const open = list.filter(({ role, checked, struck }) => role === 'leaf' && !checked && !struck);
  const made = open.filter(({ title }) => tellsToDo(title)).length;
  const so = open.filter(
    ({ title, kind }) =>
      kind === 'attestation' || attestationTitles.test(title) || (saysItIsSo(title) && !tellsToDo(title)),
  ).length;
  const [first] = open;
  const listed =
    first !== undefined &&
    [first.headings.at(-1) ?? '', first.lead ?? ''].some((words) => attestationPlaces.test(words));
  if (listed && (template || (so >= 2 && so * 5 >= open.length * 2))) return true;
  return so >= 3 && so * 5 >= open.length * 3 && made * 4 <= open.length;
}

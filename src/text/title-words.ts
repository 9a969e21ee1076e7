/** The words of a title that carry meaning, cut down to their stems, for finding an item by some of its words. */
import { normalTitle } from './plain-text.ts';

const empty = new Set(
  'a an the of to in on at by for from with and or is are be been being has have its it this that these those all any new our we you as into via per no not do does done task item issue step pr ticket work part track section group items tasks der die das dem den des ein eine einen einem einer und oder von zu im in ist sind wird mit für auf aus le la les l un une des du de et ou est sont avec pour dans sur el los las una unos y o es con para en por lo os as um uma e é com no na do da il lo gli i uno di che per non и в на с по для от из к это как yang dan di ke dari untuk pada ini itu adalah now again still then'.split(
    ' ',
  ),
);

const suffixes =
  /(?:izations?|isations?|ations?|ization|isation|izing|ising|ments?|ings?|ions?|ized?|ised?|izes|ises|ates?|ated|ers?|ed|es|s|e|ung|ungen|iert|ieren|iere|ées?|és?|adas?|ados?|idas?|idos?|ar|ir|er|ati|ato|ata|ate|are|ere|ire|ción|ciones|ção|ções|amento|amenti|azione|azioni|ого|ому|ами|ями|ении?е?|ение|ия|ию|ии|ой|ый|ая|ое|ов|ам|ах|а|у|ы|и|е|й)$/u;

/** "stable" and "stabilization", "deploy" and "deployment", "migrate" and "migration" have one stem. */
function stem(word: string): string {
  if (word.length < 5) return word.replace(/(?<=\p{L}{3})s$|(?<=^[a-z]{3})e$/u, '');
  const base = word.replace(/ble$/, 'bil').replace(/ility$/, 'il');
  const cut = base.replace(suffixes, '');
  if (cut.length >= 4) return cut;
  return base.replace(/(?<=^[a-z]{3})(?:ed|ing)$/, '');
}

/** Stems of the words that say something, in order, each once. Words in scripts without spaces stay whole. */
export function titleWords(text: string): readonly string[] {
  const words =
    normalTitle(text)
      .slice(0, 400)
      .match(/[\p{L}\p{N}]+(?:[-_./][\p{L}\p{N}]+)*/gu) ?? [];
  return [...new Set(words.filter((word) => !empty.has(word)).map(stem))];
}

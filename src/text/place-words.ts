/** Words that name items by where they stand: "all of the above", "after that", "the previous step", "do last". */

/** One pattern per language, tried at the start of what follows a dependency word. */
const above: readonly string[] = [
  '(?:all|everything|every (?:item|task|step|phase)|each)\\b(?: of)?(?: the| these)?(?: other| items?| tasks?| steps?| phases?| tracks?)*(?: from| listed)? (?:above|before|previous|preceding|earlier)\\b',
  '(?:all (?:previous|preceding|earlier|prior))\\b',
  '(?:alle[nms]?|alles)(?: \\p{L}+)? (?:oben|obigen|vorherigen|vorigen|darüber|davor)(?!\\p{L})|(?:allen|alle) (?:obigen|vorherigen|vorigen)(?!\\p{L})',
  '(?:tou(?:t|s|tes?)) (?:ce qui précède|les \\p{L}+ (?:précédent\\p{L}*|ci-dessus))|tout ce qui est au-dessus',
  'tod[oa]s? (?:l[oa]s? |o |as |os )?(?:\\p{L}+ )?(?:anterior(?:es)?|de arriba|acima)(?!\\p{L})|todo lo anterior|tudo (?:o que está )?acima',
  'tutt[oiae] (?:quanto |i |le )?(?:\\p{L}+ )?(?:sopra|precedent[ei])(?!\\p{L})',
  'все(?:х|го|м)? (?:\\p{L}+ )?(?:выше|предыдущи[хем]+|вышеперечисленн\\p{L}+)(?!\\p{L})|все(?:х|го)? (?:вышеперечисленн|предыдущ)\\p{L}+',
  '(?:以上|上述|前面)(?:的)?(?:所有|全部|各项|任务|步骤)*|所有(?:上述|前面|之前)\\p{L}*',
  '(?:上記|以上)(?:の)?(?:すべて|全て|全部|タスク|項目)*|これまでの(?:すべて|全て)',
  '위(?:의)? ?(?:모든|모두|전체|작업|항목)[\\p{L} ]*|이전(?:의)? ?모든[\\p{L} ]*|모든 이전[\\p{L} ]*',
  'semua(?: \\p{L}+)? (?:di atas|sebelumnya)(?!\\p{L})',
];
const others: readonly string[] = [
  '(?:all|every)(?: of)?(?: the)? (?:others?|rest|remaining)\\b|everything else\\b|all (?:tasks|items|steps|boxes|checkboxes)\\b(?! \\d)',
  '(?:allen?|alle[ms]?) (?:anderen?|übrigen|restlichen)(?!\\p{L})|allem anderen|alles andere',
  'tou(?:t|s|tes?) (?:les |le )?(?:autres?|reste)(?!\\p{L})',
  'tod[oa]s? (?:l[oa]s? )?(?:demás|otr[oa]s|resto)(?!\\p{L})|tod[oa]s (?:as |os )?(?:outr[oa]s|demais)(?!\\p{L})|todo el resto|todo o resto',
  'tutt[oie] (?:gli altri|le altre|il resto)(?!\\p{L})',
  'все(?:х|го|м)? (?:остальн|други)\\p{L}+',
  '(?:所有|全部)?其他(?:所有)?(?:任务|步骤|项)?|其余(?:所有|全部)?',
  '(?:他|ほか|その他)の(?:すべて|全て|全部|全タスク|タスク)[\\p{L}]*',
  '(?:나머지|다른) ?(?:모든|모두|전부|작업)[\\p{L} ]*',
  'semua(?: \\p{L}+)? (?:lain(?:nya)?|sisanya)(?!\\p{L})',
];
const previous: readonly string[] = [
  '(?:the )?(?:previous|preceding|prior) (?:one|item|task|step|point)\\b|the (?:one|item|task|step) (?:above|before)\\b|the previous$|the (?:above|preceding)$',
  '(?:dem |der |den |das |die )?(?:vorherige[nmr]?|vorige[nmr]?|vorangehende[nmr]?) (?:punkt|schritt|aufgabe|task)(?!\\p{L})',
  "(?:la |le |l['’])?(?:tâche|étape|point|élément) (?:précédente?|ci-dessus)(?!\\p{L})",
  '(?:la |el |a |o )?(?:tarea|tarefa|paso|passo|punto|ponto|etapa|elemento|item) anterior(?!\\p{L})',
  "(?:il |l['’])?(?:attività|passo|punto) precedente(?!\\p{L})",
  'предыдущ(?:его|ей|ий|ая|ую|ему) (?:задач|шаг|пункт|этап)\\p{L}*',
  '(?:上|前)(?:一|面)?(?:个)?(?:任务|步骤|一步|一项|项)',
  '(?:前|上)の(?:タスク|項目|手順|ステップ)|前項',
  '(?:이전|앞|위) ?(?:작업|단계|항목)',
  '(?:tugas|langkah|poin|item) (?:sebelumnya|di atas)(?!\\p{L})',
];
/** "that", once it is done: the item before this one. */
const that: readonly string[] = [
  "(?:that|that['’]s|thats|this|which)(?: one)?(?=$|[\\s,;.)])(?! (?:\\p{L}+ ){0,3}(?:page|module|step|file))",
  '(?:dem|das|dies(?:em)?)(?=$|[\\s,;.)])(?! (?:\\p{L}+)(?<!ist|wird|fertig|erledigt|gemergt)$)',
  'cela|ça|ceci',
  'eso|esto|ello|isso|isto|disso|ciò|questo|quello',
  '(?:этого|того|это)(?=$|[\\s,;.)])',
  'itu|hal itu|hal ini',
  '(?:此|这|该|那)(?:个|项)?(?:任务|步骤|之)?(?=$|[\\s，,])',
  'これ|それ|그것?|이것',
];
const elapsed: readonly string[] = [
  '(?:an?|one|two|three|some|a few|another|the next|\\d+) (?:\\p{L}+ )?(?:cycles?|releases?|sprints?|milestones?|versions?)(?=$|[\\s,;.)])',
  '(?:eine[rmn]?|zwei|einigen?|\\d+) (?:release|releases|zyklus|zyklen|sprints?|version(?:en)?)(?!\\p{L})',
  '(?:une?|deux|quelques|\\d+) (?:cycles?|versions?|sprints?)(?!\\p{L})',
  '(?:una?|uma?|un|um|dos|dois|duas|\\d+) (?:ciclos?|versi(?:ón|ones)|vers(?:ão|ões)|sprints?)(?!\\p{L})',
];
/** An item that begins so follows the one before it. */
const then =
  /^(?:then|follow-?ups?(?=:)|afterwards?|after(?:wards)? that|danach|anschließend|im anschluss|ensuite|puis|luego|a continuación|acto seguido|depois|em seguida|poi|dopodiché|successivamente|затем|потом|после этого|kemudian|lalu|setelah itu)(?=[\s,:])(?!\s(?:an?|the|le|la|les|el|los|las|o|os|as|il|lo|une?|una?|um|uma)\s)|^(?:然后|然後|随后|接着|その後|次いで|続いて|그 ?(?:다음|후)|이후)[、，, ]/iu;
/** Steps of a told behaviour, not of work: "Given ..., when ..., then ...". */
const story = /^(?:given|when|and|angenommen|wenn|und|étant donné|quand|et|dado|cuando|quando|y|e)\s/iu;
const last =
  /(?:^|[([—–;,:.-]\s*)(?:do|done|to be done|goes|comes|must be|has to be)(?: this)?(?: item| one| step)? last(?=$|[\s)\],;.!])|(?:^|[([—–;:]\s*)(?:zuletzt|ganz am ende|als letztes|à faire en dernier|en dernier|hacer al final|al final de todo|por último de todo|fazer por último|da fare per ultimo|в последнюю очередь|最后做|最後に(?:行う|実施|やる|対応)|마지막에|dikerjakan terakhir|terakhir)(?=\s*(?:$|[)\],;.!]))/iu;
const landLast = /(?:^|[\s([])(?:land|merge|ship)(?:s|ed)?(?: this)? last(?=$|[\s)\],;.!])|als letztes mergen/iu;
const first =
  /(?:^|[([—–;,:-]\s*)(?:do|must be done|needs to be done|has to be done|needs to happen|must happen|must come|comes)(?: this)?(?: \p{L}{1,20})? first(?=$|[\s)\],;.!])|(?:^|[([—–;:]\s*)(?:zuerst (?:erledigen|machen)|als erstes|à faire en premier|hacer primero|fazer primeiro|da fare per prim[oa]|сделать первым|в первую очередь|必须先做|最先做|最初に(?:行う|実施|やる|対応)|가장 먼저|dikerjakan (?:pertama|dulu))(?=\s*(?:$|[)\],;.!]))/iu;

const atStart = (patterns: readonly string[]): RegExp => new RegExp(`^(?:${patterns.join('|')})`, 'iu');
const [aboveAll, othersAll, one, anaphor, span] = [above, others, previous, that, elapsed].map(atStart);

export type Place = 'all-above' | 'all-others' | 'previous';

/** What the words after a dependency word say about a place in the list; null when they name something. */
export function placeIn(operands: string): Place | null {
  const words = operands.trim();
  if (aboveAll?.test(words)) return 'all-above';
  if (othersAll?.test(words)) return 'all-others';
  return one?.test(words) ? 'previous' : null;
}

/** "all", "everything" and nothing else: only where the words around it can mean nothing else. */
export function isEverything(operands: string): boolean {
  return /^(?:all|everything|alles?|tout|todo|tudo|tutto|всё|все|全部|すべて|全て|모두|semua(?:nya)?)$/iu.test(
    operands.trim(),
  );
}

/** "that is done", "a week": said of the item before, when the sentence begins so. */
export function pointsBack(operands: string): boolean {
  const words = operands.trim();
  return anaphor?.test(words) === true || span?.test(words) === true;
}

/** "Then ...": after the item before, unless both tell a story. */
export function followsOn(title: string, before: string): boolean {
  return then.test(title) && !story.test(before);
}

/** What an item says of its own place among its neighbours. */
export function ownPlace(text: string): 'last' | 'land-last' | 'first' | null {
  if (landLast.test(text)) return 'land-last';
  if (last.test(text)) return 'last';
  return first.test(text) ? 'first' : null;
}

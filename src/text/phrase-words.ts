/**
 * The words that introduce a dependency, language by language. To add a language, add a row; to add a phrase, add it to
 * its row. Entries are regular expressions (flags `iu`, no groups that capture), longest first where one is the
 * beginning of another.
 */

export interface PhraseWords {
  /** "depends on X": always states a dependency. */
  readonly strong: string;
  /** Strong only before a colon: "After: X". */
  readonly label: string;
  /** "needs X": only with a clear name. */
  readonly weak: string;
  /** Mostly mean something else ("nach Berlin"): in the middle of a sentence only with a number or an id. */
  readonly faint: string;
  /** "merge after X": X lands first, both may be worked on at once. */
  readonly lands: string;
  /** "blocks X": X waits for this item. */
  readonly blocks: string;
  /** Says that it does not wait, where the denial stands within the words. */
  readonly denied?: string;
}

const nothing = '(?!)';

/** Words in front of what they name, between spaces or punctuation. */
export const wordsBefore: Readonly<Record<string, PhraseWords>> = {
  en: {
    strong:
      "depend(?:s|ed|ent|ing)? (?:up)?on|depends-on|(?:blocked|gated|contingent) (?:by|on|until|till)|blocked-by|wait(?:s|ing)? (?:for|on|until|till)|(?:on hold|deferred|postponed|held) until|(?:comes?|starts?|begins?|only|strictly) after|(?:do not|don['’]t|never) (?:\\w+ ){1,8}(?:before|until)|not (?:start|begin)\\w* (?:before|until)|can(?:not|['’]t) (?:start|begin|land|happen|be \\w+) (?:before|until)",
    label: 'dependenc(?:y|ies)|prerequisites?|prereqs?|depends|blocked|blockers?|needs|requires|after',
    weak: 'needs|requires|needing|follow-?up (?:to|of|on)|requiring|relies on|builds on(?: top of)?|on top of|stacked on|after|once|as soon as|now that|prerequisite|prereq|pending(?! ?[(（:：])',
    faint: 'following|when',
    lands:
      '(?:to be )?(?:merge[sd]?|merging|land(?:s|ed)?|landing|ship(?:s|ped)?) (?:only )?after|(?:merge|land)s?-after|(?:merge|land) (?:only )?once',
    blocks:
      'blocks|blocking|is blocking|unblocks|(?:must|has to|have to|needs? to|should|to) (?:be )?(?:land|merge[d]?|done|finish(?:ed)?|happen|ship|complete[d]?|go in|come|exist|fix(?:ed)?|in place|ready) (?:strictly )?before|do(?:ne)? (?:this )?before|prerequisite (?:for|of)',
  },
  de: {
    strong:
      '(?:ist |sind )?abhängig von|(?:hängt|hängen|hänge) (?:direkt )?von|blockiert (?:durch|von)|(?:wartet|warten|warte) auf|(?:erst|frühestens) (?:nach|wenn|sobald)|setz(?:t|en)(?=[^.;]{1,80}\\svoraus(?!\\p{L}))',
    label: 'abhängigkeit(?:en)?|voraussetzung(?:en)?|abhängig|blockiert|benötigt|braucht|nach',
    weak: 'benötigt|braucht|brauchen|erfordert|setzt auf|sobald|nachdem',
    faint: 'nach|wenn',
    lands: '(?:erst )?(?:mergen|gemerget|gemergt|einspielen|zusammenführen) (?:erst )?nach',
    blocks:
      'blockiert(?! durch| von)|blockieren|muss vor|(?:muss|müssen) (?:fertig|erledigt) sein vor|voraussetzung für',
  },
  fr: {
    denied: "(?:dépend(?:ent)?|bloque|bloquent) pas(?: d[eu]s?| d['’])?",
    strong:
      'dépend(?:ent|ant|re)? (?:de la|du|des|de)|bloquée?s? (?:par|sur)|en attente d[eu]s?|attend(?:re)? (?:la fin de|que)?|seulement après|uniquement après|pas avant',
    label: 'dépendances?|prérequis|pré-requis|dépend de|bloquée?s? par|après|nécessite',
    weak: 'nécessite|nécessitent|requiert|requièrent|besoin d[eu]|après|une fois(?: que)?|dès que',
    faint: 'suite à',
    lands: '(?:à )?(?:fusionner|merger|intégrer|fusionnée?|mergée?) après',
    blocks:
      'bloque(?! par)|bloquent|(?:doit être|à) (?:terminée?|fait|faite|fusionnée?|mergée?|livrée?) avant|prérequis (?:pour|de)',
  },
  es: {
    strong:
      'depende[n]? del?|dependiente de|bloquead[oa]s? por|(?:en espera|a la espera) del?|espera(?:ndo)? (?:a que|a|por)|solo después del?|sólo después del?|no (?:empezar|iniciar|comenzar) antes de',
    label: 'dependencias?|depende|prerrequisitos?|requisitos? previos?|bloquead[oa]s? por|después de|requiere|necesita',
    weak: 'requiere[n]?|necesita[n]?|después del?|tras|una vez(?: que)?|en cuanto|cuando',
    faint: 'luego de',
    lands: '(?:fusionar|mergear|integrar|hacer merge) (?:solo )?después del?',
    blocks:
      'bloquea|bloquean|(?:debe|tiene que) (?:\\p{L}+ )?(?:terminarse|hacerse|fusionarse|estar list[oa]|completarse|ir) antes del?|requisito previo (?:para|de)',
  },
  pt: {
    strong:
      'depende[m]? d(?:os?|as?|e)|dependente de|bloquead[oa]s? (?:por|pel[oa]s?)|aguarda(?:ndo)?|à espera d(?:e|o|a)|em espera (?:de|por)|s[óo] (?:depois|após) d?(?:e|o|a)?|não (?:iniciar|começar) antes d[eoa]',
    label: 'dependências?|depende|pré-requisitos?|bloquead[oa]s? por|depois de|após|requer|precisa',
    weak: 'requer(?:em)?|precisa[m]? d(?:e|o|a)|necessita[m]? d(?:e|o|a)|depois d(?:e|o|a|os|as)|após(?: o| a)?|assim que|uma vez que|quando',
    faint: nothing,
    lands: '(?:mesclar|fazer (?:o )?merge|mergear|integrar) (?:só |somente )?(?:após|depois d(?:e|o|a))',
    blocks:
      'bloqueia|bloqueiam|(?:deve|precisa|tem que) (?:ser |estar )?(?:\\p{L}+ )?(?:conclu[íi]d[oa]|feit[oa]|pront[oa]|mesclad[oa]|terminar) antes d(?:e|o|a)|pré-requisito (?:para|de)',
  },
  it: {
    strong:
      "dipend(?:e|ono|ente) d(?:alla|alle|all['’]|agli|ai|al|a)|bloccat[oaie] d(?:alla|al|a)|in attesa d(?:ella|el|i)|(?:solo|soltanto) dopo|non (?:iniziare|cominciare) prima d(?:i|el|ella)",
    label: 'dipendenz[ae]|prerequisit[oi]|dipende da|bloccat[oa] da|dopo|richiede',
    weak: "richied(?:e|ono)|necessita(?:no)? d(?:i|el|ella)|dopo(?: il| la| lo| l['’])?|una volta(?: che)?|appena",
    faint: nothing,
    lands: '(?:unire|mergiare|fare (?:il )?merge|integrare) (?:solo )?dopo',
    blocks:
      'blocca|bloccano|(?:deve|devono) (?:essere )?(?:\\p{L}+ )?(?:fatt[oa]|complet[oa]t?[oa]?|finit[oa]|pront[oa]|unit[oa]) prima d(?:i|el|ella)',
  },
  ru: {
    strong:
      'завис(?:ит|ят|имо|им) от|заблокирован[аоы]?(?: (?:задачей|из-за|на))?|блокируется|(?:ожидает|ждет|ждёт|ожидание|в ожидании)|только после|не (?:раньше|начинать до|начинать раньше)',
    label: 'зависимост[ьи]|зависит от|блокеры?|требует(?:ся)?|предусловия?|после',
    weak: 'требует|требуют|требуется|нуж(?:ен|на|но|ны)|необходим[аоы]?|после(?: того,? как)?|как только|когда',
    faint: nothing,
    lands: '(?:влить|вливать|смержить|мержить|слить|мерж|слияние) (?:только )?после',
    blocks:
      'блокирует|блокируют|(?:должн[аоы]?|должен|нужно|надо) (?:быть )?(?:\\p{L}+ )?(?:готов[аоы]?|сделать|сделан[аоы]?|завершить|завершен[аоы]?|завершён|влить|влит[аоы]?) (?:до|перед)',
  },
  id: {
    strong:
      '(?:bergantung|tergantung)(?: pada| dengan)?|diblokir(?: oleh)?|terblokir oleh|menunggu|(?:hanya|baru) (?:setelah|sesudah)|jangan (?:mulai|dimulai) sebelum',
    label: 'ketergantungan|dependensi|prasyarat|bergantung pada|diblokir oleh|setelah|membutuhkan',
    weak: 'membutuhkan|memerlukan|butuh|perlu|setelah|sesudah|begitu',
    faint: nothing,
    lands: '(?:di)?(?:gabung(?:kan)?|merge) (?:hanya )?(?:setelah|sesudah)',
    blocks:
      'memblokir|menghalangi|harus (?:\\p{L}+ )?(?:selesai|digabung|dibuat|siap) sebelum|prasyarat (?:untuk|bagi)',
  },
};

/** Words in front of what they name, in scripts that leave no spaces; also those that end in an apostrophe. */
export const gluedBefore: Readonly<Record<string, PhraseWords>> = {
  fr: {
    strong: "(?<!\\p{L})dépend(?:ent|ant)? d['’]",
    label: nothing,
    weak: nothing,
    faint: nothing,
    lands: nothing,
    blocks: nothing,
  },
  zh: {
    strong:
      '依赖于?|依賴於?|取决于|取決於|阻塞于|受阻于|等待|[须需]等待?|(?:必须|需要|须|需)先(?:完成|合并)|被(?=[^，。；]{1,60}(?:阻塞|阻挡|卡住|阻擋))|前置(?:任务|任務|条件)(?=[^：:]{0,3}#)',
    label: '依赖(?:项|关系|任务)?|依賴(?:項|關係)?|前置(?:任务|条件|依赖|任務|條件)?|阻塞项?|先决条件',
    weak: '需要|在(?=[^，。；]{1,60}(?:之后|以后|之後|完成后|合并后|上线后|后|後))|等(?=[^，。；]{1,60}(?:之后|后|後|再))|(?:完成|合并|合併)(?=[^，。；]{1,40}(?:之后|以后|之後|后|後))',
    faint: nothing,
    lands: nothing,
    blocks: '阻塞(?!于|项|[：:])|阻挡|(?:必须|须|需要?|应)?在(?=[^，。；]{1,60}(?:之前|以前|前(?:完成|合并)))',
  },
  ja: {
    strong: nothing,
    label: '依存(?:関係|先|タスク)?|前提(?:条件|タスク)?|ブロッカー|先行タスク',
    weak: nothing,
    faint: nothing,
    lands: nothing,
    blocks: nothing,
  },
  ko: {
    strong: nothing,
    label: '의존성|의존 ?(?:작업|관계)?|선행 ?(?:작업|조건|과제)?|종속성',
    weak: nothing,
    faint: nothing,
    lands: nothing,
    blocks: nothing,
  },
};

/** Words behind what they name. */
export const wordsBehind: Readonly<Record<string, PhraseWords>> = {
  zh: {
    strong: '(?:完成|合并|合併)?(?:之后|之後|后|後)才(?:能|可以?)',
    label: nothing,
    weak: '(?:完成|合并|合併|结束|上线|发布|通过)(?:之后|以后|之後|以後|后|後)',
    faint: '之后|以后|之後|以後',
    lands: '(?:合并|合併)?(?:之后|之後|后|後)再?(?:合并|合併)',
    blocks: nothing,
  },
  ja: {
    denied: 'に(?:は)?依存し(?:ない|ません|なく|ていない)|をブロックし(?:ない|ません)',
    strong:
      'に依存(?!し(?:ない|ません|なく)|関係)(?:する|して(?:いる|います)?|します|あり)?|待ち|を待(?:つ|って)|に(?:より)?ブロックされ(?:て(?:いる|います)?|る)?|が前提|を前提(?:と(?:する|して))?',
    label: nothing,
    weak: '(?:が|の)?(?:完了|終了|実装|対応|リリース|導入|修正|マージ)(?:して(?:から|後)|した(?:後|ら)|され(?:て(?:から)?|た(?:後|ら))|次第|の?後|のあと)に?|が(?:終わっ|でき|入っ)(?:てから|た後|たら)|が必要',
    faint: 'の(?:後|あと)に?|以降に?',
    lands: '(?:の|が)?(?:マージ)?(?:された)?(?:の?後|のあと|されてから|してから)に?マージ',
    blocks:
      'をブロック(?!さ)(?:する|して(?:いる|います)?|します)?|(?:の|より)前に(?:完了|実施|対応|マージ|必要|終わらせ|行う)',
  },
  ko: {
    denied: '에 ?의존하지',
    strong:
      '에 ?의존(?!하지|성)(?:함|합니다|한다|하는)?|(?:을|를) ?기다(?:림|린다|려|립니다)|에 ?의해 ?(?:막|블록|차단)\\p{L}*|에 ?(?:막혀|막힘|블록|차단)\\p{L}*|(?:이|가) ?선행(?:되어야|돼야)?',
    label: nothing,
    weak: '(?:이|가|의|을|를)? ?(?:완료|종료|병합|머지|구현|배포)(?:된|되고|한|하고|되면)? ?(?:후|이후|다음|뒤)에?|(?:이|가) ?끝난 ?(?:후|뒤|다음)에?|(?:이|가) ?(?:완료|종료|병합|머지|구현)되면|(?:이|가)? ?필요(?!\\p{L})',
    faint: ' ?이후에?| 다음에| 후에| 후(?![\\p{L}])',
    lands: '(?:의|이|가)? ?(?:병합|머지|완료)? ?(?:된)? ?(?:이후|다음|후|뒤)에? ?(?:병합|머지)',
    blocks: '(?:을|를) ?(?:차단|블록|막)(?!혀|힘)\\p{L}*|(?:보다)? ?(?:전에|이전에|먼저) ?(?:완료|병합|끝)\\p{L}*',
  },
};

/** Directly in front of a phrase they deny it, or make it a noun ("update dependencies"). */
export const denials =
  /(?:(?:^|[^\p{L}])(?:not|no longer|never|without|nothing|nicht(?: mehr)?|keine?|ne|n['’]|pas|plus|no|não|non|не|больше не|tidak|tak|bukan)|n['’]t)\s(?:\p{L}{1,12}\s){0,3}$|(?:^|[^\p{L}])(?:un|in)-?$|(?:不再?|无需?|無|没有?|沒有?|更新|升级|安装|添加|移除|管理|循环|第三方|项目|的|新)$/iu;

/** All that is needed is nothing: "Dependencies: none". */
export const noneWords =
  /^(?:none|nothing|n\/a|no(?: dependenc\p{L}+| blockers?)|no|keine?|aucune?|rien|ninguna?|ningún|nada|nenhuma?|nessuna?|нет|отсутств\p{L}*|无|無|没有|なし|無し|없음|tidak ada|-+|—|–|\/)(?:$|[.。!？)]|\s?[(（,;]|\s[—–-]\s)/iu;

/** What closes a clause that opened in front of the name: "在 #3 完成之后". */
export const closingBehind = /(?:完成|合并|合併|上线|结束|发布)?(?:之后|以后|之後|以後|后|後|之前|以前|前|再)/u;

/** Ends of "merge after X" in languages that put the verb last. */
export const landsAtEnd = /\s(?:mergen|gemerg[te]t|einspielen|zusammenführen|landen)$/iu;

/** "done" and nothing more: of the item before. */
export const justDone =
  /^(?:done|complete|completed|finished|fertig|erledigt|abgeschlossen|terminée?s?|finie?s?|fait|terminad[oa]s?|list[oa]s?|hecho|conclu[íi]d[oa]s?|pront[oa]s?|feito|complet(?:at)?o|finito|готово|сделано|завершено|selesai|完成|完了|완료)$/iu;

/** Of these only work is said, never behaviour: "once login is merged". */
export const workDone =
  /(?:done|complete[d]?|finished|merged|landed|lands?|merges|stable|in place|fertig|erledigt|abgeschlossen|gemergt|gemerged|terminée?s?|finie?s?|fusionnée?s?|mergée?s?|terminad[oa]s?|list[oa]s?|fusionad[oa]s?|conclu[íi]d[oa]s?|mesclad[oa]s?|complet(?:at)?[oaie]|finit[oaie]|готов[аоы]?|сделан[аоы]?|заверш[её]н[аоы]?|влит[аоы]?|selesai|digabung(?:kan)?)(?:\s(?:ist|sind|wurden?|wird|hat|haben))?$/iu;

/** Words behind a name that only say it is done. */
export const doneWords =
  /[\s,]*(?:(?:is|are|has|have|to|being|been|gets?|be|ist|sind|wurde|est|sont|soit|está|estén?|esteja|é|foi|è|sia|sudah|telah|будет|была?|было)[\s]+(?:been |being |worden )?){0,2}(?:fully )?(?:done|complete[d]?|finished|merged|landed|lands?|merges|ready|stable|in place|works?|available|validated|verified|approved|released|deployed|published|implemented|fixed|resolved|closed|live|decided|fertig|erledigt|abgeschlossen|gemergt|gemerged|steht|vorhanden|da|terminée?s?|finie?s?|fusionnée?s?|mergée?s?|prête?s?|stable|faite?|terminad[oa]s?|list[oa]s?|complet[oa]s?|completad[oa]s?|fusionad[oa]s?|hech[oa]s?|conclu[íi]d[oa]s?|pront[oaie]s?|mesclad[oa]s?|feit[oa]s?|complet(?:at)?[oaie]|finit[oaie]|готов[аоы]?|сделан[аоы]?|заверш[её]н[аоы]?|влит[аоы]?|selesai|siap|digabung(?:kan)?)(?:\s(?:ist|sind|wurden?|wird|hat|haben))?$/iu;

/**
 * Words of lists that are ticked when something is true, and of lists of which some are ticked: what is finished ("Tests
 * pass", "CHANGELOG updated") and what can be chosen ("Bug fix", "P2", "yes"). By language; flags `iu`.
 */

const any = (...parts: readonly string[]): RegExp => new RegExp(parts.join('|'), 'iu');
/** Behind the last word: a remark in brackets, a mark, nothing. */
const end = '(?:\\s?[(（][^)）]{0,80}[)）])?[\\s.。!✅✓]*$';

const finished = any(
  '(?<!\\p{L})(?:is|are|has|have|was|were|has been|have been|been|stays?|remains?|gets?)\\s(?:\\p{L}+\\s){0,2}(?:\\p{L}+ed|green|clean|done|set|up[- ]to[- ]date|accurate|complete|correct|current|available|accessible|visible|stable|unchanged|present|in place|valid|clear|met|shown)(?!\\p{L})',
  `(?<!\\p{L})(?:works?|working|passe?s?|passing|succeeds?|loads?|loading|runs?|running|renders?|builds?|compiles?|behaves?|displays?|functions?|handles?|starts?)\\s(?:\\S+\\s){0,3}?(?:correctly|properly|as (?:expected|intended|before)|successfully|smoothly|cleanly|locally|gracefully|fine|without (?:\\p{L}+\\s)?(?:errors?|issues?|warnings?|failures?|crashes|crashing|exceptions?))(?!\\p{L})`,
  `(?<!\\p{L})(?:works|works? (?:on|in|with|for) [^,;]{1,60}|pass(?:es)?|passing|passed|green|successful)${end}`,
  `^(?:(?:all|the|unit|integration|relevant|new|existing) ){0,3}\\p{L}[\\p{L}\\s/&,-]{0,60}\\s(?:added|updated|tested|reviewed|documented|checked|verified|validated|configured|completed?|addressed|resolved|met|maintained|confirmed|approved|included|satisfied|handled|covered|implemented|created|generated|cleaned up|fixed|defined|enabled|installed|deployed|running|up[- ]to[- ]date)(?: (?:successfully|correctly|properly|locally|in ci|as needed|if needed|where (?:needed|appropriate)))?${end}`,
  `^\\S+(?:\\s\\S+){0,6}?\\s\\p{L}{2,}ed(?:\\s(?:on|in|by|with|to|from|for|via|across|against|between|before|after|under|and|successfully|correctly)\\s.{1,60}?)?${end}`,
  '^(?:no|zero|0)\\s(?!longer)|^\\d{2,3} ?%',
  '^(?:all|every|each)\\s[^,;]{1,80}\\s(?:pass|passes|work|works|are|is|have|has|load|loads|succeed|meet|meets)(?!\\p{L})',
  '(?:<|>|≤|≥)=?\\s?\\d|\\d+ ?%\\s(?:coverage|abdeckung|cobertura)',
  `(?<!\\p{L})(?:grün|funktionier(?:t|en)|lädt|läuft|laufen|sauber|fehlerfrei|vorhanden|durchgeführt|gesetzt|aktiv|aktiviert|getestet|konfiguriert|validiert|generiert|korrekt|erstellt|aktualisiert|ergänzt|gepflegt|dokumentiert|geprüft|behoben|erfüllt|abgeschlossen|eingehalten|hinzugefügt|erfolgreich|konform|vollständig|erreichbar|bestanden|erhöht|beschrieben|freigegeben|angelegt|eingerichtet)${end}|^(?:keine?|alle)\\s`,
  `(?<!\\p{L})(?:fonctionn(?:e|ent)|pass(?:e|ent)|affich(?:e|ent) correctement|valid(?:é|e)e?s?|test(?:é|e)e?s?|document(?:é|e)e?s?|(?:mise?s? )?(?:à|a) jour|configur(?:é|e)e?s?|v(?:é|e)rifi(?:é|e)e?s?|respect(?:é|e)e?s?|ajout(?:é|e)e?s?|corrig(?:é|e)e?s?|op(?:é|e)rationnel(?:le)?s?|complet(?:s|e|es)?)(?: (?:correctement|localement|en local))?${end}|^aucune?\\s`,
  `(?<!\\p{L})(?:funciona[nm]?|funcionando|pasa[nm]?|passa[nm]?|passando|(?:actualiz|atualiz|configur|prob|valid|document|complet|implement|cre|cri|test|revis|revis|verific|aprob|aprov|agreg|adicion|complet|resolv|corregi|corrigi|defini|cumpl|execut|ejecut|public|inclu[íi])(?:ad|id)[oa]s?|al día|em dia|corret[oa]s?|correct[oa]s?)(?: (?:correctamente|corretamente|localmente|sin errores|sem erros))?${end}|^(?:ning[uú]n[oa]?|nenhuma?|sin|sem|zero|todos?|todas?)\\s`,
  `(?<!\\p{L})(?:funzion(?:a|ano)|passano|(?:aggiornat|testat|verificat|documentat|configurat|completat|aggiunt|corrett|validat|approvat|implementat|creat)[oaie])(?: correttamente)?${end}|^(?:nessun[oa]?|tutt[ie])\\s`,
  `(?<!\\p{L})(?:работа(?:ет|ют)|проход(?:ит|ят)|добавлен[аоы]?|обновл[её]н[аоы]?|проверен[аоы]?|протестирован[аоы]?|настроен[аоы]?|готов[аоы]?|выполнен[аоы]?|отображается|отображаются|сохраняется|соответствует)(?: (?:корректно|правильно|успешно|без ошибок))?${end}|^(?:нет|без|все)\\s`,
  `(?:(?:工作|运行|显示|加载|功能|构建|启动)正常|正常(?:工作|运行|显示|加载|启动|使用)|通过|无(?:报错|错误|警告|回归)|正确|成功|一致|已[\\p{sc=Han}]{2,6})${end}|^(?:无|没有|所有|可以|能够)`,
  `(?:され(?:る|ます|ている|ること)|でき(?:る|ます|ること)|動作する(?:こと)?|動く|成功する(?:こと)?|通る(?:こと)?|正しい|適切|滑らか|やすい|ないこと|しない|いること|済み(?:である)?|ました|エラーなし|問題なし)${end}`,
  `(?:된다|되는가|한다|됨|통과|정상|유지|성공|동작|표시|완료|없음|합격|일치|가능|정확)${end}`,
  `(?<!\\p{L})(?:berfungsi|berhasil|terkirim|tampil|tersimpan|lulus|sesuai|aktif|terpenuhi|berjalan|lengkap|benar)(?: (?:dengan (?:baik|benar)|normal))?${end}|^(?:tidak ada|semua)\\s`,
);
/** Says what is wrong, which is work. */
const wrong =
  /(?<!\p{L})(?:not|never|no longer|n['’]t|cannot|fails?|failing|broken|missing|wrong|incorrect(?:ly)?|crash(?:es)?|bug|nicht|falsch|fehlt|kaputt|ne|pas|manqu\p{L}+|falla|falha|falta|não|non|manca|не|сломан\p{L}*|tidak bisa|gagal|rusak)(?!\p{L})|(?:错误地|失败|不能|无法|できない|失敗|壊れ|실패|안 ?됨|오류)/iu;

/** A title that tells how things are in the end, not what to do. */
export function saysItIsSo(title: string): boolean {
  const start = title.slice(0, 160);
  return (
    finished.test(start) && !wrong.test(start.replace(/^(?:no|zero|keine?|aucune?|nenhuma?|ning[uú]na?|нет)\s/iu, ''))
  );
}

const imperative = new RegExp(
  `^(?:${[
    'add|adjust|allow|annotate|apply|archive|audit|automate|avoid|benchmark|build|bump|cache|change|clean|collect|complete|configure|connect|consider|consolidate|convert|copy|create|decide|deduplicate|define|delete|deploy|deprecate|design|develop|disable|discover|document|draft|drop|enable|enforce|evaluate|expand|explain|export|expose|extend|extract|figure|finali[sz]e|find|finish|fix|generate|get|handle|hide|implement|import|improve|include|increase|initiali[sz]e|inline|install|integrate|introduce|investigate|land|let|link|load|lower|make|map|merge|migrate|mock|move|normali[sz]e|optimi[sz]e|parse|pin|polish|port|prepare|prototype|provide|publish|purge|put|reduce|refactor|refine|register|reimplement|remove|rename|reorgani[sz]e|replace|report|research|resolve|restructure|retire|return|reuse|revert|rework|rewrite|route|select|send|separate|serve|set|setup|ship|show|simplify|sort|split|stabili[sz]e|standardi[sz]e|start|stop|store|stream|support|sync|track|train|translate|trim|try|turn|unify|update|upgrade|use|validate|wire|wrap|write',
    '\\p{L}{2,}(?:er|ir|oir|ar|are|ere|ire)(?= (?:la|le|les|l|un|une|des|du|el|los|las|una|o|a|os|as|um|uma|il|lo|i|gli|un[oa]?) )',
    '\\p{L}{2,}(?:ть|ти|ться)',
    'tambah(?:kan)?|buat|perbaiki|hapus|ubah|implementasikan|pindahkan|gunakan|tulis',
    '添加|新增|编写|实现|创建|增加|修复|优化|重构|移除|删除|迁移|升级|支持|完善|补充|调整',
  ].join(
    '|',
  )})(?![\\p{sc=Latin}\\p{sc=Cyrillic}])|(?:を\\p{sc=Han}{1,6}(?:する)?|(?:을|를)? ?(?:추가|구현|작성|수정|개선|이동|삭제|생성))$`,
  'iu',
);

const germanInfinitive = /\s\p{Ll}{2,}(?:en|ern|eln)$/u;
const englishSentence = /\b(?:is|are|the|of|and|to|in|for|not|by|on|with|all)\b/i;

/** Says what to do, in more words than `asksToMake` knows. */
export function tellsToDo(title: string): boolean {
  return imperative.test(title) || (germanInfinitive.test(title) && !englishSentence.test(title));
}

/** Ranks, answers, states and kinds of change that no list of work holds. */
const sureOptions: readonly string[] = [
  "bug ?-?fix(?:es)?|hot ?fix|breaking(?: changes?)?|new features?|code style(?: update)?|other|documentation (?:updates?|only)|must[- ]?have|should[- ]?have|could[- ]?have|won['’]?t[- ]?have|nice[- ]?to[- ]?have|(?:very )?(?:low|high)|medium|critical|urgent|minor|major|blocker|trivial|p[0-5]|yes|no|none|n/?a|not applicable|always|sometimes|never|in progress|in review|blocked|done|draft|wip|completed",
  'fehlerbehebung|neue[sr]? (?:funktion|feature)|sonstiges|niedrig|mittel|hoch|kritisch|ja|nein|in arbeit|erledigt',
  'correction(?: de bug)?|nouvelle fonctionnalit(?:é|e)|autres?|basse|moyenne|haute|critique|faible|élevée|oui|non|en cours',
  'corrección(?: de (?:error|errores|bugs?))?|nueva (?:funcionalidad|característica)|otros?|baja|media|alta|crítica|sí|en curso',
  'correção(?: de bugs?)?|nova (?:funcionalidade|feature)|outros?|baixa|média|sim|n(?:ã|a)o|em andamento',
  'correzione|nuova funzionalità|altro|bassa|sì|in corso',
  'исправление(?: (?:ошибки|бага))?|новая (?:функция|функциональность)|другое|низкий|средний|высокий|критический|да|нет|в работе',
  '缺陷修复|bug ?修复|新功能|新特性|其他|低|中|高|紧急|是|否|进行中',
  'バグ修正|新機能|機能追加|その他|緊急|はい|いいえ|進行中',
  '버그 ?수정|새(?:로운)? ?기능|기타|낮음|보통|높음|긴급|예|아니오|진행 ?중',
  'perbaikan bug|fitur baru|lainnya|rendah|sedang|tinggi|kritis|ya|tidak',
];
/** What templates offer beside those, and lists of work hold too. */
const likelyOptions: readonly string[] = [
  'bug|(?:a )?features?|enhancements?|improvements?|documentation(?: changes?)?|docs|refactor(?:ing)?|chore|maintenance|styling|ui ?/ ?ux|style|performance(?: improvements?)?|perf|tests?|ci(?: ?/ ?cd)?(?: changes?)?|build|security(?: fix)?|dependenc(?:y updates?|ies)|configuration|revert|question|unknown|to ?do',
  'dokumentation|konfiguration|refaktorisierung|verbesserung',
  '(?:mise (?:à|a) jour de (?:la )?)?documentation|refactorisation|amélioration',
  'documentación|refactorización|mejora|documentação|refatoração|melhorias?|documentazione|refactoring',
  'документация|рефакторинг|улучшение',
  '修复|文档(?:更新)?|重构|性能优化|样式|ドキュメント(?:更新)?|リファクタリング|改善|기능 ?추가|문서(?: ?(?:수정|업데이트))?|리팩토링|dokumentasi',
];
const wholeTitle = (parts: readonly string[]): RegExp =>
  new RegExp(`^[^\\p{L}\\p{N}]*(?:${parts.join('|')})(?:\\s?[(（:：–—-].*)?[^\\p{L}\\p{N}]*$`, 'iu');
const [sure, likely] = [wholeTitle(sureOptions), wholeTitle(likelyOptions)];

/** Whether a title is such a choice. */
export function optionOf(title: string): 'sure' | 'likely' | null {
  if (title.length > 160) return null;
  return sure.test(title) ? 'sure' : likely.test(title) ? 'likely' : null;
}

/**
 * Words that show what kind of list or item a checkbox belongs to, by kind and language. `places` are headings, leads
 * and parent items; `titles` are the items themselves. Entries are regular expressions, flags `iu`.
 */

const any = (...parts: readonly string[]): RegExp => new RegExp(parts.join('|'), 'iu');
/** The whole heading, leaving out marks around it. */
const wholly = (...parts: readonly string[]): RegExp =>
  new RegExp(`^[^\\p{L}\\p{N}]*(?:${parts.join('|')})[^\\p{L}\\p{N}]*$`, 'iu');
const end = '(?![\\p{L}\\d])';

export const acceptanceWords = any(
  `\\b(?:acceptance (?:criteria|criterion|tests?|checks?)|definition of (?:done|ready)|(?:\\p{L}+ )?criteria(?=[^\\p{L}]*$|\\s?[(:—–-])|exit checks?|success metrics|done when)${end}`,
  '^\\W*(?:dod|dor|ac)\\W*$',
  `(?<!\\p{L})(?:akzeptanz|abnahme|erfolgs|fertigstellungs|qualitäts|fertig|prüf)?-?(?:kriteri\\p{L}*|bedingung\\p{L}*)|definition (?:von|of) (?:fertig|done)|fertig,? wenn`,
  `crit(?:è|e)res? (?:de |d['’] ?)?(?:l['’])?(?:acceptation|succ(?:è|e)s|validation|r(?:é|e)ussite|recette|sortie|fin)|d(?:é|e)finition (?:de |du )?(?:fini|termin\\p{L}*|done)`,
  'criterios? de (?:aceptaci(?:ó|o)n|(?:é|e)xito|finalizaci(?:ó|o)n|validaci(?:ó|o)n)|definici(?:ó|o)n de (?:terminado|hecho|listo|done)',
  'crit(?:é|e)rios? (?:de|para) (?:aceite|aceita(?:ç|c)(?:ã|a)o|sucesso|conclus(?:ã|a)o|pronto)|defini(?:ç|c)(?:ã|a)o de (?:pronto|feito|conclu\\p{L}*)',
  'criteri di (?:accettazione|successo|completamento)|definizione di (?:fatto|finito|completato)',
  'acceptatiecriteria',
  'критери\\p{L}* (?:done|качества|при(?:е|ё)мки|готовности|успеха|выполнения|завершения)|определение готовности|условия при(?:е|ё)мки',
  '(?:验收|接受|完成|成功|质量|通过)(?:标准|条件|准则)|驗收(?:標準|條件)|完成的?定义|完成定义',
  '(?:完了|受け?入れ?|成功|達成)(?:の)?(?:条件|基準|定義)|完了の定義',
  '(?:인수|완료|수용|승인|성공) ?(?:조건|기준)|완료의? ?정의',
  '(?:kriteria|syarat) (?:penerimaan|keberhasilan|selesai|sukses)|definisi selesai',
);

/** Places for what somebody looks at in the end; a title that asks to make something is work all the same. */
export const testPlaces = wholly(
  '(?:manual |qa |our |the )?(?:test(?:ing)? (?:plan|checklist|scenarios?|expectations?|instructions|notes)|verification(?: (?:steps|checklist|plan|points))?|validation (?:steps|checklist|plan)|how (?:has this been|was this|to) (?:test(?:ed)?|verif(?:y|ied)).*|expected (?:results?|behaviou?rs?|outcomes?)|quality gates?|qa(?: checklist)?|what to (?:test|check)|smoke (?:tests?|checklist)|exit gates?|completion checklist|(?:local|manual|regression|post-\\p{L}+|immediate|quality|final) (?:tests?|testing|checks?|verification)(?: checklist)?|checks|testing after .*|(?:[\\p{L}&/-]+ ){0,4}(?:test(?:ing)?|verification|validation|qa|quality)(?: (?:&|and|\\/) [\\p{L}-]+)? (?:plan|checklist|checks|steps|scenarios)|test(?:ing)? (?:steps|cases|method)|checks? after .*)',
  '(?:test|prüf|verifikations)-?(?:plan|liste|checkliste|schritte|szenarien)|erwartete ergebnisse?|(?:nach|vor)(?: dem)? (?:deployment|deploy|release|merge) (?:prüfen|testen)|(?:manuelle|lokale) tests?|testfälle|prüfung(?:en)? (?:nach|vor) .*|qualitäts-?gates?',
  'plan de tests?|(?:scénarios|étapes) de (?:test|vérification)|résultats? attendus?|vérifications?|tests? manuels?|comment tester|cas de test',
  'plan de pruebas?|(?:casos|pasos) de (?:prueba|verificación)|resultados? esperados?|verificación|pruebas? manuales?|cómo probar',
  'plano de testes?|(?:casos|passos) de (?:teste|verificação)|resultados? esperados?|verificação|testes? manua(?:l|is)|como testar|validação(?: realizada)?',
  'piano di test|(?:casi|passi) di (?:test|verifica)|risultati attesi|verifica',
  'план (?:тестирования|проверки)|проверк[аи]|ожидаемы[йе] результаты?|тест-план|как (?:проверить|тестировать)|ручное тестирование|тест-кейсы',
  '(?:测试|验证|检查|自测)(?:计划|清单|点|要点|步骤|项|方法)|预期结果|测试用例|質量門檻|如何测试|手动测试|测试(?:方式|结果)',
  '(?:テスト|検証|確認|チェック)(?:計画|項目|手順|観点|リスト|方法|ケース|チェックリスト|内容)|(?:手動|ローカル)テスト|期待(?:される)?結果|動作確認',
  '(?:테스트|검증|확인) ?(?:계획|항목|절차|체크리스트|시나리오|방법|케이스|결과)|(?:로컬|수동|자동|배포 ?후|서버 ?배포 ?후) ?(?:테스트|검증)|예상 ?결과',
  '(?:rencana|skenario|daftar) (?:uji|pengujian|tes|verifikasi)|hasil yang diharapkan|verifikasi|(?:uji|tes|pengujian) manual|cara (?:menguji|tes)',
);
const making =
  /^(?:add|write|create|implement|build|extend|set up|configure|install|support|fix|refactor|remove|update|port|move|schreibe|erstelle|ajouter|écrire|créer|añadir|agregar|escribir|crear|adicionar|escrever|criar|aggiungere|scrivere|creare|добавить|написать|создать|реализовать|添加|新增|编写|实现|创建|增加|tambah(?:kan)?|tulis|buat)(?![\p{Script=Latin}\p{Script=Cyrillic}])|(?:schreiben|ergänzen|hinzufügen|bauen|erstellen|を(?:追加|実装|作成|書く)(?:する)?|(?:을|를)? ?(?:추가|구현|작성)(?:하기)?)$/iu;

/** Asks for something to be made. */
export function asksToMake(title: string): boolean {
  return making.test(title);
}

export const attestationPlaces = wholly(
  '(?!(?:implementation|migration|development|feature|task|work|porting|upgrade|refactoring|cleanup|clean-up|todo|to-do|master|tracking) )(?:[\\p{L}&-]+ ){0,3}check-?list|further checks|.{0,30}(?:make sure|ensure)(?: that)? you have',
  '(?:pr |pull request |submission |contribut\\p{L}+ |contributor |reviewer |author |my |issue |bug report )?(?:checklist|pre-?flight(?: checks?)?|before (?:submitting|you submit|posting|opening|filing).*|prerequisites?|code of conduct|terms|guidelines)',
  '(?:pr-|vor dem (?:absenden|einreichen).*)?checkliste|verhaltenskodex',
  'liste de (?:vérification|contrôle).*|avant de (?:soumettre|poster).*',
  'lista de (?:verificaci(?:ó|o)n|verifica(?:ç|c)(?:ã|a)o|comprobaci(?:ó|o)n).*|antes de (?:enviar|abrir|submeter).*',
  'lista di controllo.*|prima di (?:inviare|aprire).*',
  'чек-?лист|перед отправкой.*',
  '(?:提交|提问)?前?(?:检查清单|检查项|须知|检查)|自查清单',
  'チェックリスト|(?:投稿|提出)前(?:の)?(?:確認|チェック).*',
  '체크리스트|제출 ?전 ?확인.*',
  'daftar periksa|sebelum (?:mengirim|membuka).*',
);
/** Lists that only whoever hands in or looks over a change ticks. */
export const reviewPlaces = wholly(
  '(?:(?:pr|pull request|mr|merge request|code[- ]?review|review|reviewer|submission|contribut\\p{L}+|contributor|author|essential|issue|bug report)(?: author)?[ -](?:checklist|checks)|pre-?(?:merge|submit|submission|flight|commit)(?: (?:checklist|checks))?|before (?:submitting|you submit|posting|opening|filing|merging|requesting).*|checklist (?:before|for (?:the )?(?:pr|review\\p{L}*|author|contributors?)).*)',
  '(?:pr|review|merge)-?(?:checkliste|check)|(?:checkliste )?vor dem (?:absenden|einreichen|merge|mergen).*',
  '(?:liste de (?:vérification|contrôle)|checklist) (?:de |du |pour (?:la |le )?)(?:pr|revue|relecture|relecteur).*|avant de (?:soumettre|poster|fusionner).*',
  '(?:checklist|lista de (?:verificación|comprobación|verificação)) (?:del?|do|da|para (?:o |a |el |la )?)?(?:pr|pull request|revisión|revisão|revisao|revisor)|(?:checklist |lista )?antes d[eo] (?:enviar|abrir|submeter|fusionar|merge|mesclar|aprobar|aprovar).*',
  '(?:checklist|lista di controllo) (?:di|della|per la) (?:pr|revisione)|prima d[ie] (?:inviare|aprire|unire).*',
  '(?:чек-?лист )?(?:ревью|для ревью|перед (?:отправкой|слиянием|мержем)).*',
  '(?:提交|合并|提\\s?PR|PR|代码审查|审查|评审)前?(?:的)?(?:(?:检查|自查)(?:清单|列表|事项|项)?|须知)',
  '(?:PR|プルリク(?:エスト)?|レビュー(?:依頼)?|マージ)(?:前|時)?(?:の)?(?:チェック(?:リスト|項目)?|確認(?:事項|項目)?)',
  '(?:PR|리뷰|머지|병합|제출)(?: ?전)? ?(?:체크리스트|확인 ?사항|체크)',
  '(?:daftar periksa|checklist) (?:pr|tinjauan|review)|sebelum (?:mengirim|membuka|merge|menggabung).*',
);
/** Headings that say that what follows is to be done, in whatever form it is written. */
export const workPlaces = new RegExp(
  `^[^\\p{L}\\p{N}]*(?:\\d+(?:\\.\\d+)*[.):]?\\s+)?(?:${[
    '(?:sub-?|remaining |open |implementation |main )?tasks?|to-?dos?|work(?: items| packages|list)?|implementation|deliverables|(?:implementation )?(?:roadmap|plan)|backlog|scope|milestones?|(?:priority )?action items|next steps|objectives|goals|features|improvements|(?:phase|sprint|week|stage|milestone|wave|step|epic|day) \\d+',
    '(?:offene |teil)?aufgaben|arbeitspakete|umsetzung|(?:nächste )?schritte|ziele|meilensteine?|(?:phase|woche|schritt|etappe|tag) \\d+',
    'tâches|à faire|travaux|livrables|objectifs|jalons|prochaines étapes|(?:étape|phase|semaine) \\d+',
    'tareas|por hacer|entregables|objetivos|próximos pasos|hitos|pendientes?|(?:fase|paso|etapa|semana) \\d+',
    'tarefas|a fazer|entregáveis|próximos passos|marcos|pendências|(?:fase|passo|etapa|semana) \\d+',
    'attività|da fare|obiettivi|prossimi passi|consegne|(?:fase|passo|settimana) \\d+',
    'задачи|что сделать|сделать|план|цели|следующие шаги|(?:этап|фаза|шаг|неделя) \\d+',
    '任务|待办|计划|目标|下一步|实施|(?:阶段|步骤|第)\\s?[\\d一二三四五六七八九十]+|タスク|やること|作業(?:項目|内容)?|実装|目標|次のステップ|(?:フェーズ|ステップ)\\s?\\d+',
    '작업|할 ?일|목표|구현|다음 ?단계|\\d+ ?단계|tugas|daftar tugas|rencana|tujuan|langkah selanjutnya|(?:fase|tahap|langkah|minggu) \\d+',
  ].join('|')})(?!\\p{L}| (?:check-?list|criteria|checks)(?!\\p{L}))`,
  'iu',
);
/** How people speak of themselves. */
export const firstPerson =
  /^(?:i|we|my|i['’]ve|i['’]m|ich|wir|mein\p{L}*|je|j['’]|nous|yo|he|hemos|mi|eu|n[óo]s|meu|minha|io|ho|abbiamo|я|мы|мой|моя|saya|kami|我|我们|本人|私|わたし|저는|나는|제가)(?![\p{L}])|^(?:我|私は|저는)/iu;
export const attestationTitles = any(
  "^(?:(?:if|when) [^,]{1,80}, )?(?:(?:i|we)(?: have|['’]ve| am|['’]m| agree| understand| confirm| acknowledge| certify| accept)|i(?: will| did| read| searched| checked| tested| can| could| added| ran| wrote| checked))\\b",
  '^my (?:code|change|pr|commit|pull|branch)\\b|^(?:this|the) (?:pr|pull request|issue|bug) (?:is|has|does|follows|includes|contains|adds)\\b|\\bcode of conduct\\b|^(?:searched|checked) (?:for )?(?:existing|duplicate|open)',
  '^(?:ich habe|ich bin|ich bestätige|ich stimme|wir haben|mein code|diese[rs]? (?:pr|bug|fehler|issue|änderung) )(?!\\p{L})|verhaltenskodex',
  "^(?:j['’]ai|je (?:confirme|comprends|suis|m['’]engage|certifie)|nous avons|mon code|cette pr)(?!\\p{L})|code de conduite",
  '^(?:he (?:leído|buscado|comprobado|probado|verificado|revisado|añadido|actualizado)|confirmo|acepto|entiendo|mi código|este pr)(?!\\p{L})|código de conducta',
  '^(?:(?:eu )?(?:li|pesquisei|verifiquei|testei|confirmo|concordo|aceito|procurei|revisei|atualizei|adicionei)|meu código|este pr)(?!\\p{L})|código de conduta',
  '^(?:ho (?:letto|cercato|verificato|provato|controllato|aggiunto)|confermo|accetto|il mio codice)(?!\\p{L})|codice di condotta',
  '^(?:я (?:прочитал|прочёл|проверил|подтверждаю|согласен|искал|поискал|протестировал|убедился|ознакомил)\\p{L}*)|кодекс\\p{L}* поведения',
  '^(?:我|本人)(?:已|确认|同意|已经|理解|承诺|搜索|阅读)|^(?:已阅读|已搜索|已确认)|行为准则',
  '^(?:私は)?(?:[^。]{1,40})(?:を読みました|を確認しました|に同意します|を検索しました|をテストしました|を追加しました|に同意しました)|行動規範',
  '(?:을|를) ?(?:읽었|확인했|검색했|테스트했|추가했)(?:습니다|음|다)|에 동의합니다|행동 ?강령',
  '^(?:saya (?:telah|sudah|setuju|menyetujui|memahami|mengonfirmasi|mengerti))|kode etik',
);

/** What a contributor finds true in the end: "Tests added", "CI passes"; in a list of that kind only. */
export const stateTitles = any(
  '^(?:please |make sure|ensure|confirm (?:that )?|check (?:that |if )|verify (?:that )?)',
  '(?<!\\p{L})(?:added|updated|pass(?:es|ed|ing)?|tested|reviewed|documented|checked|verified|signed|rebased|squashed|included|followed|covered|linted|formatted|green|clean|compiles?|builds?)[^,;]{0,40}$|^(?:no (?:new |breaking )?|all (?:tests|checks)|tests? |ci |code (?:follows|is|builds|compiles)|commits? (?:are|follow|message))',
  '(?:hinzugefügt|aktualisiert|geprüft|getestet|dokumentiert|erstellt|grün)\\p{P}*$',
  '(?:ajoutée?s?|mise?s? à jour|testée?s?|vérifiée?s?|documentée?s?|passent)\\p{P}*$',
  '(?:añadid[oa]s?|agregad[oa]s?|actualizad[oa]s?|probad[oa]s?|revisad[oa]s?|pasan|adicionad[oa]s?|atualizad[oa]s?|testad[oa]s?|passam|passando|aggiunt[oaie]|aggiornat[oaie]|testat[oaie]|passano)\\p{P}*$',
  '(?:добавлен|обновл[её]н|проверен|протестирован|проход[яи]т)\\p{L}*\\p{P}*$',
  '^已|(?:已(?:添加|更新|通过|完成|测试)|通过)\\p{P}*$|(?:しました|した|済み|ている|通る)\\p{P}*$|(?:했습니다|했음|완료|통과)\\p{P}*$|^(?:sudah|telah) ',
);

export const choicePlaces = any(
  '\\b(?:types? of changes?|kind of change|issue type|change type|type of (?:issue|pr)|what (?:kind|type|sort) of|which (?:one|component|area|platform|option|version)|(?:select|choose|tick|check|mark|pick) (?:one|any|all|exactly one)\\b|affected (?:platforms?|areas?|components?))|^(?:severity|priority|impact)[:\\s]*$',
  `(?<!\\p{L})(?:art der änderung|änderungstyp|(?:bitte )?(?:eines|eins|zutreffendes) (?:auswählen|ankreuzen))`,
  'type de (?:changement|modification|ticket)|(?:cochez|choisir|choisissez) (?:une?|la|le)',
  'tipo de (?:cambio|modificación|incidencia)|(?:marque|seleccione|elija) (?:una?|la|el)',
  'tipo de (?:mudança|alteração)|(?:marque|selecione|escolha) (?:uma?|a|o)(?!\\p{L})',
  'tipo di (?:modifica|cambiamento)|(?:seleziona|scegli) (?:una?|uno)(?!\\p{L})',
  'тип (?:изменени\\p{L}+|задачи)|(?:выберите|отметьте) (?:один|одно|одну|нужное|подходящее)',
  '(?:变更|更改|修改|问题|PR)\\s?(?:的)?类型|(?:请)?选择一?[项个]|勾选',
  '変更の?(?:種類|タイプ)|(?:いずれか|一つ|1つ)(?:を)?(?:選択|選んで)|種別',
  '변경 ?(?:유형|종류)|(?:하나를|하나만)? ?선택(?:하세요|해)',
  'jenis perubahan|tipe perubahan|pilih (?:salah )?satu',
);
/** Whole headings under which a reporter ticks what applies. */
export const optionPlaces = wholly(
  '(?:type|severity|(?:expected |business )?(?:priority|impact)|urgency|risks?(?: level| assessment)?|frequency|(?:main|primary|affected|impacted|relevant|related) (?:areas?|domains?)|(?:affected|impacted) (?:components?|platforms?|versions?)|(?:areas?|components?|platforms?|versions?) (?:affected|impacted|involved)|(?:possible|probable|likely|suspected) (?:root )?causes?|how (?:was it|it was) (?:detected|found|discovered)|breaking changes?\\?|what (?:changed|has changed)|scope of (?:the )?change)',
  '(?:typ|art|priorität|schweregrad|dringlichkeit|auswirkung(?:en)?|risiken|risiko|betroffene (?:bereiche?|komponenten?|module?|plattformen?)|mögliche ursachen?|was (?:hat sich geändert|wurde geändert))',
  '(?:type|priorité|gravité|sévérité|urgence|impacts?|risques?|(?:zones?|composants?|modules?) (?:concernée?s?|impactée?s?)|causes (?:possibles|probables))',
  '(?:tipo|prioridad|gravedad|severidad|urgencia|impacto(?: esperado)?|riesgos?|(?:áreas?|componentes?|módulos?) (?:afectad[oa]s?|principal(?:es)?)|(?:posibles )?causas(?: (?:posibles|probables))?|qué cambió)',
  '(?:prioridade|gravidade|severidade|urg(?:ê|e)ncia|impacto(?: esperado)?|riscos?|(?:á|a)reas? (?:afetadas?|principal|impactadas?)|(?:componentes?|m(?:ó|o)dulos?) (?:afetad[oa]s?|impactad[oa]s?)|(?:poss(?:í|i)veis )?causas(?: prov(?:á|a)veis)?|o que mudou|como foi (?:detectado|descoberto))',
  '(?:priorità|gravità|urgenza|impatto|rischi|(?:aree|componenti|moduli) (?:interessat[ei]|coinvolt[ei])|possibili cause)',
  '(?:тип|приоритет|серьёзность|серьезность|срочность|влияние|риски|затронутые (?:области|компоненты|модули)|возможные причины)',
  '(?:类型|优先级|優先級|严重(?:程度|性|级别)|影响(?:范围|程度|模块)?|风险(?:评估|等级)?|可能(?:的)?原因|涉及(?:模块|范围))',
  '(?:種類|タイプ|優先度|重要度|緊急度|深刻度|影響(?:範囲|度)?|リスク|(?:考えられる|推定)原因|対象(?:範囲|コンポーネント))',
  '관련 ?(?:도메인|영역|모듈|컴포넌트)|(?:유형|종류|우선 ?순위|심각도|긴급도|영향(?: ?범위)?|리스크|위험(?:도)?|가능한 ?원인|추정 ?원인)',
  '(?:jenis|tipe|prioritas|tingkat (?:keparahan|urgensi)|dampak|risiko|(?:area|komponen|modul) (?:terdampak|yang terpengaruh)|kemungkinan penyebab)',
);
export const choiceTitles = any(
  '^(?:yes|no|none|n\\/a|other|ja|nein|oui|non|sí|sim|não|да|нет|是|否|はい|いいえ|예|아니(?:오|요)|ya|tidak|sì)[.!:。]?$',
  '^(?:bug ?fix|new feature|breaking change|documentation update|refactor(?:ing)?|chore)\\s[(（][^)）]{0,200}[)）][.。]?$',
  '^(?:fix|feature|enhancement|improvement|docs?|tests?|fehlerbehebung|neue funktion\\p{L}*|correction|corrección|correção|исправление\\P{Lu}*|缺陷修复|新功能|バグ修正|新機能|버그 수정|perbaikan bug)\\s?[(（][^)）]{0,60}(?:breaking|changes? (?:which|that)|änder|changement|cambio|mudança|изменени|变更|変更|변경|perubahan)[^)）]{0,140}[)）][.。]?$',
);

export const settingsPlaces = wholly(
  '(?:your |my |test )?(?:environment|system (?:info\\p{L}*|details)|operating systems?|os|platforms? (?:used|affected|tested)|browsers? (?:used|affected)|configuration details?|setup info\\p{L}*|versions? affected)',
  '(?:meine |deine |ihre )?(?:umgebung|systeminformationen?|betriebssystem|browser)',
  "(?:votre |mon )?(?:environnement|système d['’]exploitation|navigateur|informations système)",
  '(?:tu |su |mi )?(?:entorno|sistema operativo|navegador|información del sistema)',
  '(?:seu |meu )?(?:ambiente|sistema operacional|navegador|informações do sistema)',
  '(?:il tuo )?(?:ambiente|sistema operativo|browser)',
  'окружение|операционная система|система|браузер|среда',
  '(?:运行|使用|系统)?环境(?:信息)?|操作系统|浏览器|系统信息',
  '(?:実行|動作)?環境|OS|オペレーティングシステム|ブラウザ',
  '(?:실행 ?)?환경|운영 ?체제|브라우저',
  'lingkungan|sistem operasi|peramban',
);

/** "Python version:", to be filled in. */
export const settingsTitles =
  /^(?:\S+ ){0,3}(?:version|os|platform|browser|device|architecture|hardware|information|systemversion|versión|versão|versione|版本|バージョン|버전|versi)(?: information)?(?: [(（][^)）]*[)）])?[:：]\s*$/iu;

/** Lists of what the issue waits for; items there that are references are no work. */
export const blockerPlaces = wholly(
  '(?:upstream |external |hard )?(?:dependenc(?:y|ies)|blockers?|blocked (?:by|on)|depends on|prerequisites?)',
  'abhängigkeiten|voraussetzungen|blockiert durch',
  'dépendances|prérequis|bloqué par',
  'dependencias|bloqueos|dependências|bloqueios|pré-requisitos|dipendenze|prerequisiti',
  'зависимости|блокеры',
  '依赖(?:项|关系)?|前置(?:条件|任务)|阻塞项?|依存(?:関係)?|前提(?:条件)?|의존성|선행 ?작업',
  'ketergantungan|dependensi|prasyarat',
);

export const botTitles = any(
  '\\b(?:check(?:ing)? this box|select this checkbox|click(?:ing)? (?:on )?this checkbox|tick(?:ing)? this (?:check)?box|rebase all open prs|create all (?:rate-limited|pending|awaiting)[\\w -]{0,40}prs|trigger (?:a )?(?:request|job) (?:for renovate|to run again)|approve all pending|retry (?:or|and) rebase|run (?:this|the) (?:bot|job) again|regenerate (?:this|the) (?:summary|dashboard|walkthrough)|generate (?:docstrings|unit tests)(?: \\(|$)|create (?:a )?pr with unit tests|commit unit tests in branch)',
);
export const botPlaces = any(
  '^[^\\p{L}]*(?:rate-limited|awaiting schedule|pending (?:approval|status checks|branch automerge)|edited\\/blocked|other branches|ignored or blocked|detected dependencies|pr edited \\(blocked\\)|config migration needed|pr closed \\(blocked\\)|dependency dashboard|deprecations? \\/ replacements|errored|finishing touches)\\b',
);
export const botItemTitle = any(
  '^(?:chore|fix|build|ci)\\(deps(?:-dev)?\\): |^(?:update|bump|pin|replace) (?:dependency|module|\\S+ (?:github )?action|\\S+ docker tag)\\b.* (?:to|from) v?\\S+$|<!-- (?:rebase|recreate)',
);

export const releasePlaces = wholly(
  '(?:(?:before|after|during|post|pre)[- ]?(?:the )?release|releas(?:e|ing)(?: (?:steps?|process|checklist|day|tasks?|to-?dos?|procedure))?|deploy(?:ment)? (?:steps|checklist)|roll-?out(?: (?:steps|checklist))?|go-?live(?: (?:steps|checklist))?|(?:[\\p{L}&-]+ ){0,3}sign-?offs?|approvals?|announce(?:ments?)?(?: the release)?(?: on| to| in)?|publicity)',
  '(?:nach|vor|beim)? ?(?:dem |der )?(?:release|veröffentlichung)(?:s?-?(?:schritte|checkliste|prozess|ablauf))?|freigaben?|abnahmen?',
  '(?:après|avant) (?:la |le )?(?:publication|release|livraison)|(?:étapes|procédure|liste) de (?:publication|release|livraison|mise en production)|approbations?|validations? humaines?',
  '(?:después|antes) (?:del|de la) (?:lanzamiento|publicación|release)|(?:pasos|lista|proceso) (?:de|del) (?:lanzamiento|publicación|release|despliegue)|aprobaciones?|lanzamiento',
  '(?:depois|antes) (?:do|da) (?:lançamento|publicação|release)|(?:passos|etapas|lista|processo) (?:de|do) (?:lançamento|publicação|release|implantação)|aprovaç(?:ão|ões)|lançamento',
  '(?:dopo|prima) (?:del|della|il|la) (?:rilascio|release|pubblicazione)|(?:passi|fasi|lista) (?:di|del|per il) (?:rilascio|release)|rilascio|approvazion[ei]',
  '(?:после|перед) (?:релиз\\p{L}+|выпуск\\p{L}+)|(?:шаги|процесс|чек-?лист) (?:релиза|выпуска)|релиз|выпуск|согласования?',
  '(?:发布|上线|发版)(?:前|后|流程|步骤|清单|检查)*|审批(?:流程)?|人工审批',
  'リリース(?:前|後|手順|作業|チェックリスト|当日)*|承認(?:手順|作業)?',
  '(?:릴리[스즈]|출시|배포) ?(?:전|후|절차|단계|체크리스트)*|승인(?: ?절차)?',
  '(?:sebelum|setelah|sesudah) rilis|(?:langkah|proses|daftar) rilis|rilis|persetujuan',
);
/** Headings of whole procedures; what stands under their subheadings is a step too. */
export const releaseLists = wholly(
  '(?:(?:pre|post)[- ]?(?:release|deploy(?:ment)?|launch|merge)|releas(?:e|ing)|deploy(?:ment)?|roll-?out|go-?live|launch|(?:release )?execution|publishing)(?: \\S+)?(?: (?:checklist|checks|steps|procedure|runbook|verification))|(?:pre|post)[- ]?(?:release|deploy(?:ment)?|launch)',
  '(?:release|deployment|deploy|veröffentlichungs)-?\\s?(?:checkliste|schritte|ablauf|prozess)|(?:vor|nach) (?:dem )?(?:deployment|deploy)',
  "(?:liste|étapes|procédure|checklist) (?:de |du |d['’])(?:publication|release|livraison|mise en production|déploiement)|(?:avant|après) (?:le )?déploiement",
  '(?:lista|pasos|proceso|checklist) (?:de |del )(?:lanzamiento|publicación|release|despliegue)|(?:antes|después) del? despliegue',
  '(?:lista|passos|etapas|processo|checklist) (?:de |do |da )(?:lançamento|publicação|release|implantação|deploy)|(?:antes|depois|após|pós)[- ]?(?:d?[oae] )?(?:deploy|implantação)',
  '(?:lista|passi|checklist) (?:di |del |per il )(?:rilascio|release|deploy)',
  '(?:чек-?лист|шаги|процесс|порядок) (?:релиза|выпуска|деплоя|развёртывания|развертывания)|(?:до|после|перед) (?:деплоя|деплоем|развёртывания)',
  '(?:发布|上线|部署|发版)(?:前|后)?(?:流程|步骤|清单|检查(?:清单|项)?|操作)',
  '(?:リリース|デプロイ|本番反映)(?:前|後)?(?:手順|作業|チェックリスト|チェック|確認)',
  '(?:릴리[스즈]|출시|배포) ?(?:전|후)? ?(?:절차|단계|체크리스트|확인)',
  '(?:langkah|proses|daftar|checklist) (?:rilis|deploy(?:ment)?)|(?:sebelum|setelah) deploy(?:ment)?',
);
export const humanTitles = any(
  '^(?:tag (?:with v?[\\dx]|(?:the |a )?commit|and (?:release|publish)|(?:the |a )?(?:new )?release|v?\\d)|cut (?:the |a )?(?:new )?release|(?:get |have )?(?:the )?release (?:pr|pull request) (?:approved|merged|reviewed)|(?:squash[ -]?merge|merge|approve|open|create) (?:the |a )?release (?:pr|pull request|branch)|announce (?:the |this |a )?(?:new )?release|(?:run|execute|trigger|start) (?:the )?(?:release|publish(?:ing)?|deploy(?:ment)?) (?:\\S+ )?(?:workflow|pipeline|job|action|script)|(?:upload|push) (?:the |it |to ){1,2}(?:\\S+ )?(?:pypi|npm|crates\\.io|docker ?hub|zenodo)\\b|publish (?:the |a |it |new )?(?:(?:package|crate|gem|release|image|version)s?\\b|(?:to|on) (?:npm|pypi|crates\\.io|maven|rubygems|docker ?hub|github)\\b)|push (?:the )?(?:release )?tag|announce (?:it |this |the \\S+ )?(?:on |to |in (?:slack|discord|the (?:forum|channel)))|post (?:it |this |about it )?(?:on|to|in) (?:slack|discord|twitter|mastodon|the (?:forum|mailing list|blog))|schedule (?:a |the )?(?:meeting|call|demo|review)\\b|(?:merge|land) (?:this|the) (?:pr|pull request|branch|brach)\\b|merge \\S+ (?:in)?to (?:main|master|dev(?:elop(?:ment)?)?|stable|production|release\\S*)\\b|(?:delete|remove|recreate|re-?enable|disable|restore) (?:the )?(?:\\S+ )?branch protection|sign the (?:cla|binaries|release)|(?:submit|upload) (?:\\S+ ){0,3}to (?:the )?(?:app ?store|play ?store|pypi|npm)\\b|create (?:the |a )?(?:git|release) tag|(?:make|draft|announce) (?:the |a |new )?release\\b|(?:get|obtain|request|ask for|wait for) (?:\\S+ ){0,3}(?:approval|sign-?off)|(?:legal|security|design|privacy|product|qa|management) (?:sign-?off|approval)\\b|set (?:up )?(?:the )?(?:repository |repo |ci |github )?secrets?\\b|(?:rotate|revoke) (?:\\S+ ){0,4}(?:secrets?|credentials|tokens?|keys?|passwords?)\\b|(?:add|store|create|generate|configure) (?:\\S+ ){0,4}(?:secrets?|credentials|tokens?|keys?) (?:in|to|for) (?:the )?(?:repo(?:sitory)?|ci|github|org|vault|production|npm)\\b|(?:grant|give|request) (?:\\S+ ){0,5}(?:access|permissions?|rights) (?:to|on|for) (?:the )?(?:\\S+ )?(?:repo(?:sitory)?|org(?:ani[sz]ation)?|github|aws|gcp|azure|servers?|cluster|prod(?:uction)?|database|vault|account|dashboard|slack|drive|bucket)\\b|invite (?:\\S+ ){1,5}(?:to|as) (?:the )?(?:repo(?:sitory)?|org(?:ani[sz]ation)?|github|slack|maintainers?)\\b|deploy (?:\\S+ ){0,3}to prod(?:uction)?\\b)',
  '^(?:(?:version |release )?(?:\\S+ )?(?:taggen|veröffentlichen)|(?:release|version|paket) (?:\\S+ )?(?:erstellen und )?(?:taggen|veröffentlichen)|freigabe (?:\\S+ ){0,5}(?:einholen|erteilen)|zugriff (?:\\S+ ){0,5}(?:gewähren|erteilen)|(?:secrets?|geheimnisse|zugangsdaten|schlüssel) (?:\\S+ ){0,5}(?:rotieren|hinterlegen|setzen|eintragen))',
  "^(?:publier (?:la |le |une |sur )?(?:release|version|paquet|package|npm|pypi)|(?:taguer|étiqueter) (?:la |une )?(?:version|release)|obtenir (?:l['’]|la |une )?(?:approbation|validation|accord)|accorder (?:l['’]|les )?(?:accès|droits)|(?:configurer|renouveler|faire tourner) les (?:secrets|clés|identifiants))",
  '^(?:publicar (?:la |el |una |en )?(?:versión|release|paquete|npm|pypi)|etiquetar (?:la |una )?(?:versión|release)|obtener (?:la |una )?(?:aprobación|autorización)|(?:dar|conceder|otorgar) (?:acceso|permisos)|(?:rotar|configurar) (?:los |las )?(?:secretos|credenciales|claves))',
  '^(?:publicar (?:a |o |uma |no |na )?(?:vers(?:ão|ao)|release|pacote|npm|pypi)|(?:criar|gerar) (?:a )?tag|obter (?:a )?aprovação|(?:dar|conceder) (?:acesso|permiss)|(?:rotacionar|configurar|trocar) (?:os |as )?(?:segredos|secrets|credenciais|chaves))',
  "^(?:pubblicare (?:la |il |su )?(?:versione|release|pacchetto|npm|pypi)|taggare (?:la )?(?:versione|release)|ottenere (?:l['’])?approvazione|(?:concedere|dare) (?:l['’])?accesso|(?:ruotare|configurare) (?:i |le )?(?:segreti|credenziali|chiavi))",
  '^(?:опубликовать (?:релиз|пакет|версию|в npm)|(?:поставить|создать) тег|выпустить (?:релиз|версию)|получить (?:согласование|одобрение|разрешение)|(?:выдать|предоставить) (?:доступ|права)|(?:обновить|сменить|прописать|добавить) (?:секреты|ключи доступа|пароли))',
  '^(?:发布(?:新?版本|正式版|到\\s?(?:npm|pypi|生产|应用商店))|打\\s?(?:tag|标签)|(?:获取|申请|等待).{0,12}(?:批准|审批|授权|权限)|授予.{0,12}(?:权限|访问)|(?:轮换|更换).{0,8}(?:密钥|凭证|密码)|(?:配置|设置|添加).{0,4}(?:生产|仓库|CI|GitHub).{0,8}(?:密钥|凭证|密码)|部署到生产)',
  '^(?:(?:npm|pypi|本番|ストア)(?:へ|に)(?:公開|デプロイ|リリース)|リリース(?:タグ)?を(?:作成|打つ|公開)|タグを(?:打つ|付ける|作成)|.{0,20}(?:承認を(?:得る|もらう)|の承認(?:待ち|取得))|.{0,20}(?:アクセス権|権限)を(?:付与する?|与える)$|.{0,12}(?:シークレット|認証情報|鍵|秘密鍵)を(?:設定|更新|ローテーション))',
  '^(?:.{0,12}(?:npm|운영|프로덕션)에 ?(?:배포|게시)|릴리[스즈] ?(?:태그|게시|발행)|태그 ?(?:생성|푸시)|.{0,20}승인 ?(?:받기|요청|획득)|.{0,20}(?:접근 ?)?권한 ?(?:부여|요청)|.{0,12}(?:시크릿|비밀 ?키|자격 ?증명) ?(?:설정|교체|등록))',
  '^(?:(?:publikasikan|terbitkan|rilis) (?:versi|paket|rilis|ke npm)|buat tag|(?:minta|dapatkan) persetujuan|(?:beri(?:kan)?) (?:akses|izin)|(?:atur|rotasi|ganti) (?:secrets?|kredensial|rahasia))',
);
export const humanPlaces = any(
  '\\b(?:user|human|owner|maintainer|manually|admin)[- ](?:gated|only|approved|decision|steps?|actions?)\\b|\\b(?:humans? only|by hand|(?<!user |reference |the )manual(?! pages?)(?: approval| steps?| verification| actions?)?(?: required)?|requires? (?:human|approval)|for (?:the )?(?:maintainers?|humans?|admins?)(?: only)?)\\b',
  '(?:nur )?(?:für )?(?:menschen|maintainer)(?: nur)?$|manuelle schritte|von hand|manuell$',
  'étapes manuelles|à la main|manuel(?:le)?s?$|actions humaines',
  'pasos manuales|acciones manuales|a mano$|manuales$',
  'passos manuais|ações manuais|manuais$|à mão',
  'passaggi manuali|manual[ei]$',
  'вручную|ручные (?:шаги|действия)',
  '人工(?:操作|步骤|处理|执行)|手动(?:操作|步骤)',
  '手動(?:作業|手順|対応)|人手(?:作業|で)|人間(?:の|が)(?:作業|対応)',
  '수동 ?(?:작업|단계|절차)|사람이 ?(?:할|직접)',
  'langkah manual|secara manual$',
);

export const questionPlaces = any(
  '\\b(?:open|unresolved|unanswered|outstanding) (?:design )?(?:questions?|issues to discuss)\\b|\\b(?:known problems|requir\\w+ more (?:thought|design)|needs? (?:more )?(?:discussion|design|thought)|to be (?:discussed|decided)|to discuss|undecided|decisions? needed|^questions?$)',
  '(?:offene|ungeklärte) (?:fragen|punkte)|noch zu (?:klären|entscheiden)',
  'questions? (?:ouvertes?|en suspens|non résolues?)|à (?:décider|discuter)',
  'preguntas? (?:abiertas?|pendientes?)|por (?:decidir|discutir)',
  '(?:perguntas?|quest(?:ão|ões)) (?:abertas?|em aberto|pendentes?)|a (?:decidir|discutir)$',
  'domande aperte|questioni aperte|da (?:decidere|discutere)',
  '(?:открытые|нерешённые|нерешенные) вопросы|(?:надо|нужно) обсудить',
  '(?:待|未)(?:讨论|决|确认|解决)(?:的?(?:问题|事项))?|开放问题|遗留问题',
  '(?:未解決|未決)(?:の|事項|問題|課題)|検討(?:事項|中)|質問|オープンクエスチョン',
  '(?:미해결|열린|논의가? ?필요한?) ?(?:질문|이슈|사항)?|논의 ?사항',
  'pertanyaan (?:terbuka|yang belum)|perlu didiskusikan|belum diputuskan',
);
export const questionTitles = any(
  '^(?:should|do|does|is|are|can|could|would|how|what|why|which|where|who|when|shall|will|sollen|soll|wie|was|warum|welche[rsn]?|wo|wer|wann|brauchen|können|faut-il|doit-on|devons-nous|comment|pourquoi|quel(?:le)?s?|où|quand|est-ce|¿|como|cómo|qué|quién|cuándo|cuál(?:es)?|devemos|qual|quais|quem|onde|por que|dobbiamo|come|perché|quale|quando|как|какой|какие|какая|что|зачем|почему|нужно ли|стоит ли|кто|когда|где|apakah|bagaimana|mengapa|siapa|kapan|haruskah)(?![\\p{L}])[^?]{0,300}\\?$|^¿[^?]{0,300}\\?$',
  '(?:る|た|い|です|ます)か(?:どうか)?[。]?$|^[^?？]{2,120}(?:吗|呢|么|か|까|나요|是否[^?？]*)[?？]$|^(?:是否|如何|为什么|怎么|哪个)[^?？]{1,200}[?？]$',
);

/**
 * Signs that one task uses what another makes. They are proposals, each with its evidence, for a human to accept; they
 * gate nothing, and none contradicts what the author said.
 */
import type { Checklist, ChecklistItem } from './checklist-model.ts';
import { leafDependencies } from './item-graph.ts';
import { clip } from './markdown.ts';
import { titleWords } from './title-words.ts';

export interface Proposal {
  /** `p1`, `p2`, ...: the same for the same text. */
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly kind: 'needs' | 'lands-after';
  readonly basis: 'proposed';
  /** The evidence, in words. */
  readonly source: string;
  readonly line: number;
}

const tests =
  /^(?:(?:add|write|create|extend|fix|more) )?(?:(?:the|some|more|missing|unit|integration|e2e|end-to-end|regression|load|smoke|property|new) ){0,3}tests?(?![\p{L}])|^(?:test|cover|verify)\s|tests?$|(?<!\p{L})tests? (?:schreiben|ergänzen|für)|^(?:écrire|ajouter) (?:des |les )?tests|^(?:escribir|añadir|agregar|escrever|adicionar|scrivere|aggiungere) (?:l[oa]s |os |i )?(?:test|prueba|teste)|^(?:написать|добавить|покрыть) тест|测试|テスト|테스트|^(?:tulis|tambah(?:kan)?) (?:tes|uji)/iu;
const docs =
  /^(?:document(?! store| db)|docs?(?![\p{L}])|(?:add|write|update|extend|improve) (?:(?:the|user|api|some) ){0,2}(?:docs?|documentation|guide|readme|changelog|tutorial|manual)(?![\p{L}]))|(?<!\p{L})doku(?:mentation)? (?:schreiben|ergänzen)|^dokument|^(?:documenter|rédiger la doc)|^(?:documentar|actualizar la doc|atualizar a doc)|^documentare|^(?:описать|задокументировать|обновить (?:документацию|readme))|文档|ドキュメント|문서|^dokumentasi/iu;
const setup =
  /^(?:set ?up|scaffold|bootstrap|initiali[sz]e|init|configure|install|provision|prepare|einrichten|aufsetzen|konfigurieren|configurer|mettre en place|configurar|instalar|preparar|configurare|installare|настроить|установить|подготовить|搭建|配置|初始化|设置|安装|セットアップ|설정|구성|siapkan|atur|konfigurasi)(?![a-z])|(?:einrichten|aufsetzen|をセットアップ(?:する)?|を設定(?:する)?|(?:을|를)? ?설정|구성)$/iu;
const groundwork =
  /(?<!\p{L})(?:repo(?:sitory)?|project|workspace|monorepo|skeleton|scaffold\w*|toolchain|projekt|projet|proyecto|projeto|progetto|проект|项目|プロジェクト|프로젝트|proyek)(?!\p{L})/iu;
const makes =
  /^(?:create|add|introduce|extract|define|implement|build|write|design|make|generate|provide|anlegen|erstellen|bauen|créer|ajouter|extraire|crear|añadir|extraer|criar|adicionar|extrair|creare|aggiungere|estrarre|создать|добавить|выделить|написать|реализовать|创建|新增|添加|实现|新建|buat|tambah(?:kan)?)(?![a-zа-я])/iu;
const isPath =
  /^[\w@.-]*(?:\/[\w@.*-]+)+\/?$|^[\w-]+\.(?:ts|tsx|js|mjs|jsx|py|go|rs|rb|java|kt|c|h|cpp|cs|php|sql|ya?ml|json|toml|md|sh)$/i;

/** Stems that say nothing of what a task is about. */
const generic = new Set(
  titleWords(
    'test tests testing document documentation docs default data code make support function method type value file example update create write implement integration unit feature change page name list base system user users version option options flag config setting settings build project repository readme guide',
  ),
);
const mostProposals = 60;
/** More than these share it: it tells nothing. */
const commonTo = 3;
const longestList = 12;

interface Task {
  readonly item: ChecklistItem;
  readonly words: readonly string[];
  readonly spans: readonly string[];
  readonly role: 'test' | 'docs' | 'setup' | 'other';
}

export function proposeEdges(checklist: Checklist): readonly Proposal[] {
  const tasks = checklist.items.filter((item) => item.dispatch).map(taskOf);
  const stated = leafDependencies(checklist);
  const waits = new Map<number, number[]>();
  for (const { from, to } of stated) waits.set(from, [...(waits.get(from) ?? []), to]);
  const found: Omit<Proposal, 'id'>[] = [];
  const propose = (from: Task, to: Task, kind: Proposal['kind'], source: string): void => {
    const [a, b] = [from.item.index, to.item.index];
    if (a === b || found.length >= mostProposals || reaches(waits, b, a) || reaches(waits, a, b)) return;
    waits.set(a, [...(waits.get(a) ?? []), b]);
    found.push({ from: a, to: b, kind, basis: 'proposed', source, line: from.item.line });
  };
  fromNames(tasks, propose);
  fromRoles(tasks, propose);
  return found.map((one, at) => ({ id: `p${at + 1}`, ...one }));
}

type Propose = (from: Task, to: Task, kind: Proposal['kind'], source: string) => void;

function taskOf(item: ChecklistItem): Task {
  const title = item.title.replace(/^(?:[[(][^\])]{1,12}[\])]|[A-Z]+-?\d+[a-z]?[:.]?|#\d+\s?[-–:]?)\s+/, '');
  const role = tests.test(title) ? 'test' : docs.test(title) ? 'docs' : setup.test(title) ? 'setup' : 'other';
  const words = titleWords(title).filter((word) => word.length > 3 && !generic.has(word));
  return { item, words, spans: spansOf(item.text), role };
}

function spansOf(text: string): readonly string[] {
  const spans = [...text.slice(0, 2000).matchAll(/`([^`\n]{3,80})`/g)].map((match) =>
    (match[1] ?? '').replace(/\(\)$/, ''),
  );
  return [...new Set(spans.filter((span) => /^[\w@./*:-]+$/.test(span)))];
}

/** Whether `from` waits for `to`, directly or through others. */
function reaches(waits: ReadonlyMap<number, readonly number[]>, from: number, to: number): boolean {
  const seen = new Set<number>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === to) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    open.push(...(waits.get(at) ?? []));
  }
  return false;
}

/** A name in code that one task makes and others only mention; a file that two tasks edit. */
function fromNames(tasks: readonly Task[], propose: Propose): void {
  for (const [span, holders] of groupBy(tasks, ({ spans }) => spans)) {
    if (holders.length < 2 || holders.length > commonTo + 1) continue;
    const makers = holders.filter(
      ({ item, spans }) => makes.test(item.title) && spans[0] === span && item.title.includes(span),
    );
    const [maker] = makers;
    if (maker !== undefined && makers.length === 1) {
      for (const user of holders)
        if (user !== maker) propose(user, maker, 'needs', `uses \`${span}\`, which "${say(maker)}" makes`);
    } else if (isPath.test(span))
      for (const [at, later] of holders.entries()) {
        const earlier = holders[at - 1];
        if (earlier !== undefined)
          propose(later, earlier, 'lands-after', `edits \`${span}\` as "${say(earlier)}" does`);
      }
  }
}

/** Tests after what they test, documentation after what it tells of, what sets something up before what uses it. */
function fromRoles(tasks: readonly Task[], propose: Propose): void {
  const holders = groupBy(tasks, ({ words }) => words);
  const shares = (task: Task): readonly { readonly other: Task; readonly word: string }[] => {
    const rare = task.words.flatMap((word) => {
      const all = holders.get(word) ?? [];
      return all.length > 1 && all.length <= commonTo ? all.map((other) => ({ other, word })) : [];
    });
    return rare.filter(({ other }) => other !== task);
  };
  for (const task of tasks) {
    if (task.role === 'other') continue;
    const related = shares(task);
    for (const { other, word } of related) {
      if (task.role === 'setup' && other.role !== 'setup')
        propose(other, task, 'needs', `"${say(task)}" sets up what it uses ("${inWords(other, word)}")`);
      if (task.role === 'test' && other.role === 'other')
        propose(task, other, 'needs', `tests what "${say(other)}" makes ("${inWords(other, word)}")`);
      if (task.role === 'docs' && other.role !== 'docs' && other.role !== 'test')
        propose(task, other, 'needs', `tells of what "${say(other)}" makes ("${inWords(other, word)}")`);
    }
    if (related.length === 0 && tasks.length <= longestList) general(task, tasks, propose);
  }
}

/** Without an object of their own: groundwork comes first, documentation last. */
function general(task: Task, tasks: readonly Task[], propose: Propose): void {
  for (const other of tasks) {
    if (other === task || other.item.section !== task.item.section) continue;
    if (task.role === 'docs' && other.role !== 'docs')
      propose(task, other, 'needs', 'documentation of the whole comes last');
    if (task.role === 'setup' && groundwork.test(task.item.title) && other.role !== 'setup')
      propose(other, task, 'needs', `"${say(task)}" is groundwork`);
  }
}

function groupBy(
  tasks: readonly Task[],
  keys: (task: Task) => readonly string[],
): ReadonlyMap<string, readonly Task[]> {
  const groups = new Map<string, Task[]>();
  for (const task of tasks)
    for (const key of keys(task)) {
      const known = groups.get(key);
      if (known === undefined) groups.set(key, [task]);
      else known.push(task);
    }
  return groups;
}

/** As it stands in the title. */
function inWords({ item }: Task, stem: string): string {
  const words = item.title.match(/[\p{L}\p{N}]+(?:[-_./][\p{L}\p{N}]+)*/gu) ?? [];
  return words.find((word) => titleWords(word).includes(stem)) ?? stem;
}

function say({ item }: Task): string {
  return clip(item.title, 60);
}

/** Any sequence of edits of the issue's text, read again through the rules and written back: who is who stays so. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultPolicy } from '../../src/core/plan.ts';
import { parentOf } from '../../src/core/shards.ts';
import type { Signal } from '../../src/core/signals.ts';
import { subIssueOf } from '../../src/core/tasks.ts';
import { markBody } from '../../src/text/body-marks.ts';
import { compilePlan } from '../../src/text/compile-plan.ts';
import type { SubIssue } from '../../src/text/item-fates.ts';
import { answer, repo, Stage } from '../core/story.ts';

const words = fc.constantFrom(
  'parse',
  'print it',
  'cache (fast)',
  'draw `x`',
  '**bold** move',
  'parse all',
  '解析',
  'log',
);
const place = fc.nat(30);
const edit = fc.oneof(
  fc.record({ do: fc.constant('insert' as const), at: place, words, indent: fc.constantFrom('', '', '  ') }),
  fc.record({ do: fc.constant('delete' as const), at: place }),
  fc.record({ do: fc.constant('move' as const), at: place, to: place }),
  fc.record({ do: fc.constant('reword' as const), at: place, words }),
  fc.record({ do: fc.constant('tick' as const), at: place }),
  fc.record({ do: fc.constant('heading' as const), at: place, words }),
  fc.record({ do: fc.constant('write on' as const), at: place, words }),
  fc.record({ do: fc.constant('ends' as const), at: place, end: fc.constantFrom('\n', '\r\n') }),
);
type Edit = typeof edit extends fc.Arbitrary<infer One> ? One : never;

/** As a person edits: whole lines, or the words of one, its link left where it is. */
function edited(body: string, one: Edit): string {
  const lines = body.split(/(?<=\n)/);
  const at = one.at % Math.max(1, lines.length);
  const line = lines[at] ?? '';
  const end = /\r?\n$/.exec(line)?.[0] ?? '';
  const [, head = '', link = ''] = /^(\s*- \[[ x]\] ).*?((?: \(#\d+\))?)\s*$/.exec(line) ?? [];
  const put = (...some: readonly string[]): string => [...lines.slice(0, at), ...some, ...lines.slice(at + 1)].join('');
  switch (one.do) {
    case 'insert':
      return put(line, `${one.indent}- [ ] ${one.words}\n`);
    case 'heading':
      return put(line, `\n## ${one.words}\n\n`);
    case 'delete':
      return put();
    case 'move': {
      const rest = put().split(/(?<=\n)/);
      const to = one.to % (rest.length + 1);
      return [...rest.slice(0, to), line, ...rest.slice(to)].join('');
    }
    case 'reword':
      return head === '' ? body : put(`${head}${one.words}${link}${end}`);
    case 'write on':
      return head === '' ? body : put(line, `${one.words} more${end === '' ? '\n' : end}`);
    case 'tick':
      return put(line.replace('[ ]', '[x]'));
    case 'ends':
      return put(line.replace(/\r?\n$/, one.end));
  }
}

/** GitHub as far as this matters: the issue's text, and its sub-issues, at most four under one issue. */
interface Hub {
  body: string;
  readonly issues: SubIssue[];
  edits: number;
}

const most = 4;

function read(stage: Stage, hub: Hub): Signal {
  const compiled = compilePlan({
    body: hub.body,
    settings: {},
    flags: {},
    subIssues: hub.issues,
    agents: ['default'],
    basePolicy: { ...defaultPolicy, maxWorkers: 1 },
    rereading: stage.state.edits.reading,
    mostSubIssues: most,
    startsSharded: true,
  });
  const issue = { number: 7, nodeId: 'I_7', title: 'Master', url: '' };
  const facts = { type: 'plan-read', repo, issue, requiredChecks: [], baseChecks: [] } as const;
  return { ...facts, round: stage.state.readings, edited: { by: 'ada', at: hub.edits }, plan: compiled };
}

/** Everything that is asked of GitHub is done; agents never come to an end. */
function carryOut(stage: Stage, hub: Hub): void {
  for (let rounds = 0; rounds < 60; rounds++) {
    const asked = stage.commands().filter(({ kind }) => !['run-attempt', 'edit-status', 'wake'].includes(kind));
    const wanted = asked.filter(
      ({ kind }) => kind !== 'mark-body' || stage.state.report.bodyShown < stage.state.report.bodyDue,
    );
    if (wanted.length === 0) return;
    for (const command of wanted) {
      if (command.kind === 'read-plan') stage.when(read(stage, hub));
      else if (command.kind === 'create-sub-issue' || command.kind === 'create-group-issue')
        create(stage, hub, command);
      else {
        if (command.kind === 'mark-body') mark(stage, hub);
        stage.when(...answer(stage, command, { seed: '', failing: 0 }));
      }
    }
  }
  throw new Error('it never rests');
}

function create(stage: Stage, hub: Hub, command: { readonly task: string } | { readonly group: string }): void {
  const number = 100 + hub.issues.length;
  const ref = { number, id: number, nodeId: `I_${number}`, url: '' };
  if ('group' in command) {
    hub.issues.push({ ...ref, title: command.group, open: true });
    stage.when({ type: 'group-issue-created', group: command.group, issue: ref });
    return;
  }
  const parent = parentOf(stage.state, command.task)?.number ?? 0;
  const title = stage.state.tasks.find(({ plan }) => plan.id === command.task)?.plan.title ?? '';
  hub.issues.push({ ...ref, title, open: true, ...(parent === 7 ? {} : { under: parent }) });
  stage.when({ type: 'sub-issue-created', task: command.task, issue: ref });
}

function mark(stage: Stage, hub: Hub): void {
  const marks = stage.state.tasks.flatMap((task) => {
    const issue = subIssueOf(task)?.number;
    return issue === undefined ? [] : [{ title: task.plan.title, line: task.plan.line, issue, ticked: false }];
  });
  const { body } = markBody(hub.body, marks);
  expect(body.replace(/ \(#1\d\d\)/g, '')).toBe(hub.body.replace(/ \(#1\d\d\)/g, ''));
  hub.body = body;
}

function links(body: string): readonly number[] {
  return [...body.matchAll(/ \(#(1\d\d)\)/g)].map(([, number]) => Number(number));
}

it('no task twice, no link lost, and no issue with more sub-issues than it takes', () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 20 }), fc.nat(8), (edits, items) => {
      const first = [...Array(items + 1).keys()].map((n) => `- [ ] item number ${n}\n`).join('');
      const hub: Hub = { body: `Words.\r\n\r\n${first}`, issues: [], edits: 0 };
      const stage = new Stage().requested();
      carryOut(stage, hub);
      let written = items + 1;
      for (const one of edits) {
        const before = links(hub.body);
        const body = edited(hub.body, one);
        const kept = links(body);
        written += one.do === 'insert' ? 1 : 0;
        hub.body = body;
        hub.edits += 1;
        stage.when({ type: 'issue-edited', number: 7, by: 'ada', at: hub.edits });
        carryOut(stage, hub);
        // what a person left in the text is still there, once
        expect(links(hub.body).filter((number) => before.includes(number))).toEqual(kept);
      }
      // an item that is put back is new work on the sub-issue that it had
      const listed = stage.state.tasks.filter(({ dropped }) => dropped !== true);
      const subs = listed.flatMap((task) => subIssueOf(task)?.number ?? []);
      expect(new Set(subs).size).toBe(subs.length);
      // what was at work when its item went is asked about, and keeps its old place
      const alive = stage.state.tasks.filter(({ status, held }) => status !== 'cancelled' && held === undefined);
      expect(new Set(alive.map(({ plan }) => plan.line)).size).toBe(alive.length);
      const taskIssues = hub.issues.filter(({ title }) => !/^g\d+$/.test(title));
      const ever = stage.state.tasks.flatMap((task) => subIssueOf(task)?.number ?? []);
      expect(new Set(ever)).toEqual(new Set(taskIssues.map(({ number }) => number)));
      // rewording an item beyond recognition, or moving it, may make it another one; never more than there were words
      expect(taskIssues.length).toBeLessThanOrEqual(written + edits.length);
      for (const parent of new Set(hub.issues.map(({ under }) => under)))
        if (parent !== undefined)
          expect(hub.issues.filter(({ under }) => under === parent).length).toBeLessThanOrEqual(most);
    }),
    { numRuns: 150, seed: 8 },
  );
}, 120_000);

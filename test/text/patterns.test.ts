import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, PlannedTask } from '../../src/core/plan.ts';
import { defaultPolicy } from '../../src/core/plan.ts';
import { compilePlan, type PlanInput } from '../../src/text/compile-plan.ts';
import { planJson } from '../../src/text/plan-json.ts';
import { loadSettings } from '../../src/text/settings.ts';

function compile(body: string, more: Partial<PlanInput> = {}): ReturnType<typeof compilePlan> {
  return compilePlan({
    body,
    settings: {},
    flags: {},
    subIssues: [],
    agents: ['default', 'writer'],
    basePolicy: defaultPolicy,
    ...more,
  });
}

function planOf(body: string, more: Partial<PlanInput> = {}): Plan {
  const compiled = compile(body, more);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.plan;
}

const block = (yaml: string): string => `\n\`\`\`muster\n${yaml}\n\`\`\`\n`;

/** `line: message remedy`. */
function problems(body: string, more: Partial<PlanInput> = {}): readonly string[] {
  const compiled = compile(body, more);
  return compiled.ok ? [] : compiled.problems.map(({ line, message, remedy }) => `${line}: ${message} ${remedy}`);
}

const edges = ({ edges: all }: Plan): readonly string[] => all.map(({ from, to, basis }) => `${from}>${to} ${basis}`);
const titled = (plan: Plan, title: string): PlannedTask | undefined => plan.tasks.find((task) => task.title === title);

describe('names', () => {
  const body = '## Auth\n- [ ] **login**: add it (2h)\n- [ ] Tests for login\n## Docs\n- [ ] Guide\n';

  it('are numbers, titles, words of one title, or headings', () => {
    const by = (name: string): readonly string[] =>
      edges(
        planOf(`${body}${block(`phases:\n  - name: one\n    tasks: [Guide]\n  - name: two\n    tasks: ["${name}"]`)}`),
      );
    expect(by('1')).toEqual(['t1>t3 phase']);
    expect(by('#2')).toEqual(['t2>t3 phase']);
    expect(by('tests_for_login')).toEqual(['t2>t3 phase']);
    expect(by('login')).toEqual(['t1>t3 phase']);
    expect(by('auth')).toEqual(['t1>t3 phase', 't2>t3 phase']);
  });

  it('of nothing there is make a task, once', () => {
    const plan = planOf(
      `${body}${block('fan_out:\n  tasks: [api_gateway, guide]\nfan_in:\n  task: integration_testing')}`,
    );
    expect(plan.tasks.map(({ title, made }) => [title, made ?? false])).toEqual([
      ['login: add it (2h)', false],
      ['Tests for login', false],
      ['Guide', false],
      ['Api gateway', true],
      ['Integration testing', true],
    ]);
    expect(edges(plan)).toEqual(['t5>t4 yaml', 't5>t3 yaml']);
    expect(titled(plan, 'Api gateway')?.line).toBe(9);
  });

  it('never mean what a pattern itself has made, unless they are its whole title', () => {
    const yaml =
      'conditional_logic:\n  analyzer: a\n  branches: [{condition: slow}, {condition: else}]\nfan_out:\n  tasks: [slow]';
    const plan = planOf(block(yaml));
    expect(plan.tasks.map(({ title }) => title)).toEqual(['Slow', 'Analyze: slow or else?', 'Else']);
    expect(plan.tasks.map(({ chosenBy }) => chosenBy?.outcome)).toEqual(['slow', undefined, 'else']);
  });

  it('of agents are agents of the server, or personas whose name may say their role', () => {
    const steps = ['writer', 'code-reviewer', 'security_auditor', 'perf-analyst', 'db-validator', 'plumber'];
    const yaml = `parallel_execution:\n${steps.map((agent) => `  - {agent: ${agent}, task: "As ${agent}"}`).join('\n')}`;
    expect(planOf(block(yaml)).tasks.map(({ agent, persona, role }) => [agent, persona, role])).toEqual([
      ['writer', undefined, 'work'],
      [null, 'code reviewer', 'review'],
      [null, 'security auditor', 'review'],
      [null, 'perf analyst', 'analyze'],
      [null, 'db validator', 'validate'],
      [null, 'plumber', 'work'],
    ]);
  });
});

describe('what is said twice or in two shapes', () => {
  it('parallel_execution is a switch or a list', () => {
    const list = '- [ ] a\n- [ ] b\n';
    expect(edges(planOf(`${list}${block('parallel_execution: false')}`))).toEqual(['t2>t1 yaml']);
    expect(edges(planOf(`${list}${block('parallel_execution: true')}`))).toEqual([]);
    const group = planOf(`${list}${block('parallel_execution:\n  - agent: x\n    task: c\n  - task: d')}`);
    expect(group.tasks.map(({ title }) => title)).toEqual(['a', 'b', 'c', 'd']);
    expect(edges(group)).toEqual([]);
  });

  it('words of the items win over the order of phases and chains', () => {
    expect(edges(planOf(`- [ ] a (needs #2)\n- [ ] b\n${block('parallel_execution: false')}`))).toEqual(['t1>t2 ref']);
    const yaml =
      'phases:\n  - name: p\n    steps:\n      - task: a\n      - task: b\n        id: bee\n  - name: q\n    steps:\n      - {task: c, depends_on: [step_1]}\n      - {task: d}\n  - name: r\n    steps:\n      - {task: e, depends_on: bee}';
    expect(edges(planOf(block(yaml)))).toEqual(['t2>t1 phase', 't4>t3 phase', 't3>t1 yaml', 't5>t2 yaml']);
  });

  it('the issue wins over the settings file, and can only be stricter where safety hangs on it', () => {
    const file = loadSettings('max_workers: 2\nmerge: on-approval\nbatch_size: 4\nreviewer_agents: [a-reviewer]\n');
    if (!file.ok) throw new Error('settings');
    const body = (yaml: string): string => `- [ ] a\n${block(yaml)}`;
    const loose = planOf(body('max_workers: 7\nmerge: auto\napproval: required'), { settings: file.settings });
    expect(loose.policy).toMatchObject({ maxWorkers: 7, merge: 'on-approval', approval: 'required', batchSize: 4 });
    expect(loose.warnings).toMatchObject([{ code: 'looser-than-repository' }]);
    expect(loose.tasks).toHaveLength(2);
    expect(planOf(body('merge: manual'), { settings: file.settings }).policy.merge).toBe('manual');
    expect(planOf(body('merge: auto')).policy.merge).toBe('manual');
    // reviewers that the repository asks for stay, also where the issue has a pattern of its own
    const own = planOf(body('stages:\n  - tasks: [a]\n    reviewer_agents: [b-reviewer]'), { settings: file.settings });
    expect(own.tasks.map(({ role, persona, judges }) => [role, persona, judges])).toEqual([
      ['work', undefined, undefined],
      ['review', 'b reviewer', ['t1']],
      ['review', 'a reviewer', ['t1']],
    ]);
  });

  it('the seed document itself is read, block by block under its headings', () => {
    const body = [
      '### Phase 1: Plan (Sequential)\n#### Step 1: Look',
      block('agent: planner\ntask: "Look"\ndeliverables:\n  - notes'),
      '#### Step 2: Judge',
      block('agent: code-reviewer\ntask: "Judge"\ndepends_on: [step_1]\nexpected_time: 1.5 hours'),
      '### Phase 2: Make\n#### Parallel Group 1',
      block('parallel_execution:\n  - {agent: one, task: "Make one"}\n  - {agent: two, task: "Make two"}'),
      '### Phase 3: End\n#### Step 3: Ship',
      block('task: "Ship"\ndepends_on: [parallel_group_1.two]'),
    ].join('\n');
    const plan = planOf(body);
    expect(plan.tasks.map(({ title, section, estimateMinutes }) => [title, section, estimateMinutes])).toEqual([
      ['Look', 'Phase 1: Plan (Sequential)', null],
      ['Judge', 'Phase 1: Plan (Sequential)', 90],
      ['Make one', 'Phase 2: Make', null],
      ['Make two', 'Phase 2: Make', null],
      ['Ship', 'Phase 3: End', null],
    ]);
    expect(edges(plan)).toEqual(['t2>t1 yaml', 't5>t4 yaml', 't3>t2 phase', 't4>t2 phase']);
    expect(plan.tasks[0]?.text).toContain('- notes');
  });
});

describe('agents', () => {
  const body = '## Docs\n- [ ] Guide\n## Code\n- [ ] Change `src/api/users.ts`\n- [ ] [ops] Alerts\n- [ ] Rest\n';
  const agentsOf = (yaml: string, more: Partial<PlanInput> = {}): readonly (string | null)[] =>
    planOf(`${body}${block(yaml)}`, { agents: ['default', 'writer', 'coder'], ...more }).tasks.map(
      ({ agent }) => agent,
    );

  it('are chosen by section, path and label, the first rule that fits', () => {
    expect(
      agentsOf('agent_by_section: {docs: writer}\nagent_by_path: {"src/**": coder}\nagent_by_label: {ops: coder}'),
    ).toEqual(['writer', 'coder', 'coder', null]);
    expect(agentsOf('agent_by_path: {"src/*.ts": coder, "src/*/u*.ts": writer}')).toEqual([null, 'writer', null, null]);
    expect(agentsOf('agent_by_label: {urgent: coder}', { labels: ['Urgent'] })).toEqual([
      'coder',
      'coder',
      'coder',
      'coder',
    ]);
    const sub = { id: 5, nodeId: 'I_5', url: '', title: 'Alerts', open: true };
    const linked = `${body.replace('[ops] Alerts', 'Alerts (#5)')}${block('agent_by_label: {Backend: writer}')}`;
    const known = {
      agents: ['default', 'writer'],
      subIssues: [{ ...sub, number: 5, labels: ['muster:task', 'backend'] }],
    };
    expect(planOf(linked, known).tasks.map(({ agent, agentReason }) => [agent, agentReason])).toEqual([
      [null, undefined],
      [null, undefined],
      ['writer', 'by label "Backend"'],
      [null, undefined],
    ]);
    const [reason] = planOf(`${body}${block('agent_by_section: {docs: writer}')}`).tasks.map(
      (task) => task.agentReason,
    );
    expect(reason).toBe('by section "docs"');
  });

  it('must be good at what is asked for', () => {
    const able = { capabilities: { coder: ['TypeScript', 'sql'], writer: ['sql'] } };
    expect(agentsOf('required_capabilities: [typescript]', able)).toEqual(['coder', 'coder', 'coder', 'coder']);
    expect(problems(`- [ ] a\n${block('required_capabilities: [cobol]')}`)).toEqual([
      '1: "a" asks for cobol, which the agent "default" does not offer. No agent of this server offers all of it; its operator names capabilities in MUSTER_CONFIG.',
    ]);
    const step = block('parallel_execution:\n  - task: a\n    agent: writer\n    required_capabilities: [typescript]');
    expect(problems(step, { agents: ['coder', 'writer'], ...able })).toEqual([
      '4: "a" asks for typescript, which the agent "writer" does not offer. These do: coder.',
    ]);
  });

  it('that a rule names must exist', () => {
    expect(problems(`- [ ] a\n${block('agent_by_label: {x: writr}')}`)[0]).toBe(
      '4: "agent_by_label" names "writr", and there is no such agent. Did you mean "writer"? This server has: default, writer.',
    );
  });
});

describe('satisfied_by', () => {
  it('is about work that builds on work', () => {
    const plan = planOf(`- [ ] a\n- [ ] b (needs #1)\n${block('satisfied_by: pr-green\nsync_points: [check]')}`);
    expect(plan.edges.map(({ from, to, until }) => [from, to, until])).toEqual([
      ['t2', 't1', 'pr-green'],
      ['t3', 't1', undefined],
      ['t3', 't2', undefined],
    ]);
  });
});

describe('mistakes', () => {
  it.each([
    ['max_worker: 3', '4: The muster block, line 4: there is no key "max_worker". Did you mean "max_workers"?'],
    ['phases:\n  - nam: x', '5: The muster block, line 5: there is no key "nam" in a phase. Did you mean "name"?'],
    [
      'phases:\n  - {}',
      '5: The muster block, line 5: a phase has neither a name nor anything to do. Give it a "name: …".',
    ],
    [
      'fan_out:\n  task: [a]',
      '5: The muster block, line 5: there is no key "task" in "fan_out". Did you mean "tasks"?',
    ],
    ['fan_in: {task: x}', '4: "fan_in" has no "fan_out" to wait for. Write "fan_out:" beside it.'],
    [
      'parallel_execution: sometimes',
      '4: The muster block, line 4: "parallel_execution" needs true or false, not "sometimes". Correct the value of "parallel_execution".',
    ],
    [
      'sync_points: {a: b}',
      '4: The muster block, line 4: "sync_points" needs one plain value. Write "sync_points: …" on one line, without lists or anchors.',
    ],
    [
      'handoff_artifacts:\n  - {name: x, path: ../x}',
      '5: The muster block, line 5: "path" is not a path of the repository. Write it as "docs/api.md", without "..".',
    ],
    [
      'handoff_artifacts:\n  - {name: x, from: Nothing}',
      '5: "from" "Nothing" names nothing in this plan. Name an item of the list by its number or title, or a step by its id.',
    ],
    [
      'conditional_logic:\n  analyzer: x',
      '5: The muster block, line 5: "conditional_logic" has no "branches". Give it "branches:".',
    ],
    ['stages:\n  - name: x', '5: The stage x has nothing to do. Give it "tasks:" or a pattern of its own.'],
    [
      'phases:\n  - steps:\n    - {task: x}\n    - {task: y, depends_on: [stp_1]}',
      '7: "depends_on" "stp_1" names nothing in this plan. Did you mean "step_1"?',
    ],
    [
      'parallel_execution:\n  - {task: x, expected_time: soon}',
      '5: The muster block, line 5: "expected_time" needs a time in seconds (or such as 30m, 1.5h) of at most 24 hours, not "soon". Correct the value of "expected_time".',
    ],
    [
      'verify: rm -rf /',
      '4: The muster block, line 4: "verify" cannot be set here. It stands in .github/muster.yml on the default branch only.',
    ],
    [
      'allow_unverified: true',
      '4: The muster block, line 4: "allow_unverified" cannot be set here. It stands in .github/muster.yml on the default branch only.',
    ],
  ])('%j', (yaml, said) => {
    expect(problems(`- [ ] item\n${block(yaml)}`)[0]).toBe(said);
  });

  it('say that agents are the operator’s', () => {
    for (const key of ['agents', 'command', 'env'])
      expect(problems(`- [ ] a\n${block(`${key}: {x: y}`)}`)[0]).toContain('come from the operator of the server only');
  });

  it('in a settings file name its lines, not the issue’s', () => {
    const file = loadSettings('max_workers: 2\n\nhandoff_artifacts:\n  - {name: x, from: Nothing}\n');
    if (!file.ok) throw new Error('settings');
    expect(problems('- [ ] a\n', { settings: file.settings })[0]).toMatch(/^0: \.github\/muster\.yml, line 4: "from"/);
  });

  it('of order are cycles with their path', () => {
    const yaml =
      'parallel_execution:\n  - {task: a, id: one, depends_on: two}\n  - {task: b, id: two, depends_on: one}';
    expect(problems(block(yaml))[0]).toContain('These items wait for each other: "a" (line 4) -> "b" (line 5) -> "a"');
  });

  it('two blocks of settings are one too many', () => {
    expect(problems(`- [ ] a\n${block('max_workers: 2')}${block('timeout: 5m')}`)[0]).toContain(
      'there is another one in line 4',
    );
  });
});

describe('hostile blocks', () => {
  const scrap = fc.constantFrom(
    'phases:',
    'steps:',
    'parallel_execution:',
    '- ',
    '  ',
    '    ',
    'task: ',
    'x',
    '"',
    '{',
    '}',
    '[',
    ']',
    ': ',
    '\n',
    '&a ',
    '*a',
    '? ',
    '|',
    'depends_on: ',
    'step_1',
    'conditional_logic:',
    'branches:',
    'condition: else',
    'stages:',
    'fan_out:',
    'tasks:',
    '1',
    '!!js',
    '\t',
    '---',
    '__proto__: ',
    'agent: ',
    '\u0000',
    '💥',
  );

  it('never throw, whatever they hold', () => {
    fc.assert(
      fc.property(fc.array(scrap, { maxLength: 60 }), fc.boolean(), (parts, fenced) => {
        const text = parts.join('');
        const body = fenced ? `- [ ] item\n${block(text)}` : `#### Step 1\n${block(`task: a\n${text}`)}`;
        const compiled = compile(body);
        expect(typeof compiled.ok).toBe('boolean');
        if (!compiled.ok) expect(compiled.problems.length).toBeGreaterThan(0);
        expect(planJson(body).tasks.length).toBeGreaterThanOrEqual(fenced ? 1 : 0);
        expect(typeof loadSettings(text).ok).toBe('boolean');
      }),
      { numRuns: 300 },
    );
  });

  it('of more tasks than an issue may have are refused', () => {
    const steps = Array.from({ length: 1500 }, (_, at) => `  - {task: "Do ${at}"}`).join('\n');
    const body = block(`parallel_execution:\n${steps}`);
    expect(body.length).toBeLessThan(65_536);
    expect(problems(body).join()).toMatch(/sub-issues|nested/);
  });
});

describe('plan --json', () => {
  it('shows what patterns made, with the basis of every edge', () => {
    const body = `- [ ] a\n- [x] b\n- [ ] c (needs #1)\n${block('primary_agent: x\nreviewer_agents: [code-reviewer]\nstages:\n  - tasks: [d]')}`;
    const json = planJson(body);
    expect(json.tasks.map(({ index, title, checked, dispatch }) => [index, title, checked, dispatch])).toEqual([
      [0, 'a', false, true],
      [1, 'b', true, false],
      [2, 'c (needs #1)', false, true],
      [3, 'D', false, true],
      [4, 'Review as code reviewer: a', false, true],
      [5, 'Review as code reviewer: c (needs #1)', false, true],
      [6, 'Review as code reviewer: D', false, true],
    ]);
    expect(json.edges.map(({ from, to, kind, basis }) => `${from}>${to} ${kind} ${basis}`)).toEqual([
      '2>0 needs ref',
      '4>0 needs yaml',
      '5>2 needs yaml',
      '6>3 needs yaml',
    ]);
    expect(json.tasks[4]?.pattern).toMatchObject({ role: 'review', persona: 'code reviewer', judges: [0] });
    expect(json.waves).toEqual([[0, 3], [2, 4, 6], [5]]);
  });

  it('adds nothing to an issue without a block', () => {
    expect(planJson('- [ ] a\n- [ ] b\n').tasks.every((task) => !('pattern' in task))).toBe(true);
  });
});

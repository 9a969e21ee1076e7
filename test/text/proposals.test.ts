import { describe, expect, it } from 'vitest';
import { parseChecklist } from '../../src/text/checklist.ts';
import { planJson } from '../../src/text/plan-json.ts';
import { proposeEdges } from '../../src/text/proposals.ts';

/** `from>to`, or `from~to` for landing order. */
function proposed(body: string): readonly string[] {
  return proposeEdges(parseChecklist(body)).map(({ from, to, kind }) => `${from}${kind === 'needs' ? '>' : '~'}${to}`);
}

describe('proposals', () => {
  it.each([
    [
      'tests after what they test',
      '- [ ] Write the lexer\n- [ ] Add tests for the lexer\n- [ ] Paint icons\n',
      ['1>0'],
    ],
    ['Tests, auf Deutsch', '- [ ] Lexer bauen\n- [ ] Tests für den Lexer schreiben\n', ['1>0']],
    ['documentation after its subject', '- [ ] Document the cache\n- [ ] Cache eviction\n- [ ] Icons\n', ['0>1']],
    ['documentation of the whole last', '- [ ] Update the README\n- [ ] Parser\n- [ ] Printer\n', ['0>1', '0>2']],
    ['what sets something up first', '- [ ] Sessions in Redis\n- [ ] Set up Redis\n- [ ] Icons\n', ['0>1']],
    ['groundwork first', '- [ ] Set up the repository\n- [ ] Lexer\n- [ ] Printer\n', ['1>0', '2>0']],
    [
      'a name in code that one task makes',
      '- [ ] Call `RateLimiter` in the gateway\n- [ ] Create `RateLimiter`\n',
      ['0>1'],
    ],
    ['a file that two tasks edit', '- [ ] Rename flags in `src/cli.ts`\n- [ ] Move help in `src/cli.ts`\n', ['1~0']],
    ['nothing', '- [ ] Lexer\n- [ ] Printer\n', []],
  ])('%s', (_, body, expected) => {
    expect(proposed(body)).toEqual(expected);
  });

  it('never contradict or repeat what is said', () => {
    expect(proposed('- [ ] Write the lexer (needs #2)\n- [ ] Add tests for the lexer\n')).toEqual([]);
    expect(proposed('- [ ] Write the lexer\n- [ ] Add tests for the lexer (needs #1)\n')).toEqual([]);
  });

  it('leave out what nobody works on', () => {
    expect(proposed('- [x] Write the lexer\n- [ ] Add tests for the lexer\n')).toEqual([]);
  });

  it('stand in the plan with an id and their evidence, and gate nothing', () => {
    const { edges, tasks, waves } = planJson('- [ ] Write the lexer\n- [ ] Add tests for the lexer\n');
    expect(edges).toEqual([
      {
        id: 'p1',
        from: 1,
        to: 0,
        kind: 'needs',
        basis: 'proposed',
        source: 'tests what "Write the lexer" makes ("lexer")',
        line: 2,
      },
    ]);
    expect(tasks[1]?.dependsOn).toEqual([]);
    expect(waves).toEqual([[0, 1]]);
  });

  it('never tie tasks in a circle', () => {
    const body = Array.from(
      { length: 12 },
      (_, i) => `- [ ] ${['Document', 'Test', 'Set up', 'Create'][i % 4]} \`n${i % 3}\` cache${i % 5}`,
    ).join('\n');
    const arcs = proposeEdges(parseChecklist(body));
    const state = new Map<number, 'open' | 'done'>();
    const visit = (at: number): boolean => {
      if (state.get(at) === 'open') return false;
      if (state.get(at) === 'done') return true;
      state.set(at, 'open');
      const fine = arcs.filter(({ from }) => from === at).every(({ to }) => visit(to));
      state.set(at, 'done');
      return fine;
    };
    expect(arcs.length).toBeGreaterThan(0);
    expect(arcs.every(({ from }) => visit(from))).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { parseOperatorConfig } from '../../src/agents/operator-config.ts';

const environment = { ANTHROPIC_API_KEY: 'key-1', EMPTY: '' };

function problems(...lines: string[]): readonly { line: number; message: string }[] {
  const config = parseOperatorConfig(lines.join('\n'), environment);
  if (config.ok) throw new Error(`accepted: ${JSON.stringify(config.agents)}`);
  return config.problems;
}

describe('MUSTER_CONFIG', () => {
  it('names agents with what they need', () => {
    const text = [
      'agents:',
      '  claude:',
      "    command: 'claude -p'",
      '    env: [ANTHROPIC_API_KEY, EMPTY]',
      '    capabilities: [typescript]',
      '    max_concurrent: 3',
      '    writable: [/var/cache/npm]',
      '  plain:',
      '    command: ./agent.sh',
      '    env: { LEVEL: 3, FAST: true, NAME: x }',
      '  bare: { command: x }',
    ].join('\n');
    expect(parseOperatorConfig(text, environment)).toEqual({
      ok: true,
      agents: {
        claude: {
          command: 'claude -p',
          env: { ANTHROPIC_API_KEY: 'key-1', EMPTY: '' },
          capabilities: ['typescript'],
          maxConcurrent: 3,
          writable: ['/var/cache/npm'],
        },
        plain: { command: './agent.sh', env: { LEVEL: '3', FAST: 'true', NAME: 'x' } },
        bare: { command: 'x', env: {} },
      },
    });
  });

  it('reports everything that is wrong, each with its line', () => {
    expect(
      problems(
        'agents:',
        '  claude:',
        '    comand: claude',
        '    max_concurrent: 0',
        '  "bad name":',
        '    command: x',
        'agent: {}',
      ),
    ).toEqual(
      expect.arrayContaining([
        { line: 2, message: expect.stringContaining('agents.claude.command') },
        { line: 3, message: 'agents.claude.comand: unknown key' },
        { line: 4, message: expect.stringContaining('agents.claude.max_concurrent') },
        { line: 5, message: 'agents.bad name: is not a usable name of an agent' },
        { line: 7, message: 'agent: unknown key' },
      ]),
    );
  });

  it.each([
    [
      ['agents:', '  a:', '    command: x', '    env:', '      - ANTHROPIC_API_KEY', '      - NOT_SET'],
      6,
      'NOT_SET is not set',
    ],
    [['agents:', '  a:', '    command: x', '    env: [ "A-B" ]'], 4, 'not a name'],
    [['agents:', '  a:', '    command: x', '    env: 7'], 4, 'list of names or a map'],
    [['agents:', '  a:', '    command: x', '    env: { A: [1] }'], 4, 'agents.a.env'],
    [['agents:', '  a:', '    command: "  "'], 3, 'must not be empty'],
    [['agents:', '  a:', '    command: x', '    writable: [here]'], 4, 'absolute'],
    [['agents:', '  a: { command: x }', '  a: { command: y }'], 3, 'unique'],
    [['agents: [', '  - x'], 2, ''],
    [['agents: 3'], 1, 'agents'],
    [[''], 1, 'agents'],
  ])('%j', (lines, line, message) => {
    expect(problems(...lines)[0]).toEqual({ line, message: expect.stringContaining(message) });
  });
});

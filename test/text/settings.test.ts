import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/text/settings.ts';

function problems(yaml: string): readonly string[] {
  const loaded = loadSettings(yaml);
  return loaded.ok ? [] : loaded.problems.map(({ message, remedy }) => `${message} ${remedy}`);
}

describe('settings', () => {
  it('may be missing, empty or only comments', () => {
    for (const yaml of [null, '', '\n', '# nothing\n', '---\n'])
      expect(loadSettings(yaml)).toEqual({ ok: true, settings: {} });
  });

  it('are read with their types', () => {
    const yaml = `
max_workers: 3
batch_size: 5
timeout: 30m
merge: on-approval
allow_unverified: true
verify: |
  npm ci
  npm test
agent: claude
attempts: 3
approval: required
priority: high
strategy: sequential
`;
    expect(loadSettings(yaml)).toEqual({
      ok: true,
      settings: {
        maxWorkers: 3,
        batchSize: 5,
        timeoutSeconds: 1800,
        merge: 'on-approval',
        allowUnverified: true,
        verify: 'npm ci\nnpm test',
        agent: 'claude',
        attempts: 3,
        approval: 'required',
        priority: 'high',
        strategy: 'sequential',
      },
    });
    expect(loadSettings('timeout: 90\r\nagent: "2fast"\r\n')).toEqual({
      ok: true,
      settings: { timeoutSeconds: 90, agent: '2fast' },
    });
  });

  it('name every mistake with its line', () => {
    const yaml =
      'max_worker: 3\ntimeout: soon\n\nmerge: yes\nallow_unverified: "true"\nverify: 5\nattempts: [1, 2]\npriority:\n';
    expect(problems(yaml)).toEqual([
      '.github/muster.yml, line 1: there is no key "max_worker". Did you mean "max_workers"?',
      '.github/muster.yml, line 2: "timeout" needs a time in seconds (or such as 30m, 1.5h) of at most 24 hours, not "soon". Correct the value of "timeout".',
      '.github/muster.yml, line 4: "merge" needs manual, on-approval or auto, not "yes". Correct the value of "merge".',
      '.github/muster.yml, line 5: "allow_unverified" needs true or false, not "true". Correct the value of "allow_unverified".',
      '.github/muster.yml, line 6: "verify" needs a shell command of at most 4,000 characters. Correct the value of "verify".',
      '.github/muster.yml, line 7: "attempts" needs one plain value. Write "attempts: …" on one line, without lists or anchors.',
      '.github/muster.yml, line 8: "priority" needs one plain value. Write "priority: …" on one line, without lists or anchors.',
    ]);
  });

  it.each([
    'agents:\n  claude:\n    command: rm -rf /\n',
    'agent_command: evil\n',
    'agent:\n  command: evil\n',
    'env: {A: b}\n',
  ])('never define an agent: %j', (yaml) => {
    expect(problems(yaml)[0]).toContain(
      'Agent commands and their environment come from the operator of the server only',
    );
  });

  it('of a repository name no items of an issue', () => {
    expect(loadSettings('run: [Import orders]')).toMatchObject({
      ok: false,
      problems: [{ message: '.github/muster.yml, line 1: "run" cannot be set here.' }],
    });
  });

  it('are one map of known keys', () => {
    expect(problems('- a\n')[0]).toContain('line 1: it is not a list of keys');
    expect(problems('just words')[0]).toContain('it is not a list of keys');
    expect(problems('merge: auto\nmerge: manual\n')[0]).toContain(
      'line 2: it is not valid YAML: Map keys must be unique',
    );
    expect(problems('merge: "auto\n')[0]).toContain('it is not valid YAML');
    expect(problems('a: 1\n---\nb: 2\n')[0]).toContain('it is not valid YAML');
    expect(problems('? [complex]\n: 1\n')[0]).toContain('there is no key ""');
  });

  it('do not expand aliases', () => {
    const bomb = `a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nmerge: *c\n`;
    expect(problems(bomb)).toHaveLength(4);
    expect(problems('agent: &name claude\nverify: *name\n')[0]).toContain('"verify" needs one plain value');
  });

  it.each([
    ['too large', `# ${'x'.repeat(70_000)}`, 'it is larger than 64 KB'],
    ['deep in brackets', `a: ${'['.repeat(30_000)}`, 'it is nested too deeply'],
    ['deep in dashes', '- '.repeat(30_000), 'it is nested too deeply'],
    ['deep in questions', '? '.repeat(30_000), 'it is nested too deeply'],
  ])('%s are refused', (_, yaml, message) => {
    expect(problems(yaml)[0]).toContain(message);
  });
});

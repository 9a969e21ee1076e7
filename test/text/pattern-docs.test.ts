import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/text/settings.ts';
import { compileExample, drawPlan, patternExamples } from '../world/pattern-docs.ts';

describe('docs/patterns.md', () => {
  it('has the seven patterns, two combinations and a phased plan', () => {
    const names = patternExamples().map(({ name }) => name);
    expect(names.filter((name) => /^[1-7]\. /.test(name))).toHaveLength(7);
    expect(names).toHaveLength(10);
  });

  it.each(patternExamples().map((example) => [example.name, example] as const))(
    '%s: its picture is its plan',
    (_, example) => {
      const compiled = compileExample(example.body);
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
      expect(example.picture).toBe(drawPlan(compiled.plan));
    },
  );
});

describe('docs/configuration.md', () => {
  it('shows a block that is understood', () => {
    const document = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'configuration.md'), 'utf8');
    const body = /^````markdown\n([\s\S]*?)^````$/m.exec(document)?.[1] ?? '';
    const compiled = compileExample(body);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    const { plan } = compiled;
    expect(plan.policy).toMatchObject({ maxWorkers: 2, timeoutSeconds: 2700 });
    expect(plan.tasks.map(({ role }) => role)).toEqual(['work', 'work', 'review', 'review']);
  });

  it('names every key of the settings', () => {
    const document = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'configuration.md'), 'utf8');
    const known = loadSettings('surely_no_key: 1\n');
    const keys = known.ok ? [] : (/Known keys: (.*)\./.exec(known.problems[0]?.remedy ?? '')?.[1]?.split(', ') ?? []);
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.filter((key) => !document.includes(`\`${key}\``))).toEqual([]);
  });
});

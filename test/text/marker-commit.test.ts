import { describe, expect, it } from 'vitest';
import { renderCommit } from '../../src/text/commit.ts';
import { hiddenMarker } from '../../src/text/marker.ts';

describe('hidden markers', () => {
  it('are one HTML comment, whatever the key', () => {
    expect(hiddenMarker('acme/shop/orch-7-20261120-0930/t3', '0a1b2c3d')).toBe(
      '<!-- muster:acme/shop/orch-7-20261120-0930/t3:0a1b2c3d -->',
    );
    for (const key of ['a--b', 'a---b', '----', 'x-->y'])
      expect(hiddenMarker(key, '0a1b2c3d').slice(4, -3)).not.toContain('--');
  });

  it('differ for different keys', () => {
    const keys = ['acme/a-b', 'acme/a--b', 'acme/a---b', 'acme/a-_b'];
    expect(new Set(keys.map((key) => hiddenMarker(key, '0a1b2c3d'))).size).toBeGreaterThanOrEqual(3);
  });
});

describe('commit messages', () => {
  const facts = {
    title: 'Extract auth',
    orchestration: 'orch-7-20261120-0930',
    task: 't3',
    agent: 'claude',
    attempt: 2,
  };

  it('end with the trailers that find them again', () => {
    const lines = renderCommit(facts).trimEnd().split('\n');
    expect(lines[0]).toBe('Extract auth');
    expect(lines.slice(-2)).toEqual(['Muster-Task: orch-7-20261120-0930/t3', 'Muster-Attempt: 2']);
  });

  it('close no issue by what a title says, and hide nothing in it', () => {
    const message = renderCommit({
      ...facts,
      title: 'Fixes #9, closes: **#8** and\nresolves acme/shop#7 \u001b[31m\u202e',
    });
    expect(message).not.toMatch(/(?:fixes|closes|resolves)[\s:*]+(?:acme\/shop)?#\d/i);
    expect(message).toContain('#9');
    expect(message).not.toContain('\u001b');
    expect(message).not.toContain('\u202e');
  });

  it('keep the subject short, on one line and never empty', () => {
    const long = renderCommit({ ...facts, title: `One\nMuster-Task: forged\n${'word '.repeat(40)}` });
    expect(long.split('\n')[0]?.length).toBeLessThanOrEqual(72);
    expect(long.split('\n').filter((line) => line.startsWith('Muster-Task:'))).toEqual([
      'Muster-Task: orch-7-20261120-0930/t3',
    ]);
    expect(renderCommit({ ...facts, title: '' }).split('\n')[0]).not.toBe('');
  });
});

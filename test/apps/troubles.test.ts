import { describe, expect, it } from 'vitest';
import { sayTroubles } from '../../src/apps/cli/troubles.ts';
import { createLogger } from '../../src/apps/logger.ts';
import { scarcityWords, systemWords } from '../../src/apps/system-trouble.ts';

describe('what the machine refuses', () => {
  it.each([
    ['the embedded database on a full disk', { name: 'ErrnoError', errno: 51 }],
    ['PostgreSQL on a full disk', Object.assign(new Error('could not extend file'), { code: '53100' })],
    ['a write on a full disk', Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })],
    ['a failure whose cause is that', new Error('failed', { cause: { name: 'ErrnoError', errno: 51 } })],
  ])('is said in words: %s', (_, error) => {
    expect(scarcityWords(error)).toBe('no space is left on the disk');
  });

  it('is not guessed', () => {
    for (const error of [
      null,
      undefined,
      51,
      'ENOSPC',
      {},
      { errno: 51 },
      { name: 'ErrnoError', errno: 28 },
      new Error('x'),
    ])
      expect(scarcityWords(error)).toBeNull();
    expect(systemWords({ name: 'ErrnoError', errno: 28 })).toContain('28');
  });
});

describe('trouble underneath a run', () => {
  function listen(): { said: string[]; log: ReturnType<typeof createLogger>; stop: () => void } {
    const said: string[] = [];
    let over = false;
    const log = createLogger(
      'warn',
      [],
      sayTroubles(
        (line) => said.push(line),
        () => over,
      ),
    );
    return {
      said,
      log,
      stop: () => {
        over = true;
      },
    };
  }

  it('is said once, whichever attempt it meets', () => {
    const { said, log } = listen();
    log.info('all is well');
    for (const attempt of ['t1.1', 't3.1', 't1.2'])
      log.warn({ attempt, error: 'git fetch: no\n    at git (run.ts:1)' }, 'an attempt could not be judged');
    log.error({ key: 'k', error: '\u001b[2Jevil' }, 'a handler failed');
    expect(said).toHaveLength(2);
    expect(said[0]).toBe('Trouble: an attempt could not be judged: git fetch: no');
    expect(said[1]).not.toContain('\u001b');
  });

  it('does not fill the screen, and is silent about what a stop breaks', () => {
    const many = listen();
    for (let n = 0; n < 50; n++) many.log.warn({ error: `number ${n}` }, 'failed');
    expect(many.said).toHaveLength(6);
    expect(many.said.at(-1)).toContain('--verbose');
    const stopped = listen();
    stopped.stop();
    stopped.log.warn('refused');
    expect(stopped.said).toEqual([]);
  });
});

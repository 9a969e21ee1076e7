import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSlashCommands } from '../../src/text/slash.ts';

const heard = (comment: string): readonly string[] =>
  parseSlashCommands(comment).map((command) =>
    command.kind === 'unknown' ? `? ${command.problem}` : command.kind === 'command' ? command.verb : command.kind,
  );

describe('commands', () => {
  it('carry verb, flags and target', () => {
    expect(
      parseSlashCommands(
        '/muster run --max-workers 3 --batch-size=5 --timeout 30m --agent claude --priority high --strategy parallel --retry --fresh',
      ),
    ).toEqual([
      {
        kind: 'command',
        verb: 'run',
        target: null,
        flags: {
          maxWorkers: 3,
          batchSize: 5,
          timeoutSeconds: 1800,
          agent: 'claude',
          priority: 'high',
          strategy: 'parallel',
          retry: true,
          fresh: true,
        },
      },
    ]);
    expect(parseSlashCommands('/muster retry #12 --timeout 3600')).toEqual([
      { kind: 'command', verb: 'retry', target: 12, flags: { timeoutSeconds: 3600 } },
    ]);
    expect(parseSlashCommands('/orchestrate 7 --max-workers 8')).toEqual([
      { kind: 'command', verb: 'run', target: 7, flags: { maxWorkers: 8 } },
    ]);
    expect(parseSlashCommands('/muster cancel https://github.com/acme/shop/issues/9')).toMatchObject([
      { verb: 'cancel', target: 9 },
    ]);
  });

  it.each([
    ['/muster approve --with p1', ['p1']],
    ['/muster approve --with=p1,p3', ['p1', 'p3']],
    ['/muster approve --with p1, P3', ['p1', 'p3']],
    ['/muster approve --with p1 --with p3,p1', ['p1', 'p3']],
    ['/muster approve --with p1 p3', ['p1', 'p3']],
    ['/muster approve --with 2', ['p2']],
    ['/muster approve —with all', ['all']],
  ])('%s', (text, ids) => {
    expect(parseSlashCommands(text)).toEqual([
      { kind: 'command', verb: 'approve', flags: { with: ids }, target: null },
    ]);
  });

  it('answer a question, by name where they name one', () => {
    expect(parseSlashCommands('/muster approve --option 2\n/muster approve #12 --option=1')).toEqual([
      { kind: 'command', verb: 'approve', flags: { option: 2 }, target: null },
      { kind: 'command', verb: 'approve', flags: { option: 1 }, target: 12 },
    ]);
  });

  it('come in order, one per line', () => {
    expect(heard('Thanks!\n/muster approve\nand then\n/muster status\n\n/MUSTER Help')).toEqual([
      'approve',
      'status',
      'help',
    ]);
  });

  it('alone mean help', () => {
    expect(heard('/muster')).toEqual(['help']);
    expect(heard('/muster   \r\n')).toEqual(['help']);
    expect(heard('/orchestrate')).toEqual(['run']);
  });

  it('count at the start of a line only, outside code, quotes, lists and comments', () => {
    const comment = [
      'please /muster run',
      '`/muster run`',
      '> /muster run',
      '',
      '```',
      '/muster run',
      '```',
      '',
      '    /muster run',
      '',
      '- /muster run',
      '',
      '<!--',
      '/muster run',
      '-->',
      '',
      'see ` code',
      '/muster run` end',
      '',
      '/musterx run',
      '/muster-run',
      '# /muster run',
    ].join('\n');
    expect(heard(comment)).toEqual([]);
  });

  it('count above a signature and with a little space in front', () => {
    expect(heard('/muster run\n--\nJane')).toEqual(['run']);
    expect(heard('  /muster run\r\n---\r\n')).toEqual(['run']);
  });

  it('understand what a phone makes of two dashes', () => {
    expect(parseSlashCommands('/muster run —retry')).toMatchObject([{ verb: 'run', flags: { retry: true } }]);
  });
});

describe('what is not understood', () => {
  it.each([
    [
      '/muster rnu',
      'There is no command "rnu". Did you mean `/muster run`? I know run, plan, status, why, approve, reject, retry, cancel, pause, resume, merge and help.',
    ],
    [
      '/muster frobnicate',
      'There is no command "frobnicate". I know run, plan, status, why, approve, reject, retry, cancel, pause, resume, merge and help.',
    ],
    ['/muster run --max-worker 3', 'There is no flag --max-worker. Did you mean --max-workers?'],
    ['/muster run --max-workers 0', '--max-workers needs a whole number from 1 to 20, not "0".'],
    ['/muster run --max-workers 21', '--max-workers needs a whole number from 1 to 20, not "21".'],
    ['/muster run --batch-size many', '--batch-size needs a whole number from 1 to 100, not "many".'],
    [
      '/muster run --timeout soon',
      '--timeout needs a time in seconds (or such as 30m, 1.5h) of at most 24 hours, not "soon".',
    ],
    [
      '/muster run --timeout 25h',
      '--timeout needs a time in seconds (or such as 30m, 1.5h) of at most 24 hours, not "25h".',
    ],
    ['/muster run --timeout', '--timeout needs a value.'],
    ['/muster run --agent --fresh', '--agent needs a value.'],
    ['/muster run --agent $(id)', '--agent needs a name of letters, digits, "-", "_" and ".", not "$(id)".'],
    ['/muster run --priority hihg', '--priority needs critical, high, medium or low, not "hihg" (did you mean high?).'],
    ['/muster run --retry=yes', '--retry takes no value.'],
    ['/muster run --fresh --fresh', '--fresh is given twice.'],
    ['/muster run please', 'I do not understand "please" after `/muster run`.'],
    ['/muster run -fresh', 'I do not understand "-fresh" after `/muster run`. Did you mean --fresh?'],
    ['/muster retry #1 #2', 'I do not understand "#2" after `/muster retry`.'],
    ['/muster status --agent x', '`/muster status` takes no flags; --agent belongs to run, plan and retry.'],
    ['/muster retry --grouped', '`/muster retry` takes no --grouped; --grouped belongs to run, plan and approve.'],
    ['/muster approve --as-list', '`/muster approve` takes no --as-list; --as-list belongs to run and plan.'],
    ['/muster approve --with', '--with needs a value.'],
    ['/muster approve --with q1', '--with needs proposals such as p1 or p1,p3, or all, not "q1".'],
    ['/muster approve --with p1 #', 'I do not understand "#" after `/muster approve`.'],
    ['/muster approve --wiht p1', 'There is no flag --wiht. Did you mean --with?'],
    ['/muster approve --option 0', '--option needs a whole number from 1 to 9, not "0".'],
    ['/muster approve --option 1 --option 2', '--option is given twice.'],
    [
      '/muster approve --option 1 --with p1',
      '--with accepts proposals and --option answers a question: one command for each, please.',
    ],
    ['/muster run --with p1', '`/muster run` takes no --with; --with belongs to approve.'],
    ['/muster approve --agent x', '`/muster approve` takes no --agent; --agent belongs to run, plan and retry.'],
    ['/muster status --option 1', '`/muster status` takes no flags; --option belongs to approve.'],
  ])('%s', (text, problem) => {
    expect(parseSlashCommands(text)).toEqual([{ kind: 'unknown', text, problem }]);
  });

  it('is cut, and a flood of commands too', () => {
    const [command] = parseSlashCommands(`/muster ${'x'.repeat(5000)}`);
    expect(command?.kind === 'unknown' && command.text.length + command.problem.length).toBeLessThan(600);
    const flood = Array.from({ length: 500 }, (_, i) => `/muster cancel #${i + 1}`);
    expect(parseSlashCommands(flood.join('\n'))).toHaveLength(10);
  });

  it('is heard once, however often it stands in one comment', () => {
    const said = parseSlashCommands(`${'/muster  run\n'.repeat(30)}/muster status\n/muster run`);
    expect(said.map((one) => one.kind === 'command' && one.verb)).toEqual(['run', 'status']);
  });
});

describe('any comment', () => {
  it('is answered without throwing', () => {
    const words = fc.constantFrom(
      '/muster',
      '/orchestrate',
      'run',
      '--agent',
      '=',
      '#1',
      '\n',
      ' ',
      '`',
      '>',
      '--',
      '—',
      '\r',
      '\t',
      'é',
    );
    fc.assert(
      fc.property(
        fc.array(words).map((all) => all.join(' ')),
        (comment) => {
          for (const command of parseSlashCommands(comment)) expect(['command', 'unknown']).toContain(command.kind);
        },
      ),
    );
  });
});

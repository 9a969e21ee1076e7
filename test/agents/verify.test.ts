import { describe, expect, it } from 'vitest';
import { expectDelivered, expectFailed, listening, setUpBench } from './bench.ts';

describe('the verify command', () => {
  it('runs on a fresh checkout of the delivered commit, with no key and no network', async () => {
    const bench = await setUpBench({ '.gitignore': 'ignored\n', 'README.md': 'x\n' });
    const verify =
      'test -f a && test ! -e ignored && test -z "$API_KEY" && test ! -e /etc/muster-was-here && ! test -e "$MUSTER_TASK_FILE"';
    const agents = { default: { command: 'echo 1 > a; echo 1 > ignored', env: { API_KEY: 'abcdefgh' } } };
    const delivery = expectDelivered(await bench.runner('', { agents }).run(bench.spec({ verify }), listening()));
    expect(delivery.verify).toEqual({ command: verify, ok: true });
  });

  it('that fails keeps the work from being pushed and shows the end of its log', async () => {
    const bench = await setUpBench();
    const verify = 'echo checking; echo "not ok 1 - greets" >&2; echo bye; exit 4';
    const spec = bench.spec({ verify });
    const failed = expectFailed(await bench.runner('echo 1 > a').run(spec, listening()));
    expect(failed).toMatchObject({ class: 'verify_failed', message: expect.stringContaining('exit code 4') });
    expect(failed.evidence).toEqual(['checking', 'bye', 'not ok 1 - greets']);
    expect(await bench.head(spec.branch)).toBeNull();
  });

  it('that does not end is stopped', async () => {
    const bench = await setUpBench();
    const spec = bench.spec({ verify: 'sleep 60', wallMs: 1_000 });
    const failed = expectFailed(await bench.runner('echo 1 > a').run(spec, listening()));
    expect(failed).toMatchObject({ class: 'verify_failed', message: expect.stringContaining('did not end in time') });
  });
});

describe('roles other than work', () => {
  const outcome = (text: string): string => `printf '%s' '${text}' > "$MUSTER_OUTCOME_FILE"`;

  it('deliver without a change when they say pass', async () => {
    const bench = await setUpBench();
    const spec = bench.spec({ role: 'review' });
    const said = outcome('{"verdict":"pass","outcome":"fine","notes":"Looks good.","artifacts":[]}');
    const delivery = expectDelivered(await bench.runner(said).run(spec, listening()));
    expect(delivery).toMatchObject({ sha: bench.baseSha, files: [], said: 'Looks good.' });
    expect(await bench.head(spec.branch)).toBeNull();
  });

  it.each([
    ['nothing written', 'true', 'no_outcome'],
    ['unreadable', outcome('{"verdict":"maybe"}'), 'no_outcome'],
    ['a link to elsewhere', 'ln -s "$MUSTER_TASK_FILE" "$MUSTER_OUTCOME_FILE"', 'no_outcome'],
    ['a pipe', 'mkfifo "$MUSTER_OUTCOME_FILE"', 'no_outcome'],
    ['fail', outcome('{"verdict":"fail","notes":"too slow"}'), 'verify_failed'],
  ])('%s', async (_name, command, failureClass) => {
    const bench = await setUpBench();
    const failed = expectFailed(await bench.runner(command).run(bench.spec({ role: 'validate' }), listening()));
    expect(failed.class).toBe(failureClass);
  });
});

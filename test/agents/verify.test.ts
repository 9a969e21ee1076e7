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
    expect(delivery.outcome).toEqual({ verdict: 'pass', outcome: 'fine', notes: 'Looks good.', artifacts: [] });
    expect(await bench.head(spec.branch)).toBeNull();
  });

  it('deliver a no like a yes: what follows from it the plan says', async () => {
    const bench = await setUpBench();
    const said = outcome('{"verdict":"fail","notes":"too slow"}');
    const delivery = expectDelivered(await bench.runner(said).run(bench.spec({ role: 'validate' }), listening()));
    expect(delivery.outcome).toMatchObject({ verdict: 'fail', notes: 'too slow' });
  });

  it('push nothing of what they changed, and hand on the files they name as texts', async () => {
    const bench = await setUpBench();
    const spec = bench.spec({ role: 'analyze', outputs: [{ name: 'report', path: null }] });
    const said = `echo 'slow loop' > report.md; ${outcome('{"verdict":"pass","outcome":"high","notes":""}')}`;
    const delivery = expectDelivered(await bench.runner(said).run(spec, listening()));
    expect(delivery.warning).toContain('not kept');
    expect(delivery.outcome?.artifacts).toEqual([{ name: 'report', path: 'report.md', text: 'slow loop\n' }]);
    expect(await bench.head(spec.branch)).toBeNull();
  });

  it.each([
    ['nothing written', 'true', 'no_outcome'],
    ['unreadable', outcome('{"verdict":"maybe"}'), 'no_outcome'],
    ['a link to elsewhere', 'ln -s "$MUSTER_TASK_FILE" "$MUSTER_OUTCOME_FILE"', 'no_outcome'],
    ['a pipe', 'mkfifo "$MUSTER_OUTCOME_FILE"', 'no_outcome'],
  ])('%s', async (_name, command, failureClass) => {
    const bench = await setUpBench();
    const failed = expectFailed(await bench.runner(command).run(bench.spec({ role: 'validate' }), listening()));
    expect(failed.class).toBe(failureClass);
  });
});

describe('outputs that the plan declares', () => {
  const outputs = [
    { name: 'api_contract', path: null },
    { name: 'schema', path: 'db/schema.sql' },
  ];

  it('are found by name, by path, or as the outcome file says', async () => {
    const bench = await setUpBench();
    const byName = 'mkdir -p db docs; echo 1 > db/schema.sql; echo 2 > docs/api-contract.v1.md';
    const named = `mkdir -p db; echo 1 > db/schema.sql; echo 2 > contract.md; printf '%s' '{"verdict":"pass","artifacts":[{"name":"api_contract","path":"contract.md"}]}' > "$MUSTER_OUTCOME_FILE"`;
    for (const [command, path] of [
      [byName, 'docs/api-contract.v1.md'],
      [named, 'contract.md'],
    ] as const) {
      const spec = bench.spec({ outputs, task: path.length > 12 ? 't1' : 't2', branch: `b/${path.length}` });
      const delivery = expectDelivered(await bench.runner(command).run(spec, listening()));
      expect(delivery.outcome?.artifacts).toEqual([
        { name: 'api_contract', path, text: null },
        { name: 'schema', path: 'db/schema.sql', text: null },
      ]);
    }
  });

  it('are missed by name, also when the outcome file names what is not there', async () => {
    const bench = await setUpBench();
    const lies = `echo 1 > a; printf '%s' '{"verdict":"pass","artifacts":[{"name":"api_contract","path":"/etc/passwd"}]}' > "$MUSTER_OUTCOME_FILE"`;
    const failed = expectFailed(await bench.runner(lies).run(bench.spec({ outputs }), listening()));
    expect(failed).toMatchObject({ class: 'artifact_missing', message: expect.stringContaining('"api_contract"') });
    expect(failed.evidence).toEqual([
      'no file is named api_contract (with any ending), and the outcome file names none for it',
      'there is no file db/schema.sql for schema',
    ]);
    expect(await bench.head(bench.spec().branch)).toBeNull();
  });
});

import { describe, expect, it, onTestFinished } from 'vitest';
import { hashOfKey, type ModelServer, openModelServer } from './server.ts';
import { partFor, workingDirectory } from './tools.ts';

async function open(): Promise<ModelServer> {
  const server = await openModelServer();
  onTestFinished(() => server.close());
  return server;
}

const tool = (name: string, properties: object, required: readonly string[] = []) => ({
  name,
  kind: 'function' as const,
  schema: { type: 'object', properties, required },
});
const text = { type: 'string' };
const write = { write: { path: 'src/a.ts', text: 'one\ntwo\n' } };

describe('a scripted turn becomes a call of the tool the client has', () => {
  it.each([
    [
      'Claude Code',
      tool('Write', { file_path: text, content: text }),
      { file_path: '/repo/src/a.ts', content: 'one\ntwo\n' },
    ],
    [
      'Gemini',
      tool('write_file', { file_path: text, content: text }),
      { file_path: '/repo/src/a.ts', content: 'one\ntwo\n' },
    ],
    [
      'OpenCode',
      tool('write', { filePath: text, content: text }),
      { filePath: '/repo/src/a.ts', content: 'one\ntwo\n' },
    ],
    ['Copilot', tool('create', { path: text, file_text: text }), { path: '/repo/src/a.ts', file_text: 'one\ntwo\n' }],
    [
      'Goose',
      tool(
        'developer__text_editor',
        { command: { type: 'string', enum: ['view', 'write'] }, path: text, file_text: text },
        ['command', 'path'],
      ),
      { command: 'write', path: '/repo/src/a.ts', file_text: 'one\ntwo\n' },
    ],
  ])('that writes, of %s', (_, offered, input) => {
    const others = [
      tool('Read', { file_path: text }),
      tool('Edit', { file_path: text, old_string: text, new_string: text }),
    ];
    expect(partFor(write, [...others, offered], '/repo', 'c1')).toEqual({
      type: 'call',
      id: 'c1',
      name: offered.name,
      input,
    });
  });

  it('that patches, of Codex', () => {
    const offered = { name: 'apply_patch', kind: 'custom' as const, schema: {} };
    const input = '*** Begin Patch\n*** Add File: src/a.ts\n+one\n+two\n*** End Patch\n';
    expect(partFor(write, [offered], '/repo', 'c1')).toEqual({ type: 'custom', id: 'c1', name: 'apply_patch', input });
  });

  it.each([
    [
      'Claude Code',
      tool('Bash', { command: text, description: text }, ['command', 'description']),
      { command: 'ls', description: 'as the script says' },
    ],
    ['Codex', tool('exec_command', { cmd: text, yield_time_ms: { type: 'number' } }, ['cmd']), { cmd: 'ls' }],
    ['older Codex', tool('shell', { command: { type: 'array' } }, ['command']), { command: ['/bin/sh', '-c', 'ls'] }],
    ['Gemini', tool('run_shell_command', { command: text }), { command: 'ls' }],
  ])('that runs a command, of %s', (_, offered, input) => {
    expect(partFor({ shell: 'ls' }, [offered], null, 'c1')).toEqual({
      type: 'call',
      id: 'c1',
      name: offered.name,
      input,
    });
  });

  it('writes by a command where there is nothing else, and not at all where there is nothing', () => {
    const part = partFor(write, [tool('exec_command', { cmd: text })], '/repo', 'c1');
    expect(part).toMatchObject({ name: 'exec_command', input: { cmd: expect.stringContaining('base64 -d') } });
    expect(partFor(write, [], '/repo', 'c1')).toBeNull();
  });

  it('finds the directory a client says it works in', () => {
    expect(workingDirectory('{"text":"Primary working directory: /var/x/tree\\n - Is a git"}')).toBe('/var/x/tree');
    expect(workingDirectory('<environment_context>\\n  <cwd>/var/x/tree</cwd>')).toBe('/var/x/tree');
    expect(workingDirectory('nothing of the kind')).toBeNull();
  });
});

describe('a script', () => {
  const post = (url: string, key: string, body: object): Promise<Response> =>
    fetch(`${url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': key }, body: JSON.stringify(body) });
  const tools = [{ name: 'Bash', input_schema: { properties: { command: text } } }];

  it('is followed turn by turn, by the key', async () => {
    const server = await open();
    server.script('k1', [{ shell: 'ls' }, { say: 'Done with it.' }]);
    server.script('k2', [{ say: 'Other.' }]);
    const told: unknown[] = [];
    for (const key of ['k1', 'k2', 'k1', 'k1'])
      told.push(await (await post(server.url, key, { model: 'm', tools })).json());
    expect(told).toMatchObject([
      { stop_reason: 'tool_use', content: [{ type: 'tool_use', name: 'Bash', input: { command: 'ls' } }] },
      { content: [{ text: 'Other.' }] },
      { stop_reason: 'end_turn', content: [{ text: 'Done with it.' }] },
      { content: [{ text: 'Done.' }] },
    ]);
    expect(server.requests.map(({ turn }) => turn)).toEqual([0, 0, 1, null]);
  });

  it('spends no turn of work on a request without tools', async () => {
    const server = await open();
    server.script('k1', [{ shell: 'ls' }]);
    expect(await (await post(server.url, 'k1', { model: 'm' })).json()).toMatchObject({
      content: [{ text: 'An aside.' }],
    });
    expect(await (await post(server.url, 'k1', { model: 'm', tools })).json()).toMatchObject({
      stop_reason: 'tool_use',
    });
  });

  it('keeps no key, and knows who asked', async () => {
    const server = await open();
    const answer = await post(server.url, 'sk-unknown', { model: 'm' });
    expect(answer.status).toBe(401);
    expect(server.requests[0]).toMatchObject({ keyHash: hashOfKey('sk-unknown'), dialect: 'anthropic' });
    expect(JSON.stringify(server.requests)).not.toContain('sk-unknown');
  });
});

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryAfter, towardsAgent } from '../../../src/agents/gateway/headers.ts';
import { createMeter, type Metered } from '../../../src/agents/gateway/meter.ts';
import { recordOf } from '../../../src/agents/gateway/outcome.ts';
import { createSseReader } from '../../../src/agents/gateway/sse.ts';
import { createWithhold } from '../../../src/agents/gateway/withhold.ts';

/** Cut at these places, which may lie anywhere. */
function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const at = [0, ...[...places].map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

const cuts = fc.array(fc.nat(10_000), { maxLength: 30 });

describe('events', () => {
  const line = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, ''));
  const event = fc.record({
    name: fc.constantFrom('', 'message_start', 'délta'),
    data: fc.array(line, { minLength: 1, maxLength: 3 }),
  });

  it('are the same however the bytes are cut and the lines end', () => {
    fc.assert(
      fc.property(fc.array(event), fc.constantFrom('\n', '\r\n', '\r'), cuts, (events, nl, places) => {
        const text = events
          .map(({ name, data }) =>
            [
              `: comment`,
              ...(name === '' ? [] : [`event: ${name}`]),
              ...data.map((one) => `data: ${one}`),
              'id: 7',
              '',
              '',
            ].join(nl),
          )
          .join('');
        const seen: object[] = [];
        const reader = createSseReader((name, data) => seen.push({ name, data }));
        for (const chunk of cut(Buffer.from(text), places)) reader.push(chunk);
        reader.end();
        // lone surrogates do not survive UTF-8
        const sent = (one: string): string => Buffer.from(one).toString('utf8');
        expect(seen).toEqual(events.map(({ name, data }) => ({ name, data: data.map(sent).join('\n') })));
      }),
    );
  });

  it('that were cut off are none', () => {
    const seen: string[] = [];
    const reader = createSseReader((_, data) => seen.push(data));
    reader.push(Buffer.from('data:no space\n\ndata\n\nretry: 5\n\ndata: half'));
    reader.end();
    expect(seen).toEqual(['no space', '']);
  });

  it('of many megabytes are read in time that grows with their length', () => {
    const seen: number[] = [];
    const reader = createSseReader((_, data) => seen.push(data.length));
    const piece = Buffer.alloc(16 * 1024, 'x');
    reader.push(Buffer.from('data: '));
    for (let n = 0; n < 512; n++) reader.push(piece);
    reader.push(Buffer.from('\n\ndata: after\n\n'));
    // one that is too long is left out, and what follows is not
    for (let n = 0; n < 1_100; n++) reader.push(piece);
    reader.push(Buffer.from('\n\ndata: after\n\n'));
    expect(seen).toEqual([8 * 1024 * 1024, 5, 5]);
  });
});

describe('the key in an answer', () => {
  const key = 'sk-sk-key-0123';

  it('is starred out wherever the bytes are cut, and nothing else is touched', () => {
    const part = fc.constantFrom(key, 'sk-', 'sk-sk-', 'sk-key', 'text', 'ä', '3', key.slice(0, -1));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), cuts, (parts, places) => {
        const bytes = Buffer.from(parts.join(''));
        const withhold = createWithhold(key);
        const out = [...cut(bytes, places).map((chunk) => Buffer.from(withhold.push(chunk))), withhold.end()];
        expect(Buffer.concat(out).toString()).toBe(bytes.toString().replaceAll(key, '*'.repeat(key.length)));
      }),
    );
  });

  it('costs an answer without it not even a copy', () => {
    const chunk = Buffer.from('data: {"type":"ping"}\n\n');
    expect(createWithhold(key).push(chunk)).toBe(chunk);
  });
});

describe('headers', () => {
  it('with the key, about the connection, and cookies stay behind', () => {
    const headers = {
      'content-type': 'application/json',
      'x-request-id': 'req_1',
      'x-debug': 'used sk-the-key today',
      'set-cookie': ['session=1'],
      connection: 'keep-alive, x-hop',
      'keep-alive': 'timeout=5',
      'x-hop': '1',
      'transfer-encoding': 'chunked',
    };
    expect(towardsAgent(headers, 'sk-the-key')).toEqual({
      'content-type': 'application/json',
      'x-request-id': 'req_1',
    });
  });

  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '1250', 'retry-after': '2' }, 1_250],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:02:00 GMT' }, 60_000],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:01 GMT' }, 0],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '' }, null],
    [{ 'retry-after': '-1' }, 0],
    [{ 'retry-after': '1e99' }, 30 * 24 * 3_600_000],
    [{}, null],
  ])('%j means %s ms', (headers, expected) => {
    expect(retryAfter(headers, 60_000)).toBe(expected);
  });
});

describe('a meter', () => {
  const answer = {
    type: 'message',
    model: 'claude',
    stop_reason: 'end_turn',
    usage: { input_tokens: 3, output_tokens: 4, cache_read_input_tokens: null },
  };
  const read = async (body: Buffer, type: string, encoding: string): Promise<Metered> => {
    const meter = createMeter('anthropic', type, encoding);
    for (const chunk of cut(body, [1, 5, 20])) meter.push(chunk);
    return await meter.end();
  };

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('reads %s, should a provider insist on it', async (encoding, compress) => {
    const { reading } = await read(compress(JSON.stringify(answer)), 'application/json', encoding);
    expect(reading.usage).toEqual({ inputTokens: 3, cachedTokens: 0, cacheWriteTokens: 0, outputTokens: 4 });
  });

  it('lives through bytes that are not what they are said to be', async () => {
    expect(await read(Buffer.from('plain after all'), 'application/json', 'gzip')).toMatchObject({ malformed: true });
    expect(await read(Buffer.from([0xff, 0xfe, 0x00]), 'text/event-stream', '')).toMatchObject({ events: 0 });
  });

  it('takes no nonsense for tokens', async () => {
    const odd = { ...answer, usage: { input_tokens: '12', output_tokens: -5, cache_read_input_tokens: {} } };
    expect((await read(Buffer.from(JSON.stringify(odd)), 'application/json', 'identity')).reading.usage).toBeNull();
  });

  it('never throws, whatever the answer', () => {
    const dialect = fc.constantFrom('anthropic', 'openai-responses', 'openai-chat', 'gemini');
    const names = fc.constantFrom('', 'message_start', 'response.completed', 'error');
    fc.assert(
      fc.property(dialect as fc.Arbitrary<'gemini'>, fc.jsonValue(), names, (one, value, name) => {
        const json = createMeter(one, 'application/json', '');
        json.push(Buffer.from(JSON.stringify(value)));
        const events = createMeter(one, 'text/event-stream; charset=utf-8', '');
        events.push(Buffer.from(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`));
        expect([json.end(), events.end()]).toMatchObject([{ malformed: false }, { malformed: false }]);
      }),
    );
  });
});

describe('what is kept of an error', () => {
  it('holds no key and no end', async () => {
    const meter = createMeter('openai-chat', 'application/json', '');
    const message = `Incorrect API key provided: sk-provider-key. ${'x\n'.repeat(2_000)}`;
    meter.push(Buffer.from(JSON.stringify({ error: { message, code: 'invalid_api_key' } })));
    const seen = {
      dialect: 'openai-chat' as const,
      ending: 'whole' as const,
      status: 401,
      retryAfterMs: null,
      trouble: null,
      metered: await meter.end(),
      askedFor: null,
      firstByteMs: 1,
      bytes: { fromAgent: 1, toAgent: 1 },
    };
    const { error } = recordOf(seen, {}, ['sk-provider-key']);
    expect(error?.code).toBe('invalid_api_key');
    expect(error?.message).toMatch(/^Incorrect API key provided: \[redacted\]\. x x x/);
    expect(error?.message.length).toBe(601);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsSecret, redact } from '../../src/text/redact.ts';

// written in two parts, so that no scanner takes this file for a leak
const join = (...parts: readonly string[]): string => parts.join('');
const jwt = join('eyJ', 'hbGciOiJIUzI1NiJ9.', 'eyJpc3MiOiIxMjM0NSJ9.', 'c2lnbmF0dXJlLXNpZw');

describe('shapes of secrets', () => {
  it.each([
    ['installation token', join('ghs_', 'a1B2c3D4e5F6g7H8i9J0')],
    ['new installation token', join('ghs_', '12345_', jwt)],
    ['personal token', join('ghp_', 'a1B2c3D4e5F6g7H8i9J0')],
    ['OAuth token', join('gho_', 'a1B2c3D4e5F6g7H8i9J0')],
    ['fine-grained token', join('github_pat_', '11AAAAAAA0abcdefghij_klmnop')],
    ['LLM key', join('sk-', 'ant-api03-abcdefghijklmnop')],
    ['JWT', jwt],
    ['AWS key', join('AKIA', 'IOSFODNN7EXAMPLE')],
    ['Google key', join('AIza', 'SyA1234567890abcdefghijklmnopqrstuv')],
    ['npm token', join('npm_', 'abcdefghijklmnopqrstuvwxyz0123456789')],
    ['Slack token', join('xoxb-', '123456789012-abcdef')],
  ])('%s', (_, secret) => {
    expect(redact(`before ${secret} after`, [])).toBe('before [redacted] after');
    expect(redact(`{"token":"${secret}"}`, [])).toBe('{"token":"[redacted]"}');
    expect(redact(`${secret}\n${secret}`, [])).toBe('[redacted]\n[redacted]');
  });

  it('keep the words around them', () => {
    expect(redact('Authorization: Bearer abcdef1234567890==', [])).toBe('Authorization: Bearer [redacted]');
    expect(redact('authorization: token abcdef123456', [])).toBe('authorization: token [redacted]');
    expect(redact('"Authorization": "Basic dXNlcjpwYXNz"', [])).toBe('"Authorization": "Basic [redacted]"');
    expect(redact('git clone https://x-access-token:hunter22@github.com/a/b', [])).toBe(
      'git clone https://[redacted]@github.com/a/b',
    );
    expect(redact('aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', [])).toBe(
      'aws_secret_access_key = [redacted]',
    );
  });

  it('include keys in PEM, whole, escaped, cut off or with headers', () => {
    const key = (end: string): string =>
      `-----BEGIN RSA ${'PRIVATE'} KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123\n\nMIIEpAIBAAKCAQEA\nabcd/+==\n${end}`;
    expect(redact(`a ${key('-----END RSA PRIVATE KEY-----')} b`, [])).toBe('a [redacted] b');
    expect(redact(`-----BEGIN ${'PRIVATE'} KEY-----\\nMIIEpA\\nabcd\\n-----END PRIVATE KEY-----"`, [])).toBe(
      '[redacted]"',
    );
    expect(redact(`-----BEGIN ${'PRIVATE'} KEY-----\nMIIEpAIBAAKCAQEA\nabcd`, [])).toBe('[redacted]');
    expect(redact('-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----', [])).toContain('MIIE');
  });

  it.each([
    'sk-1',
    'risk-free-and-easy-going',
    'task-abcdefghijklmnopqrst',
    'ghs_',
    'eyJ.a.b',
    'the bearer of news',
    'https://github.com/a/b',
    'user@host',
    'a: b@c',
  ])('are not seen in %j', (text) => {
    expect(redact(text, [])).toBe(text);
  });
});

describe('known secrets', () => {
  const secret = 'p@ss/w+rd "42" é';

  it('go as written, in JSON and in URLs', () => {
    expect(redact(`x${secret}y`, [secret])).toBe('x[redacted]y');
    expect(redact(JSON.stringify({ s: secret }), [secret])).toBe('{"s":"[redacted]"}');
    expect(redact(`?q=${encodeURIComponent(secret)}&r`, [secret])).toBe('?q=[redacted]&r');
  });

  it('go in base64 wherever they stand in what was encoded', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (before, after) => {
        const encoded = Buffer.from(`${before}${secret}${after}`).toString('base64');
        const clean = redact(encoded, [secret]);
        expect(clean).toContain('[redacted]');
        // the edges that share a character with their neighbours may stay; the secret cannot be read from them
        expect(clean.replace('[redacted]', '').length).toBeLessThan(encoded.length - 20);
      }),
    );
  });

  it('go in base64 that was broken into lines', () => {
    const key = Array.from({ length: 24 }, (_, i) => `${i}-${'abcdefghijklmnopqrstuvwxyz'.repeat(2)}-${i * 7}`).join(
      '\n',
    );
    for (const width of [64, 76]) {
      const lines =
        Buffer.from(key)
          .toString('base64')
          .match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
      const clean = redact(lines.join('\n'), [key]).split('\n');
      // the ends stay: they are the same for many keys, and too little of any
      expect(clean.slice(1, -1)).toEqual(lines.slice(1, -1).map(() => '[redacted]'));
    }
  });

  it('that contain each other go whole', () => {
    expect(redact('abcdefgh abcdef', ['abcdef', 'abcdefgh'])).toBe('[redacted] [redacted]');
  });

  it('that are too short are left alone', () => {
    expect(redact('a test of words', ['test', '', '   '])).toBe('a test of words');
  });

  it('of several lines go line by line too', () => {
    const key = ['first-line-of-the-key-0001', 'second-line-of-the-key-002'].join('\n');
    expect(redact('log: second-line-of-the-key-002', [key])).toBe('log: [redacted]');
  });
});

it('a text holds a secret or it does not', () => {
  const key = `-----BEGIN ${'PRIVATE'} KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQ'.repeat(2)}\n-----END ${'PRIVATE'} KEY-----\n`;
  expect(holdsSecret(`a\n${'MIIEvQIBADANBgkqhkiG9w0BAQ'.repeat(2)}\nb`, [key])).toBe(true);
  expect(holdsSecret(`another -----BEGIN ${'PRIVATE'} KEY----- of somebody`, [key])).toBe(false);
  expect(holdsSecret(Buffer.from('x:a-long-api-key-of-ours').toString('base64'), ['a-long-api-key-of-ours'])).toBe(
    true,
  );
});

it('a second time changes nothing', () => {
  const pieces = fc.constantFrom(
    'Bearer ',
    'abcdef1234567890',
    ' ',
    join('ghs_', 'abcdefghijkl'),
    '://',
    'u:p@',
    '[redacted]',
    'known-secret',
    '-----BEGIN X KEY-----',
    '\n',
    'token ',
    'Authorization: ',
    'basic ',
    'u',
    ':p',
    '@',
    '"',
    ',',
    '=',
    'eyJabcdefgh.abcdefgh.',
    'AKIAABCDEFGHIJKLMNOP',
    'aws_secret_access_key=',
    'c2VjcmV0LXRoYXQtaXMtbG9uZy1lbm91Z2g',
    '-----END X KEY-----',
  );
  fc.assert(
    fc.property(
      fc.array(pieces).map((all) => all.join('')),
      (text) => {
        const once = redact(text, ['known-secret']);
        expect(redact(once, ['known-secret'])).toBe(once);
      },
    ),
    { numRuns: 1_000 },
  );
});

it.each([
  ['Authorization: token ://u:p@', 'Authorization: token [redacted]'],
  ['Bearer Authorization: token secret-12345', 'Bearer [redacted]: token [redacted]'],
])('what one pattern leaves to another is taken out at once: %j', (text, clean) => {
  expect(redact(text, [])).toBe(clean);
});

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectDelivered, expectFailed, listening, setUpBench } from './bench.ts';

const apiKey = 'not-a-real-key-0123456789';
const pem = [
  '-----BEGIN X KEY-----',
  ...Array.from({ length: 20 }, (_, i) => `${i}`.padStart(64, 'k')),
  '-----END-----',
];
const secrets = (): readonly string[] => [pem.join('\n')];
const env = { API_KEY: apiKey, AUTH_URL: 'https://login.example.org/oauth2', TOKEN_MODE: 'short' };

describe('what an agent leaves', () => {
  it.each([
    ['as it is', `echo ${apiKey} > notes/a.txt`],
    ['in base64', `printf 'user:%s' "$API_KEY" | base64 > notes/a.txt`],
    ['in a name', `ln -s ${apiKey} notes/a.txt`],
    ['as one line of a key file', `echo 'x ${pem[7]} y' > notes/a.txt`],
    ['as a key file in lines of base64', `printf '%s' '${pem.join('\n')}' | base64 > notes/a.txt`],
  ])('leaves not with a secret %s', async (_, line) => {
    const bench = await setUpBench();
    const command = `mkdir notes; ${line}; echo fine > fine.txt`;
    const runner = bench.runner(command, { agents: { default: { command, env } }, secrets });
    const spec = bench.spec();
    const failed = expectFailed(await runner.run(spec, listening()));
    expect(failed.class).toBe('policy_violation');
    expect(failed.message).toContain('notes/a.txt: holds a secret');
    expect(JSON.stringify(failed)).not.toContain(apiKey);
    expect(await bench.head(spec.branch)).toBeNull();
  });

  it('may name what is no secret', async () => {
    const bench = await setUpBench();
    const command = `echo 'https://login.example.org/oauth2 short -----BEGIN X KEY-----' > a.txt; head -c 3000000 /dev/urandom > b`;
    const runner = bench.runner(command, { agents: { default: { command, env } }, secrets });
    const delivery = expectDelivered(await runner.run(bench.spec(), listening()));
    expect(delivery.files.map(({ path }) => path)).toEqual(['a.txt', 'b']);
  });
});

it('takes back tokens that a killed process left behind', async () => {
  const bench = await setUpBench();
  const left = join(bench.dataDir, 'askpass', 'askpass-x');
  await mkdir(left, { recursive: true });
  await writeFile(join(left, 'token'), 'ghs_left\n');
  bench.runner('true');
  expect(existsSync(left)).toBe(false);
});

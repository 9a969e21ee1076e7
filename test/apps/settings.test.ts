import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withAbsolutePaths } from '../../src/apps/agent-command.ts';
import { createLogger } from '../../src/apps/logger.ts';
import { defaultDataDir, readSettings } from '../../src/apps/settings.ts';

const dir = mkdtempSync(join(tmpdir(), 'muster-settings-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const pem = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey;
const good = {
  APP_ID: '7',
  PRIVATE_KEY: pem,
  WEBHOOK_SECRET: 'long and random',
  MUSTER_AGENT_COMMAND: 'true',
  HOME: '/home/ada',
};

describe("the server's settings", () => {
  it('are read, with the documented defaults', () => {
    const result = readSettings(good);
    expect(result.ok && result.settings).toMatchObject({
      appId: 7,
      port: 3000,
      apiUrl: 'https://api.github.com',
      dataDir: '/home/ada/.local/state/muster',
      merge: null,
      tickMs: 60_000,
      graceMs: 45_000,
      logLevel: 'info',
      agents: { default: { command: 'true' } },
    });
    const oneLine = readSettings({
      ...good,
      PRIVATE_KEY: pem.replaceAll('\n', '\\n'),
      MUSTER_GITHUB_API_URL: 'https://git.example.com/api/v3/',
    });
    expect(oneLine.ok && oneLine.settings.apiUrl).toBe('https://git.example.com/api/v3');
    expect(defaultDataDir({ XDG_STATE_HOME: '/state' })).toBe('/state/muster');
  });

  it('keep the published limits, but on a server of this machine only when told so', () => {
    const limitsOf = (env: Record<string, string>): number | null => {
      const result = readSettings({ ...good, ...env });
      if (!result.ok) throw new Error(result.problems.join());
      return result.settings.limits?.requestsPerHour ?? null;
    };
    const local = { MUSTER_GITHUB_API_URL: 'http://127.0.0.1:3001' };
    expect(limitsOf({})).toBe(5_000);
    expect(limitsOf({ MUSTER_GITHUB_API_URL: 'https://git.example.com/api/v3' })).toBe(5_000);
    expect(limitsOf({ MUSTER_GITHUB_LIMITS: 'none' })).toBeNull();
    expect(limitsOf(local)).toBeNull();
    expect(limitsOf({ ...local, MUSTER_GITHUB_LIMITS: 'published' })).toBe(5_000);
  });

  it('never put state below the present directory', () => {
    expect(defaultDataDir({ XDG_STATE_HOME: 'state', HOME: '/home/ada' })).toBe('/home/ada/.local/state/muster');
    expect(defaultDataDir({ HOME: 'ada' })).toBe('/var/lib/.local/state/muster');
    expect(defaultDataDir({ HOME: '' })).toBe('/var/lib/.local/state/muster');
  });

  it.each([
    ['APP_ID', '0', /at least 1/],
    ['PORT', '65536', /from 0 to 65535/],
    // more milliseconds than a timer holds would be a sweep per millisecond
    ['MUSTER_TICK_SECONDS', '2147484', /from 1 to 86400/],
    ['MUSTER_GITHUB_LIMITS', 'some', /one of published, none/],
    ['MUSTER_GRACE_MS', '3600001', /from 0 to 3600000/],
    ['MUSTER_AGENT_COMMAND', '  ', /is missing/],
    ['PRIVATE_KEY', 'abc', /not a PEM private key: GitHub's begins with/],
    ['MUSTER_CONFIG', dir, /cannot be read: it is a directory/],
  ])('refuse %s=%s', (name, value, words) => {
    const result = readSettings({ ...good, [name]: value });
    expect(result.ok ? [] : result.problems).toEqual([expect.stringMatching(words)]);
  });

  it('refuse a file of agents with none in it', () => {
    const config = join(dir, 'none.yml');
    writeFileSync(config, 'agents: {}\n');
    const { MUSTER_AGENT_COMMAND: _, ...rest } = good;
    const result = readSettings({ ...rest, MUSTER_CONFIG: config });
    expect(result.ok ? [] : result.problems).toEqual([expect.stringContaining('names no agent')]);
    expect(readSettings({ ...good, MUSTER_CONFIG: config }).ok).toBe(true);
  });

  it('name everything that is wrong or missing at once, one sentence each', () => {
    const nothing = readSettings({});
    expect(nothing.ok ? [] : nothing.problems.map((problem) => problem.split(' ')[0])).toEqual([
      'PRIVATE_KEY',
      'MUSTER_AGENT_COMMAND',
      'APP_ID',
      'WEBHOOK_SECRET',
    ]);
    const config = join(dir, 'agents.yml');
    writeFileSync(config, 'agents:\n  robot:\n    comand: x\n');
    const wrong = readSettings({
      ...good,
      APP_ID: 'seven',
      PRIVATE_KEY_PATH: join(dir, 'none.pem'),
      WEBHOOK_SECRET: 'development',
      PORT: '-1',
      MUSTER_GITHUB_API_URL: 'http://example.com',
      MUSTER_GITHUB_API_VERSION: '2020-01-01',
      MUSTER_MERGE: 'yes',
      MUSTER_TICK_SECONDS: '0',
      MUSTER_GRACE_MS: 'long',
      LOG_LEVEL: 'loud',
      MUSTER_CONFIG: config,
    });
    const problems = wrong.ok ? [] : wrong.problems;
    for (const name of [
      'APP_ID',
      'PRIVATE_KEY_PATH',
      'WEBHOOK_SECRET',
      'PORT',
      'MUSTER_GITHUB_API_URL',
      'MUSTER_GITHUB_API_VERSION',
      'MUSTER_MERGE',
      'MUSTER_TICK_SECONDS',
      'MUSTER_GRACE_MS',
      'LOG_LEVEL',
      'MUSTER_CONFIG',
    ]) {
      expect(
        problems.filter((problem) => problem.includes(name)),
        name,
      ).not.toEqual([]);
    }
    expect(problems.filter((problem) => problem.includes('MUSTER_CONFIG')).join('\n')).toMatch(/line 3: .*comand/);
  });

  it('allow plain http to this machine only', () => {
    expect(readSettings({ ...good, MUSTER_GITHUB_API_URL: 'http://127.0.0.1:4000' }).ok).toBe(true);
    expect(readSettings({ ...good, MUSTER_GITHUB_API_URL: 'http://10.0.0.1' }).ok).toBe(false);
    expect(readSettings({ ...good, MUSTER_GITHUB_API_URL: 'github' }).ok).toBe(false);
  });
});

describe('an agent command', () => {
  it('names files relative to where it was typed', () => {
    writeFileSync(join(dir, 'agent.sh'), '');
    expect(withAbsolutePaths('./agent.sh --fast ./nowhere.sh', dir)).toBe(`'${dir}/agent.sh' --fast ./nowhere.sh`);
    expect(withAbsolutePaths("sh -c 'echo ./agent.sh'", dir)).toBe(
      "sh -c 'echo ./agent.sh'".replace('./agent.sh', './agent.sh'),
    );
  });
});

describe('the log', () => {
  it('holds no secret, whatever field it hides in', () => {
    const lines: string[] = [];
    const log = createLogger('info', ['hunter2hunter2', pem], (line) => lines.push(line));
    log.info(
      { nested: { key: pem, list: ['hunter2hunter2'] }, authorization: `Bearer ${'a'.repeat(40)}` },
      'token ghs_16C7e42F292c6912E7710c838347Ae178B4a and hunter2hunter2',
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/hunter2|PRIVATE KEY|ghs_16C7|aaaaaaaaaa/);
    expect(JSON.parse(lines[0] ?? '')).toHaveProperty('time');
  });
});

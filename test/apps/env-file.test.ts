import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openEnvFile, settledIn, writeEnvFile } from '../../src/apps/setup/env-file.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muster-env-'));
  file = join(dir, '.env');
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
});

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('reading .env', () => {
  it('is what muster setup wrote, and nothing when there is none', () => {
    expect(openEnvFile(null, dir)).toBeNull();
    writeFileSync(file, "APP_ID=12\nMUSTER_AGENT_COMMAND='a b'\n", { mode: 0o600 });
    expect(openEnvFile(null, dir)).toEqual({ path: file, values: { APP_ID: '12', MUSTER_AGENT_COMMAND: 'a b' } });
    expect(openEnvFile('.env', dir)).toEqual(openEnvFile(null, dir));
  });

  it('leaves the .env of another program alone, unless it is named', () => {
    writeFileSync(file, 'DATABASE_PASSWORD=x\n', { mode: 0o644 });
    expect(openEnvFile(null, dir)).toBeNull();
    expect(() => openEnvFile('.env', dir)).toThrow(/can be read by other users.*\(mode 644\)/);
  });

  it.each([0o640, 0o604, 0o620])('refuses one that others may open (mode %o), with the remedy', (mode) => {
    writeFileSync(file, 'WEBHOOK_SECRET=hush\n');
    chmodSync(file, mode);
    expect(() => openEnvFile(null, dir)).toThrow(`chmod 600 ${file}`);
    chmodSync(file, 0o600);
    expect(openEnvFile(null, dir)?.values).toEqual({ WEBHOOK_SECRET: 'hush' });
  });

  it('says what is wrong with one that is named and cannot be read', () => {
    expect(() => openEnvFile('missing.env', dir)).toThrow(/missing\.env cannot be read: there is no such file/);
    mkdirSync(join(dir, 'sub'));
    expect(() => openEnvFile('sub', dir)).toThrow(/cannot be read: it is a directory/);
  });
});

describe('writing .env', () => {
  it('makes it for its owner alone, also over one that was open', () => {
    writeEnvFile(file, { APP_ID: '1' });
    expect([modeOf(file), readFileSync(file, 'utf8')]).toEqual(['600', 'APP_ID=1\n']);
    chmodSync(file, 0o644);
    writeEnvFile(file, { APP_ID: '2' });
    expect([modeOf(file), readFileSync(file, 'utf8')]).toEqual(['600', 'APP_ID=2\n']);
    expect(readdirSync(dir)).toEqual(['.env']);
  });

  it('keeps every line that is not its own where it stood', () => {
    const foreign =
      '# mine\nexport OTHER="a\nb # no comment"\n\nPRIVATE_KEY="-----BEGIN\nAPP_ID=9\n-----END"\nAPP_ID=7 # old\nLAST=1\n';
    writeFileSync(file, foreign, { mode: 0o600 });
    writeEnvFile(file, { APP_ID: '8', WEBHOOK_SECRET: 's' }, ['PRIVATE_KEY']);
    expect(readFileSync(file, 'utf8')).toBe(
      '# mine\nexport OTHER="a\nb # no comment"\n\nAPP_ID=8\nLAST=1\nWEBHOOK_SECRET=s\n',
    );
  });

  it.each(['/with space/key.pem', '/a#b', "/it's", '/plain', '/"both" and \'one\''])(
    'writes %s so that it is read back',
    (value) => {
      writeEnvFile(file, { PRIVATE_KEY_PATH: value });
      expect(parseEnv(readFileSync(file, 'utf8'))).toEqual({ PRIVATE_KEY_PATH: value });
    },
  );

  it('changes nothing when a value cannot be written', () => {
    writeFileSync(file, 'A=1\n');
    expect(() => writeEnvFile(file, { PRIVATE_KEY_PATH: `a'"\`#b` })).toThrow(/PRIVATE_KEY_PATH/);
    expect(readFileSync(file, 'utf8')).toBe('A=1\n');
  });

  it('follows a link instead of replacing it', () => {
    const real = join(dir, 'real.env');
    writeFileSync(real, 'A=1\n');
    symlinkSync(real, file);
    writeEnvFile(file, { APP_ID: '1' });
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toBe('A=1\nAPP_ID=1\n');
  });

  it('tells what an older one has settled', () => {
    expect(settledIn(file, ['APP_ID'])).toEqual([]);
    writeFileSync(file, 'APP_ID=1\nWEBHOOK_SECRET=\n');
    expect(settledIn(file, ['APP_ID', 'WEBHOOK_SECRET', 'PRIVATE_KEY'])).toEqual(['APP_ID']);
    expect(existsSync(join(dir, 'nothing'))).toBe(false);
  });
});

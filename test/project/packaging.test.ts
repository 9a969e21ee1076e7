import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { settingsHelp } from '../../src/apps/cli/server-process.ts';
import { startCommand } from '../../src/apps/cli/start.ts';
import { workerCommand } from '../../src/apps/cli/worker.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const main = 'dist/apps/cli/main.js';
const commands: Readonly<Record<string, Command>> = { start: startCommand(), worker: workerCommand() };

interface Service {
  readonly build?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly stop_grace_period?: string;
}

const compose = parse(read('compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
  readonly secrets: Readonly<Record<string, unknown>>;
};

function understands(words: readonly string[]): boolean {
  const [name = '', ...flags] = words;
  return flags.every((flag) => commands[name]?.options.some((option) => option.long === flag) === true);
}

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');

  it('copies what is there and what .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    const sources = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) {
      expect(existsSync(join(root, source)), source).toBe(true);
      expect(allowed, source).toContain(source);
    }
  });

  it('runs the command line as nobody in particular', () => {
    expect(read('package.json')).toContain(`"muster": "${main}"`);
    expect(lines).toContain(`ENTRYPOINT ["node", "${main}"]`);
    expect(lines).toContain('CMD ["start"]');
    expect(lines.findLastIndex((line) => line.startsWith('USER '))).toBeGreaterThan(0);
    expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER muster']);
  });
});

describe('compose.yaml', () => {
  const ours = Object.entries(compose.services).filter(([, service]) => service.image === 'muster');

  it('starts an app and two workers with commands and settings that exist', () => {
    expect(ours.map(([, service]) => service.command)).toEqual([['start', '--no-worker'], ['worker'], ['worker']]);
    for (const [name, { command = [], environment = {} }] of ours) {
      expect(understands(command), name).toBe(true);
      for (const setting of Object.keys(environment)) expect(settingsHelp, setting).toContain(setting);
    }
    expect(understands(['start', '--no-such-flag'])).toBe(false);
  });

  it('refers only to what it defines, and gives each process its own data', () => {
    const named = Object.values(compose.services).flatMap(({ volumes = [] }) =>
      volumes.map((one) => one.split(':')[0]),
    );
    expect([...named].sort()).toEqual(Object.keys(compose.volumes).sort());
    for (const [, { depends_on: needs = {}, secrets = [] }] of ours) {
      for (const need of Object.keys(needs)) expect(Object.keys(compose.services)).toContain(need);
      for (const secret of secrets) expect(Object.keys(compose.secrets)).toContain(secret);
    }
  });

  it('keeps Redis from throwing keys away', () => {
    expect(compose.services.redis?.command?.join(' ')).toContain('--maxmemory-policy noeviction');
  });
});

describe('docs/operations.md', () => {
  const text = read('docs/operations.md');

  it('names the command line where it lies, and commands that exist', () => {
    expect(text).toContain(`ExecStart=/usr/bin/node /opt/muster/${main} start\n`);
    const [, pm2 = ''] = /```js\n([\s\S]*?)```/.exec(text) ?? [];
    const module = { exports: {} as { apps?: readonly { script: string; args: string; instances: number }[] } };
    new Function('module', pm2)(module);
    expect(module.exports.apps).toMatchObject([{ script: main, args: 'start', instances: 1 }]);
    const shown = [...text.matchAll(/^ {4}muster (.*?)(?: {2,}#.*)?$/gm)].map(([, words = '']) => words);
    expect(shown.length).toBe(2);
    for (const words of shown)
      expect(understands(words.replace(/ \[--agents NAME\]/, ' --agents').split(' ')), words).toBe(true);
  });
});

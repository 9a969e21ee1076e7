#!/usr/bin/env node
import { execFileSync } from 'node:child_process';
// Completes package-lock.json where the registry in reach lists no packages for other platforms: for each optional
// dependency that a locked package names and the lock lacks, an entry without an address. Also drops addresses, so
// that the lock holds for every registry. Run after each dependency change; test/project/lock-file.test.ts checks it.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const platforms = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const cpus = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];
let added = 0;

for (const [path, entry] of Object.entries(lock.packages)) {
  delete entry.resolved;
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (path === '' || nearest(path, name) !== undefined) continue;
    lock.packages[`node_modules/${name}`] = describe(name, range);
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${file}: ${added} optional packages of other platforms added\n`);

// npm looks for a dependency beside its dependant first, then upwards
function nearest(path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const found = lock.packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`];
    if (found !== undefined || at === '') return found;
  }
}

function describe(name, range) {
  const version = /^\d/.test(range)
    ? range
    : execFileSync('npm', ['view', `${name}@${range}`, 'version', '--silent'], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .at(-1)
        .replace(/.*'(.*)'/, '$1');
  const words = name.split(/[-/@.]/);
  const os = platforms.filter((one) => words.includes(one));
  const cpu = cpus.filter((one) => words.includes(one));
  return { version, ...(cpu.length > 0 ? { cpu } : {}), ...(os.length > 0 ? { os } : {}), optional: true };
}

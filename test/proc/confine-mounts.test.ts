import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { confineFiles, detectFileConfinement } from '../../src/proc/confine-mounts.ts';
import { runProgram } from '../../src/proc/run.ts';
import { namespaces, shell } from './processes.ts';

describe.each(namespaces)('the view of files inside %s', (confinement) => {
  it('hides a whole directory, whatever of it is named twice, but not what is the program’s own', async () => {
    // not below /tmp, which is hidden anyway
    const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');
    mkdirSync(cache, { recursive: true });
    const data = realpathSync(mkdtempSync(join(cache, 'muster-view-')));
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    const place = (name: string): string => join(data, 'agents', name);
    for (const name of ['own', 'tmp', 'root', 'mirrors']) mkdirSync(place(name), { recursive: true });
    mkdirSync(join(data, 'db'));
    writeFileSync(join(data, 'db', 'rows'), 'private\n');
    const socket = createServer().listen(join(data, 'control.sock'));
    onTestFinished(() => void socket.close());
    const script =
      'echo own > own.txt; cat own.txt; ls "$1" "$1/agents"; cat "$1/db/rows"; : > "$1/x"; : > "$1/agents/x"';
    const view = {
      own: [place('own'), place('tmp')],
      tmp: place('tmp'),
      mountPoint: place('root'),
      hidden: [join(data, 'agents'), data],
      shown: [],
      writable: [],
      network: 'open' as const,
    };
    const line = { command: '/bin/sh', args: ['-c', script, 'sh', data] };
    const how = await detectFileConfinement(confinement);
    expect(how).not.toBe('none');
    const { end } = runProgram({
      ...shell('', { confinement, cwd: place('own') }),
      ...confineFiles(line, place('own'), view, how),
    });
    const { output } = await end;
    expect(output.stdout).toBe(`own\n${data}:\nagents\n\n${data}/agents:\nown\ntmp\n`);
    expect(output.stderr).toMatch(/rows: No such file/);
  });
});

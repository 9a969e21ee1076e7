import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Orchestration } from '../../src/core/model.ts';
import type { World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

/** The page as a browser has it after its scripts have run. */
async function rendered(url: string): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), 'muster-chromium-'));
  const quiet = [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--disable-gpu',
    '--disable-quic',
  ];
  try {
    const { stdout } = await promisify(execFile)(
      'chromium',
      [
        '--headless',
        '--no-sandbox',
        ...quiet,
        `--user-data-dir=${profile}`,
        '--virtual-time-budget=10000',
        '--dump-dom',
        url,
      ],
      { maxBuffer: 50_000_000, timeout: 60_000 },
    );
    return stdout;
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}

let world: World;
let issue: number;
let state: Orchestration;

beforeAll(async () => {
  world = await openWorld({ policy: { attempts: 1 } });
  issue = await world.ada.openIssue(
    'Looked at',
    '- [ ] First <script>alert(1)</script>\n- [ ] Second "quoted" [x] (needs #1)\n- [ ] Third fails\n',
  );
  await world.ada.comment(issue, '/muster run');
  state = await world.untilTold(issue);
}, 90_000);

afterAll(async () => {
  await world.close();
});

describe('what a maintainer sees in a browser', () => {
  it('shows the status comment as a table and a drawn graph', async () => {
    const page = await rendered(`${world.sandbox.url}/acme/shop/issues/${issue}`);
    expect(page).toContain('2 of 3 landed');
    expect(page).toMatch(/<svg[^>]*(?:mermaid|flowchart)/);
    expect(page).not.toMatch(/Syntax error in text/);
    expect(page).not.toContain('<script>alert(1)');
    expect(page.match(/<th/g)?.length ?? 0).toBeGreaterThanOrEqual(6);
    // hidden markers stay hidden
    expect(page.replace(/<!--[\s\S]*?-->/g, '')).not.toContain('muster:acme/shop');
  }, 90_000);

  it('shows a sub-issue, its pull request and the diagnostic issue', async () => {
    const [first, , third] = state.tasks;
    if (first?.status !== 'merged' || third?.status !== 'failed') throw new Error('first landed, third failed');
    const sub = await rendered(`${world.sandbox.url}/acme/shop/issues/${first.sub.number}`);
    expect(sub).toContain('Part of');
    const pull = await rendered(`${world.sandbox.url}/acme/shop/pull/${first.pull?.number}`);
    expect(pull).toContain('What was asked');
    expect(pull).toContain('work/first');
    const diagnostic = await rendered(`${world.sandbox.url}/acme/shop/issues/${third.diagnostic?.issue?.number}`);
    expect(diagnostic).toContain('cannot work on third-fails');
    expect(diagnostic).toContain('/muster retry');
  }, 120_000);
});

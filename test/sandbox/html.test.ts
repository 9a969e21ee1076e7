import { describe, expect, it } from 'vitest';
import { asInstallation, asUser, startWithRepository } from './local-github.ts';
import { cloneAs } from './work-tree.ts';

const repo = '/repos/acme/shop';

async function story(): Promise<{
  page(path: string): Promise<{ status: number; text: string; headers: Headers }>;
  run: unknown;
}> {
  const sandbox = await startWithRepository({ ci: { enabled: true, command: 'echo "<b>log</b>"; exit 1' } });
  const ann = asUser(sandbox, 'ann', 'write');
  const bot = await asInstallation(sandbox);
  const work = await cloneAs(sandbox, sandbox.userToken('ann'));
  await ann('POST', `${repo}/issues`, {
    title: 'Parent <script>alert(1)</script>',
    body: '- [ ] #2\n\n<script>alert(2)</script>',
  });
  for (const title of ['Child one', 'Child two']) {
    const { body } = await bot('POST', `${repo}/issues`, { title, body: 'Work' });
    await bot('POST', `${repo}/issues/1/sub_issues`, { sub_issue_id: body.id });
  }
  const first = (await ann('GET', `${repo}/issues/2`)).body;
  await bot('POST', `${repo}/issues/3/dependencies/blocked_by`, { issue_id: first.id });
  await bot('POST', `${repo}/labels`, { name: 'work', color: 'fbca04' });
  await bot('POST', `${repo}/issues/2/labels`, { labels: ['work'] });
  await bot('POST', `${repo}/issues/1/comments`, {
    body: '> [!NOTE]\n> Status of @ann\n\n```mermaid\ngraph TD; A-->B;\n```\n<!-- covert -->',
  });
  await work.push('topic', { 'x.html': '<img src=x onerror=alert(3)>\n' });
  await bot('POST', `${repo}/pulls`, { title: 'Do the first', head: 'topic', base: 'main', body: 'Closes #2' });
  await work.push('rival', { 'x.html': 'other\n' }, { from: 'origin/main' });
  await bot('POST', `${repo}/pulls`, { title: 'Rival', head: 'rival', base: 'main' });
  await sandbox.drained();
  const runs = (await ann('GET', `${repo}/commits/topic/check-runs`)).body.check_runs as unknown as { id: number }[];
  await bot('PUT', `${repo}/pulls/4/merge`);
  await sandbox.drained();
  return {
    run: runs[0]?.id,
    page: async (path) => {
      const response = await fetch(`${sandbox.url}${path}`);
      return { status: response.status, text: await response.text(), headers: response.headers };
    },
  };
}

describe('the pages', () => {
  it('show what happened, and never run what somebody wrote', async () => {
    const { page, run } = await story();
    const wanted: Record<string, string[]> = {
      '/': ['acme/shop', '2 open issues, 1 open pull request'],
      '/acme/shop': ['Merge pull request #4', 'README.md', 'git clone http://127.0.0.1'],
      '/acme/shop/issues': ['Parent &lt;script&gt;', '1 of 2 sub-issues done', '>1 closed</a>'],
      '/acme/shop/issues?state=closed': ['Child one', 'background:#fbca04'],
      '/acme/shop/issues/1': [
        'Child one',
        '1 of 2 done',
        'alert-note',
        '<pre class="mermaid">graph TD; A-->B;',
        '<span class="bot-tag">bot</span>',
      ],
      '/acme/shop/issues/2': ['Pull requests that close this', 'Blocking', 'closed this as completed'],
      '/acme/shop/issues/3': ['Blocked by', 'Child one', 'Parent'],
      '/acme/shop/pull/4': ['Merged', 'tr class="plus"', '&lt;img src=x', 'Closes', 'Tests failed'],
      '/acme/shop/pull/5': ['Conflicts with main', '<code>x.html</code>'],
      '/acme/shop/pulls': ['Rival'],
      '/acme/shop/branches': ['topic', '1 ahead'],
      '/acme/shop/commits/main': ['Merge pull request #4', 'Initial commit'],
      '/acme/shop/commit/main': ['parents', 'x.html'],
      '/acme/shop/blob/main/README.md': ['# Shop'],
      '/acme/shop/tree/main': ['x.html'],
      [`/acme/shop/checks/${String(run)}`]: ['failed', '&lt;b&gt;log&lt;/b&gt;'],
    };
    for (const [path, texts] of Object.entries(wanted)) {
      const { status, text, headers } = await page(path);
      expect([path, status]).toEqual([path, 200]);
      for (const part of texts) expect(text, path).toContain(part);
      expect(text).toContain('A local model of GitHub, schema-checked. Not GitHub.');
      expect(text, path).not.toMatch(/<script>alert|<img[^>]*onerror|covert|<b>log/);
      expect(headers.get('content-security-policy')).toContain("script-src 'self'");
    }
  });

  it('answer 404 in words for what is not there, and lead issue numbers to pull requests', async () => {
    const { page } = await story();
    for (const path of [
      '/acme/nothing',
      '/nobody/shop',
      '/acme/shop/issues/999',
      '/acme/shop/commit/ffff',
      '/acme/shop/checks/1',
    ]) {
      expect([path, (await page(path)).status]).toEqual([path, 404]);
    }
    expect((await page('/acme/shop/issues/5')).text).toContain('Rival');
    expect((await page('/_sandbox/style.css')).headers.get('content-type')).toContain('text/css');
    expect((await page('/_sandbox/mermaid.js')).text.length).toBeGreaterThan(1_000_000);
  });
});

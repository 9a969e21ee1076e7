import { describe, expect, it } from 'vitest';
import { closingReferences } from '../../src/sandbox/closing-words.ts';
import { renderMarkdown } from '../../src/sandbox/markdown-html.ts';

const full = 'abcdef1'.padEnd(40, '0');

function render(source: string): string {
  return renderMarkdown(source, {
    owner: 'acme',
    repo: 'shop',
    webUrl: 'http://host',
    issue: (owner, repo, number) =>
      owner === 'acme' && number < 10
        ? {
            kind: number === 7 ? 'pull' : 'issue',
            title: `Title <${repo} ${number}>`,
            state: number === 3 ? 'closed' : 'open',
          }
        : undefined,
    commits: new Map([['abcdef1', full]]),
  });
}

describe('Markdown as HTML', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '[x](javascript:alert(1))',
    '<style>body{display:none}</style>',
    '<iframe src="http://e"></iframe>',
    '<svg onload=alert(1)><script>alert(1)</script></svg>',
    '<div style="position:fixed" onclick="x()">y</div>',
    '<details ontoggle=alert(1) open><summary>x</summary></details>',
    '<scr<script>ipt>alert(1)</script>',
    '<math><mtext></mtext><img src=x onerror=alert(1)></math>',
    '```mermaid\ngraph TD; A["<img src=x onerror=alert(1)>"]\n```',
  ])('lets nothing run: %s', (source) => {
    const html = render(source);
    expect(html).not.toMatch(/<(script|style|iframe|svg)/i);
    expect(html).not.toMatch(/<[^>]*\s(on\w+|style)=/i);
    expect(html).not.toMatch(/javascript:/i);
  });

  it('hides comments, also multi-line and unfinished ones', () => {
    expect(render('a <!-- one --> b\n\n<!-- two\n\nstill two -->\n\nc')).not.toMatch(/one|two/);
    expect(render('x\n\n<!-- never closed')).not.toContain('never');
  });

  it('keeps Markdown inside details and html tables', () => {
    const html = render(
      '<details><summary>More &amp; more</summary>\n\n| a | b |\n|---|--:|\n| 1 | **2** |\n\n</details>\n\nafter',
    );
    expect(html).toMatch(
      /^<details><summary>More &#x26; more<\/summary>[\s\S]*<td align="right"><strong>2<\/strong><\/td>[\s\S]*<\/details>\s*<p>after<\/p>$/,
    );
    expect(render('<table><tr><td>1<td>2<tr><td>3</table>')).toContain('<td>1</td><td>2</td></tr><tr><td>3</td>');
  });

  it('keeps line ends, task lists and diagrams', () => {
    expect(render('one\ntwo')).toBe('<p>one<br>\ntwo</p>');
    expect(render('- [x] done\n- [ ] open')).toContain('<input type="checkbox" checked disabled> done');
    expect(render('```mermaid\ngraph TD; A-->B;\n```')).toBe('<pre class="mermaid">graph TD; A-->B;\n</pre>');
  });

  it('knows alerts at the top level, and only with their marker alone on the line', () => {
    const html = render('> [!WARNING]\n> Careful **now**');
    expect(html).toContain('<div class="alert alert-warning"><p class="alert-title">Warning</p>');
    expect(html).not.toContain('[!WARNING]');
    expect(render('> [!NOTE]\n>\n> Text')).toContain('alert-note');
    for (const plain of ['> [!NOTE] same line', '> [!SHOUT]\n> x', '> > [!NOTE]\n> > nested']) {
      expect(render(plain)).not.toContain('class="alert');
    }
  });

  it('links references that exist and nothing else', () => {
    const html = render(
      '#1, acme/other#2, #99, abc#1, `#1`, @ann, mail@ann.example, [#1](http://e) abcdef1 and 1234567 `abcdef1`',
    );
    expect(html).toContain('href="/acme/shop/issues/1" title="Title <shop 1> (issue, open)">#1</a>');
    expect(html).toContain('href="/acme/other/issues/2"');
    expect(html.match(/class="issue-link/g)).toHaveLength(2);
    expect(html).toContain('<code>#1</code>');
    expect(html).toContain('<a href="http://e">#1</a>');
    expect(html.match(/class="mention"/g)).toHaveLength(1);
    expect(html.match(new RegExp(`/acme/shop/commit/${full}`, 'g'))).toHaveLength(2);
    expect(render('#7')).toContain('/acme/shop/pull/7');
  });

  it('spells a lone reference in a list out, and shortens addresses of its own host', () => {
    const html = render('- [ ] #3\n- [ ] #3 with words\n- http://host/acme/shop/issues/1');
    expect(html).toContain('class="issue-link closed titled issue"');
    expect(html.match(/titled/g)).toHaveLength(2);
    expect(html).toContain('Title &#x3C;shop 3> <span class="number">#3</span>');
    expect(render('see http://host/acme/shop/issues/1 and http://elsewhere/acme/shop/issues/1')).toContain(
      '>#1</a> and',
    );
  });
});

describe('closing words', () => {
  it.each([
    ['Closes #1', [1]],
    ['fixed: #2, resolves #3 and CLOSE #4', [2, 3, 4]],
    ['closes acme/shop#5', [5]],
    ['discloses #1, closes#2, closes # 3, closes #4x', []],
    ['`closes #1`\n```\ncloses #2\n```\n<!-- closes #3 -->', []],
    ['closes #1\ncloses #1', [1]],
  ])('%j -> %j', (text, numbers) => {
    expect(closingReferences(text).map(({ number }) => number)).toEqual(numbers);
  });
});

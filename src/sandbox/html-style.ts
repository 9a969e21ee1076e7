/** The one style sheet of the HTML view; plain CSS, light and dark by the reader's own setting. */
export const STYLE_SHEET = `
:root {
  color-scheme: light dark;
  --bg: #ffffff; --soft: #f6f7f9; --line: #d9dee4; --line-soft: #e8ebef; --text: #1c2430; --muted: #5d6876;
  --link: #0b5cad; --open: #18794a; --open-bg: #e6f4ec; --done: #6b3fa0; --done-bg: #f0eafa; --bad: #b42318;
  --bad-bg: #fdecea; --warn: #8a5a00; --warn-bg: #fff5dc; --note: #0b5cad; --note-bg: #e8f1fb; --grey-bg: #eceff3;
  --add-bg: #e3f5e8; --del-bg: #fce8e6; --hunk-bg: #eaf1fb; --bar: #1f2733; --bar-text: #f2f4f7;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #12161c; --soft: #1a2029; --line: #333c48; --line-soft: #272f3a; --text: #e3e8ee; --muted: #9aa6b4;
    --link: #6cb0f5; --open: #57c785; --open-bg: #15301f; --done: #b794f0; --done-bg: #271d3a; --bad: #f28b82;
    --bad-bg: #3a1c1a; --warn: #e0b252; --warn-bg: #33290f; --note: #6cb0f5; --note-bg: #14263a; --grey-bg: #262e39;
    --add-bg: #15301f; --del-bg: #3a1c1a; --hunk-bg: #182739; --bar: #0b0e13; --bar-text: #e3e8ee;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text);
  font: 14px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code, pre, .mono { font-family: var(--mono); font-size: 85%; }
button, input { font: inherit; padding: 4px 12px; border: 1px solid var(--line); border-radius: 6px; background: var(--soft); color: inherit; }
button { font-weight: 600; cursor: pointer; }
.muted { color: var(--muted); }
.wrap { max-width: 1216px; margin: 0 auto; padding: 0 24px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--bg); padding: 4px 8px; }
.topbar { background: var(--bar); color: var(--bar-text); }
.topbar .wrap { display: flex; gap: 12px; align-items: center; height: 46px; }
.topbar a { color: var(--bar-text); }
.topbar .brand { font-weight: 600; }
.topbar .sep { opacity: .45; }
.topbar .tag { margin-left: auto; font-size: 12px; opacity: .75; }
nav.tabs { border-bottom: 1px solid var(--line); background: var(--soft); }
nav.tabs .wrap { display: flex; gap: 4px; }
nav.tabs a { color: var(--text); padding: 10px 12px; border-bottom: 2px solid transparent; }
nav.tabs a[aria-current] { border-color: var(--link); font-weight: 600; }
.count { display: inline-block; min-width: 20px; padding: 0 6px; border-radius: 10px; background: var(--grey-bg);
  font-size: 12px; line-height: 20px; text-align: center; font-weight: 500; }
main { padding: 24px 0 48px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 8px; font-weight: 500; overflow-wrap: anywhere; }
h1 .number { color: var(--muted); font-weight: 300; }
h2.section { font-size: 16px; margin: 28px 0 10px; }
.lead { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; padding-bottom: 16px; margin-bottom: 20px;
  border-bottom: 1px solid var(--line); color: var(--muted); }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) 272px; gap: 28px; }
@media (max-width: 900px) { .columns { grid-template-columns: minmax(0, 1fr); } }
.side section { padding: 0 0 14px; margin-bottom: 14px; border-bottom: 1px solid var(--line-soft); font-size: 13px; }
.side h2 { font-size: 12px; margin: 0 0 6px; color: var(--muted); font-weight: 600; }
.side ul { list-style: none; margin: 0; padding: 0; }
.side li { margin: 4px 0; overflow-wrap: anywhere; }
.side .people li { display: flex; gap: 6px; align-items: center; }
.indented { margin-left: 46px; }
.badge { display: inline-flex; align-items: center; gap: 6px; padding: 3px 11px; border-radius: 999px; font-weight: 600;
  font-size: 13px; white-space: nowrap; background: var(--grey-bg); color: var(--muted); }
.badge.open, .badge.success { background: var(--open-bg); color: var(--open); }
.badge.closed, .badge.merged { background: var(--done-bg); color: var(--done); }
.badge.rejected, .badge.failure { background: var(--bad-bg); color: var(--bad); }
.badge.pending { background: var(--warn-bg); color: var(--warn); }
.badge.small { padding: 0 8px; font-size: 12px; line-height: 20px; }
.icon { display: inline-block; width: 15px; height: 15px; flex: none; vertical-align: -2.5px; }
.icon.open, .icon.success { color: var(--open); }
.icon.closed, .icon.merged { color: var(--done); }
.icon.rejected, .icon.failure { color: var(--bad); }
.icon.pending { color: var(--warn); }
.icon.neutral { color: var(--muted); }
.label { display: inline-block; padding: 0 8px; border-radius: 999px; font-size: 12px; line-height: 20px; font-weight: 500;
  border: 1px solid transparent; white-space: nowrap; }
.avatar { display: inline-flex; align-items: center; justify-content: center; width: 32px; height: 32px; border-radius: 50%;
  color: #fff; font-size: 12px; font-weight: 600; flex: none; text-transform: uppercase; }
.avatar.bot { border-radius: 7px; }
.avatar.small { width: 20px; height: 20px; font-size: 9px; vertical-align: -5px; }
.bot-tag { border: 1px solid var(--line); border-radius: 999px; padding: 0 6px; font-size: 11px; color: var(--muted); }
.comment { display: grid; grid-template-columns: 32px minmax(0, 1fr); gap: 14px; margin-bottom: 18px; }
.comment .frame { border: 1px solid var(--line); border-radius: 8px; background: var(--bg); min-width: 0; }
.comment header { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; padding: 8px 14px; background: var(--soft);
  border-bottom: 1px solid var(--line); border-radius: 8px 8px 0 0; color: var(--muted); font-size: 13px; }
.comment header strong { color: var(--text); }
.comment.by-bot .frame { border-color: color-mix(in srgb, var(--note) 45%, var(--line)); }
.comment.by-bot header { background: var(--note-bg); border-color: color-mix(in srgb, var(--note) 30%, var(--line)); }
.reactions { padding: 0 16px 12px; display: flex; gap: 6px; }
.reactions span { border: 1px solid var(--line); border-radius: 999px; padding: 0 8px; font-size: 12px; line-height: 22px; }
.event { margin: 0 0 18px 46px; color: var(--muted); display: flex; gap: 8px; align-items: center; font-size: 13px; }
.box { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; margin-bottom: 20px; }
.box > .head { padding: 9px 14px; background: var(--soft); border-bottom: 1px solid var(--line); display: flex; gap: 10px;
  align-items: center; flex-wrap: wrap; }
.box > .head h2 { font-size: 14px; margin: 0; }
.box .empty { padding: 18px 14px; color: var(--muted); }
.rows { list-style: none; margin: 0; padding: 0; }
.rows > li { display: flex; gap: 10px; padding: 9px 14px; border-top: 1px solid var(--line-soft); align-items: flex-start; }
.rows > li:first-child { border-top: 0; }
.rows > li:hover { background: var(--soft); }
.rows .grow { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.rows .title { color: var(--text); font-weight: 600; }
.rows .sub { color: var(--muted); font-size: 12px; }
.rows .icon { margin-top: 4px; }
.rows .end { margin-left: auto; white-space: nowrap; color: var(--muted); font-size: 13px; }
.progress { flex: 0 0 140px; height: 8px; border-radius: 4px; background: var(--grey-bg); overflow: hidden; }
.progress span { display: block; height: 100%; background: var(--done); }
.grid2 { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px; align-items: start; }
@media (max-width: 900px) { .grid2 { grid-template-columns: minmax(0, 1fr); } }
.verdict { border: 1px solid var(--line); border-left: 4px solid var(--muted); border-radius: 8px; padding: 10px 14px; margin-bottom: 20px; }
.verdict.success { border-left-color: var(--open); } .verdict.failure { border-left-color: var(--bad); }
.verdict.pending { border-left-color: var(--warn); } .verdict.merged { border-left-color: var(--done); }
.verdict ul { list-style: none; margin: 6px 0 0; padding: 0; } .verdict li { padding: 2px 0; }
.branch { font-family: var(--mono); font-size: 12px; background: var(--note-bg); color: var(--link); padding: 2px 7px; border-radius: 5px; overflow-wrap: anywhere; }
.add { color: var(--open); font-weight: 600; } .del { color: var(--bad); font-weight: 600; }
.subtabs { display: flex; gap: 16px; margin-bottom: 16px; font-size: 13px; }
.subtabs a[aria-current] { color: var(--text); font-weight: 600; }
details.file { border: 1px solid var(--line); border-radius: 8px; margin-bottom: 14px; overflow: hidden; }
details.file > summary { padding: 8px 14px; background: var(--soft); cursor: pointer; display: flex; gap: 10px; align-items: center; }
details.file > summary code { overflow-wrap: anywhere; flex: 1; }
.diff { overflow-x: auto; border-top: 1px solid var(--line); }
.diff table { border-collapse: collapse; width: 100%; font: 12px/1.5 var(--mono); }
.diff td { padding: 0 10px; white-space: pre; vertical-align: top; }
.diff td.ln { width: 1%; min-width: 40px; text-align: right; color: var(--muted); user-select: none; padding: 0 8px; }
.diff tr.plus td { background: var(--add-bg); } .diff tr.minus td { background: var(--del-bg); }
.diff tr.hunk td { background: var(--hunk-bg); color: var(--muted); }
pre.log { background: var(--soft); border: 1px solid var(--line); border-radius: 8px; padding: 14px; overflow-x: auto; font-size: 12px; line-height: 1.5; }
footer { border-top: 1px solid var(--line); color: var(--muted); font-size: 12px; padding: 16px 0 32px; }
`;

/** Rules for rendered Markdown: what stands inside `.prose`. */
export const PROSE_STYLE_SHEET = `
.prose { padding: 14px 16px; overflow-wrap: break-word; }
.prose p, .prose ul, .prose ol, .prose blockquote, .prose pre, .prose details, .prose .table-scroll, .prose .alert { margin: 0 0 14px; }
.prose h1, .prose h2, .prose h3, .prose h4, .prose h5, .prose h6 { margin: 22px 0 12px; font-weight: 600; line-height: 1.3; }
.prose h1 { font-size: 22px; padding-bottom: 6px; border-bottom: 1px solid var(--line-soft); }
.prose h2 { font-size: 18px; padding-bottom: 5px; border-bottom: 1px solid var(--line-soft); }
.prose h3 { font-size: 16px; } .prose h4, .prose h5, .prose h6 { font-size: 14px; }
.prose ul, .prose ol { padding-left: 26px; } .prose li + li { margin-top: 3px; } .prose li > ul, .prose li > ol { margin: 3px 0 0; }
.prose .contains-task-list { list-style: none; padding-left: 22px; }
.prose .task-list-item input { margin: 0 6px 0 -20px; width: 14px; height: 14px; vertical-align: -2px; accent-color: var(--link); }
.prose code { background: var(--grey-bg); padding: 2px 5px; border-radius: 5px; }
.prose pre { background: var(--soft); border: 1px solid var(--line-soft); border-radius: 7px; padding: 12px 14px; overflow-x: auto; line-height: 1.45; }
.prose pre code { background: none; padding: 0; font-size: 100%; }
.prose blockquote { border-left: 4px solid var(--line); padding: 0 14px; color: var(--muted); margin-left: 0; margin-right: 0; }
.prose .table-scroll { overflow-x: auto; }
.prose table { border-collapse: collapse; font-size: 13px; }
.prose th, .prose td { border: 1px solid var(--line); padding: 5px 11px; vertical-align: top; overflow-wrap: normal; }
.prose th { background: var(--soft); font-weight: 600; text-align: left; white-space: nowrap; }
.prose thead:not(:has(th:not(:empty))) { display: none; }
.prose td[align=right] { white-space: nowrap; } .prose th[align=right] { text-align: right; } .prose th[align=center] { text-align: center; }
.prose tbody tr:nth-child(2n) td { background: color-mix(in srgb, var(--soft) 60%, transparent); }
.prose img { max-width: 100%; } .prose hr { border: 0; border-top: 2px solid var(--line-soft); margin: 20px 0; }
.prose summary { cursor: pointer; font-weight: 500; }
.prose details[open] > summary { margin-bottom: 10px; }
.prose details > :last-child { margin-bottom: 0; }
.prose kbd { border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 5px; padding: 1px 5px; font: 11px var(--mono); background: var(--soft); }
.prose sub, .prose sup { font-size: 12px; line-height: 1; }
.prose .alert { border-left: 4px solid var(--note); padding: 8px 14px; background: color-mix(in srgb, var(--note-bg) 55%, transparent); border-radius: 0 6px 6px 0; }
.prose .alert > :last-child { margin-bottom: 0; } .prose .alert-title { font-weight: 600; margin-bottom: 4px; color: var(--note); }
.prose .alert-tip { border-color: var(--open); background: var(--open-bg); } .prose .alert-tip .alert-title { color: var(--open); }
.prose .alert-important { border-color: var(--done); background: var(--done-bg); } .prose .alert-important .alert-title { color: var(--done); }
.prose .alert-warning { border-color: var(--warn); background: var(--warn-bg); } .prose .alert-warning .alert-title { color: var(--warn); }
.prose .alert-caution { border-color: var(--bad); background: var(--bad-bg); } .prose .alert-caution .alert-title { color: var(--bad); }
.prose .mention { color: var(--text); font-weight: 600; }
.prose .issue-link.titled { color: var(--text); font-weight: 500; }
.prose .issue-link.titled .number { color: var(--muted); font-weight: 400; }
.prose .issue-link.titled::before { content: ""; display: inline-block; width: 9px; height: 9px; margin-right: 7px; border-radius: 50%; border: 2px solid var(--open); vertical-align: -1px; }
.prose .issue-link.titled.closed::before, .prose .issue-link.titled.merged::before { border-color: var(--done); background: var(--done); }
.prose > :first-child { margin-top: 0; } .prose > :last-child { margin-bottom: 0; }
.prose pre.mermaid { background: none; border: 1px solid var(--line-soft); text-align: center; color: var(--muted); }
/* Authors choose light fills for their nodes; on a dark ground the words in them would vanish. */
.prose pre.mermaid.drawn { padding: 10px; background: #ffffff; color: #1c2430; } .prose pre.mermaid svg { max-width: 100%; height: auto; }
`;

/** Draws `pre.mermaid` blocks; a block that cannot be drawn keeps its source and says so. */
export const PAGE_SCRIPT = `
'use strict';
document.addEventListener('DOMContentLoaded', async () => {
  const blocks = [...document.querySelectorAll('pre.mermaid')];
  if (blocks.length === 0 || !globalThis.mermaid) return;
  mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: 'neutral', flowchart: { useMaxWidth: true } });
  let at = 0;
  for (const block of blocks) {
    const id = 'diagram-' + at++;
    try {
      const drawn = await mermaid.render(id, block.textContent);
      block.innerHTML = drawn.svg;
      block.classList.add('drawn');
      drawn.bindFunctions?.(block);
    } catch (error) {
      document.getElementById('d' + id)?.remove();
      block.title = 'This diagram cannot be drawn: ' + error.message;
      block.classList.add('undrawn');
    }
  }
});
`;

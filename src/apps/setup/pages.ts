/** The pages of `muster setup`: what will be made and why, and how it went. */
import { type Html, html, trustedHtml } from '../../sandbox/html-template.ts';
import { type Manifest, permissionReasons } from './manifest.ts';

const style = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2.5rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8886; }
td:first-child { white-space: nowrap; }
code, pre { font: 14px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { padding: .8rem 1rem; border: 1px solid #8886; border-radius: 6px; white-space: pre-wrap; }
button { font: inherit; font-weight: 600; padding: .6rem 1.2rem; border-radius: 6px; border: 0; background: #1a7f37; color: #fff; cursor: pointer; }
button:focus-visible, a:focus-visible { outline: 3px solid #0969da; outline-offset: 2px; }
.problem { border-left: 4px solid #b42318; padding: .2rem 0 .2rem 1rem; }`;

function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Muster</title><link rel="icon" href="data:,"><style>${trustedHtml(style)}</style></head>
<body><main>
${body}
</main></body></html>
`.html;
}

export interface Beginning {
  readonly manifest: Manifest;
  /** Where the form goes, with the state in its query. */
  readonly action: string;
  /** `github.com`, and the organisation when it is made for one. */
  readonly where: string;
  readonly envFile: string;
}

export function beginningPage({ manifest, action, where, envFile }: Beginning): string {
  const rows = Object.entries(manifest.default_permissions).map(
    ([name, level]) =>
      html`<tr><td><code>${name}</code></td><td>${level}</td><td>${permissionReasons[name] ?? ''}</td></tr>`,
  );
  const { url, active } = manifest.hook_attributes;
  const webhook = active
    ? html`<p>GitHub will send webhooks to <code>${url}</code>. That address must lead to <code>muster start</code>.</p>`
    : html`<p>No public address was given (<code>--url</code>), so GitHub will send no webhooks: Muster looks for news
itself, every <code>MUSTER_TICK_SECONDS</code>. Webhooks can be switched on later on the App's page.</p>`;
  return page(
    'Register the App',
    html`<h1>Register Muster as a GitHub App</h1>
<p>On ${where}, named <strong>${manifest.name}</strong>. Names are unique on a GitHub; on the next page you can choose
another. Only its owner can install it.</p>
<h2>What it may do, and why</h2>
<table><thead><tr><th>Permission</th><th>Level</th><th>To</th></tr></thead><tbody>${rows}</tbody></table>
<h2>What it hears</h2>
<p>${manifest.default_events.join(', ')}</p>
${webhook}
<h2>What happens</h2>
<p>The button leads to GitHub, which asks you to confirm. GitHub then sends you back here with a code, and Muster
exchanges it for the App's id, private key and webhook secret. They are written to <code>${envFile}</code> and a key file
beside it, both readable by you alone, and go nowhere else.</p>
<form method="post" action="${action}"><input type="hidden" name="manifest" value="${JSON.stringify(manifest)}">
<button type="submit">Continue on GitHub</button></form>`,
  );
}

export interface Ending {
  readonly name: string;
  readonly id: number;
  readonly installUrl: string;
  readonly files: readonly string[];
  readonly start: string;
  readonly warning: string | null;
}

export function endingPage({ name, id, installUrl, files, start, warning }: Ending): string {
  return page(
    'Registered',
    html`<h1>The App is registered</h1>
<p><strong>${name}</strong>, App id ${id}. Written, readable by you alone:</p>
<ul>${files.map((file) => html`<li><code>${file}</code></li>`)}</ul>
${warning === null ? null : html`<p class="problem" role="alert">${warning}</p>`}
<h2>What is left to do</h2>
<ol><li><a href="${installUrl}">Install it</a> on the repositories it shall work in.</li>
<li>Say which command works on a task, and start Muster:<pre>${start}</pre></li></ol>
<p>This page's server has ended; the window can be closed.</p>`,
  );
}

/** `again`: the path to begin once more; null when beginning again would not help. */
export function problemPage(title: string, words: string, again: string | null): string {
  return page(
    title,
    html`<h1>${title}</h1>
<p class="problem" role="alert">${words}</p>
${again === null ? null : html`<p><a href="${again}">Begin again</a></p>`}`,
  );
}

import { type Html, html, trustedHtml } from './html-template.ts';
import type { CheckRunRow, LabelRow, UserRow } from './rows.ts';

// Drawn on a 16 by 16 grid with strokes of the surrounding colour.
const SHAPES = {
  'issue-open': '<circle cx="8" cy="8" r="6.2"/><circle cx="8" cy="8" r="1.6" fill="currentColor" stroke="none"/>',
  'issue-done': '<circle cx="8" cy="8" r="6.2"/><path d="M5.2 8.2l2 2 3.8-4.2"/>',
  'issue-skipped': '<circle cx="8" cy="8" r="6.2"/><path d="M4 12L12 4"/>',
  pull: '<circle cx="4" cy="3.5" r="1.7"/><circle cx="4" cy="12.5" r="1.7"/><circle cx="12" cy="12.5" r="1.7"/><path d="M4 5.2v5.6M12 10.8V6.5a2 2 0 0 0-2-2H8M9.8 2.6L7.9 4.5l1.9 1.9"/>',
  merged:
    '<circle cx="4.5" cy="3.5" r="1.7"/><circle cx="4.5" cy="12.5" r="1.7"/><circle cx="11.8" cy="8" r="1.7"/><path d="M4.5 5.2v5.6M4.9 5.2c.6 1.9 2.4 2.8 5.2 2.8"/>',
  rejected: '<path d="M4 4l8 8M12 4l-8 8"/>',
  check: '<path d="M3.5 8.5l3 3 6-7"/>',
  wait: '<circle cx="8" cy="8" r="6.2"/><path d="M8 4.6V8l2.3 1.6"/>',
  commit: '<circle cx="8" cy="8" r="2.6"/><path d="M1.5 8h3.9M10.6 8h3.9"/>',
  branch:
    '<circle cx="4.5" cy="3.5" r="1.7"/><circle cx="4.5" cy="12.5" r="1.7"/><circle cx="11.5" cy="4.5" r="1.7"/><path d="M4.5 5.2v5.6M11.5 6.2c0 2.4-4 2.2-6.6 3.4"/>',
  comment: '<path d="M2.5 3h11v7.5h-6L4.5 13v-2.5h-2z"/>',
  blocked: '<circle cx="8" cy="8" r="6.2"/><path d="M3.7 3.7l8.6 8.6"/>',
  parent: '<path d="M4 2.5v7.5h8M9.5 7.5L12 10l-2.5 2.5"/>',
  book: '<path d="M3 2.5h10v11H4.5A1.5 1.5 0 0 1 3 12zM3 12a1.5 1.5 0 0 1 1.5-1.5H13"/>',
  file: '<path d="M4 1.8h5.2L12 4.6v9.6H4zM9 2v3h3"/>',
  folder: '<path d="M1.8 3.5h4.4l1.4 1.7h6.6v7.8H1.8z"/>',
} as const;

export type Icon = keyof typeof SHAPES;
export type Tone = 'open' | 'closed' | 'merged' | 'rejected' | 'success' | 'failure' | 'pending' | 'neutral';

/** A small drawing; `label` is read aloud, without it the icon is decoration. */
export function icon(name: Icon, tone: Tone = 'neutral', label = ''): Html {
  const spoken = label === '' ? html`aria-hidden="true"` : html`role="img" aria-label="${label}"`;
  return html`<svg class="icon ${tone}" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" ${spoken}>${trustedHtml(SHAPES[name])}</svg>`;
}

export function badge(tone: Tone, drawing: Icon, text: string, small = false): Html {
  return html`<span class="badge ${tone}${small ? ' small' : ''}">${icon(drawing, tone)}${text}</span>`;
}

/** A coloured tile with the first letters of a login; square for bots. */
export function avatar(user: UserRow, small = false): Html {
  const letters = user.login.replace(/[^A-Za-z0-9]/g, '').slice(0, 2) || '?';
  const shape = user.type === 'Bot' ? 'bot' : 'person';
  return html`<span class="avatar ${shape}${small ? ' small' : ''}" style="background:hsl(${hueOf(user.login)} 45% 42%)" aria-hidden="true">${letters}</span>`;
}

export function person(user: UserRow): Html {
  const name = user.login.replace(/\[bot\]$/, '');
  return html`<strong>${name}</strong>${user.type === 'Bot' ? html` <span class="bot-tag">bot</span>` : null}`;
}

function hueOf(text: string): number {
  let sum = 7;
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return sum;
}

export function labelChip(label: LabelRow): Html {
  const [red, green, blue] = [0, 2, 4].map((at) => Number.parseInt(label.color.slice(at, at + 2), 16) || 0);
  const brightness = ((red ?? 0) * 299 + (green ?? 0) * 587 + (blue ?? 0) * 114) / 1000;
  const style = `background:#${label.color};color:${brightness > 140 ? '#1c2430' : '#ffffff'}`;
  return html`<span class="label" style="${style}" title="${label.description ?? ''}">${label.name}</span>`;
}

/** `3 minutes ago`, with the exact time on hover. */
export function ago(instant: string, now: Date): Html {
  return html`<time datetime="${instant}" title="${instant.slice(0, 19).replace('T', ' ')} UTC">${since(instant, now)}</time>`;
}

function since(instant: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(instant)) / 1000));
  const steps: readonly (readonly [number, string])[] = [
    [86_400 * 30, 'month'],
    [86_400, 'day'],
    [3_600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  for (const [size, name] of steps) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}

/** `1 commit`, `3 commits`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export function duration(from: string, to: string): string {
  const seconds = Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

export interface RunLook {
  readonly tone: Tone;
  readonly icon: Icon;
  readonly words: string;
}

export function runLook(run: CheckRunRow): RunLook {
  if (run.status === 'queued') return { tone: 'pending', icon: 'wait', words: 'waiting to run' };
  if (run.status === 'in_progress') return { tone: 'pending', icon: 'wait', words: 'running' };
  switch (run.conclusion) {
    case 'success':
      return { tone: 'success', icon: 'check', words: 'passed' };
    case 'neutral':
    case 'skipped':
    case 'stale':
      return { tone: 'neutral', icon: 'check', words: run.conclusion };
    case 'timed_out':
      return { tone: 'failure', icon: 'rejected', words: 'timed out' };
    case 'action_required':
      return { tone: 'pending', icon: 'wait', words: 'needs a human' };
    case 'cancelled':
    case 'failure':
    case null:
      return { tone: 'failure', icon: 'rejected', words: run.conclusion === 'cancelled' ? 'cancelled' : 'failed' };
  }
}

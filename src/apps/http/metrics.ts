/**
 * `/metrics` in the text format of Prometheus. Written by hand: nearly every number is read from rows at the moment of
 * asking, which a library of counters in memory does not help with, and the format is a dozen lines.
 */
import type { StoreFigures } from '../../store/figures.ts';
import type { TrafficSeen } from '../traffic.ts';
import type { Health } from './health.ts';

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** `figures` null: the database does not answer; then only what this process counts itself is said. */
export function renderMetrics(health: Health, figures: StoreFigures | null, seen: TrafficSeen, now: number): string {
  const all = [...ofHealth(health), ...(figures === null ? [] : ofFigures(figures)), ...ofTraffic(seen, now)];
  return `${all.map(rendered).join('\n')}\n`;
}

function ofHealth({ components, stored, running }: Health): readonly Metric[] {
  const up = Object.entries(components).map(([component, { ok }]) => ({ labels: { component }, value: ok ? 1 : 0 }));
  const parts = gauge('muster_up', 'Whether a component works.', up);
  if (stored === null) return [parts];
  return [
    parts,
    gauge('muster_oldest_due_seconds', 'Age of the oldest command that is due.', [
      { value: stored.oldestDueMs / 1000 },
    ]),
    gauge('muster_inbox_deliveries', 'Stored webhooks that were not turned into signals.', [
      { labels: { state: 'waiting' }, value: stored.inbox.waiting },
      { labels: { state: 'failed' }, value: stored.inbox.failed },
    ]),
    gauge('muster_orchestrations_live', 'Orchestrations that are not over.', [{ value: stored.liveOrchestrations }]),
    gauge('muster_attempts_running', 'Attempts under way, in all processes.', [{ value: running }]),
  ];
}

function ofFigures({ commands, attempts, landings, tasks, budgets }: StoreFigures): readonly Metric[] {
  return [
    gauge(
      'muster_commands',
      'Commands that are recorded.',
      commands.map(({ kind, status, count }) => ({ labels: { kind, status }, value: count })),
    ),
    gauge(
      'muster_tasks',
      'Tasks by the state they are in.',
      tasks.map(({ state, count }) => ({ labels: { state }, value: count })),
    ),
    counter(
      'muster_attempts_total',
      'Attempts that were judged: delivered, or the class of the failure.',
      attempts.map(({ result, count }) => ({ labels: { result }, value: count })),
    ),
    counter('muster_landings_total', 'Pull requests that landed.', [{ value: landings }]),
    gauge(
      'muster_github_budget',
      'What was left of a budget that all processes share when it was last taken from; installation 0 is the App itself.',
      budgets.map(({ installation, bucket, left }) => ({
        labels: { installation: String(installation), bucket },
        value: left,
      })),
    ),
  ];
}

function ofTraffic({ answers, webhooks, lastAnswerAt, remaining }: TrafficSeen, now: number): readonly Metric[] {
  return [
    counter(
      'muster_webhooks_total',
      'Webhooks this process was sent, by the status it answered (202: stored).',
      [...webhooks].map(([status, value]) => ({ labels: { status: String(status) }, value })),
    ),
    counter(
      'muster_github_requests_total',
      'Requests this process sent to the API of GitHub, by the status of the answer.',
      [...answers].map(([status, value]) => ({ labels: { status }, value })),
    ),
    gauge(
      'muster_github_remaining',
      'Requests GitHub still allows in the present window, as it said last; of several installations the least.',
      [...remaining].map(([resource, value]) => ({ labels: { resource }, value })),
    ),
    gauge(
      'muster_github_last_answer_seconds',
      'Time since GitHub last answered this process.',
      lastAnswerAt === null ? [] : [{ value: (now - lastAnswerAt) / 1000 }],
    ),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: 'gauge', help, samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: 'counter', help, samples };
}

function rendered({ name, type, help, samples }: Metric): string {
  const lines = samples.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

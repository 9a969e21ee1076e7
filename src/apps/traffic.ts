/** What passes through this process, counted where it passes: answers of GitHub, and webhooks at the door. */
import type { OnAnswer } from '../github/transport.ts';

export interface Traffic {
  readonly onAnswer: OnAnswer;
  /** `status`: what the sender was answered. */
  readonly onWebhook: (status: number) => void;
  readonly seen: () => TrafficSeen;
}

export interface TrafficSeen {
  /** Requests to GitHub by the first digit of the answer's status, `none` where there was no answer. */
  readonly answers: ReadonlyMap<string, number>;
  readonly webhooks: ReadonlyMap<number, number>;
  /** Epoch ms of the last answer that was no 5xx; null before the first. */
  readonly lastAnswerAt: number | null;
  /** Epoch ms since when there are none but failures; null while GitHub answers. */
  readonly failingSince: number | null;
  /** By resource (`core`, `graphql`, ...): requests left in the window where least are left, as GitHub said last. */
  readonly remaining: ReadonlyMap<string, number>;
}

interface Window {
  readonly resource: string;
  readonly remaining: number;
  readonly endsAt: number;
}

export function createTraffic(now: () => number = Date.now): Traffic {
  const answers = new Map<string, number>();
  const webhooks = new Map<number, number>();
  /** Each installation has its own; the end tells them apart as well as anything GitHub says. */
  const windows = new Map<string, Window>();
  let lastAnswerAt: number | null = null;
  let failingSince: number | null = null;

  function learn(headers: Headers): void {
    const remaining = Number(headers.get('x-ratelimit-remaining') ?? Number.NaN);
    const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
    if (!Number.isFinite(remaining) || !Number.isFinite(reset)) return;
    const resource = headers.get('x-ratelimit-resource') ?? 'core';
    windows.set(`${resource} ${reset}`, { resource, remaining, endsAt: reset * 1000 });
    for (const [key, { endsAt }] of windows) if (endsAt <= now()) windows.delete(key);
  }

  return {
    onAnswer(status, headers) {
      count(answers, status === null ? 'none' : `${Math.floor(status / 100)}xx`);
      if (status === null || status >= 500) failingSince ??= now();
      else {
        lastAnswerAt = now();
        failingSince = null;
        learn(headers);
      }
    },
    onWebhook: (status) => count(webhooks, status),
    seen() {
      const remaining = new Map<string, number>();
      for (const window of windows.values()) {
        if (window.endsAt <= now()) continue;
        remaining.set(window.resource, Math.min(window.remaining, remaining.get(window.resource) ?? window.remaining));
      }
      return { answers: new Map(answers), webhooks: new Map(webhooks), lastAnswerAt, failingSince, remaining };
    },
  };
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

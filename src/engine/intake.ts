/**
 * From a stored delivery to signals for the orchestrations it concerns; and the birth of an orchestration from the
 * first command on an issue. A command is heard once, whichever way (webhook or sweep) and however often it arrives.
 */

import { decide } from '../core/decide.ts';
import { type Event, eventVersion } from '../core/events.ts';
import { emptyOrchestration, evolve } from '../core/evolve.ts';
import type { Orchestration, Repository } from '../core/model.ts';
import type { Pace } from '../core/react.ts';
import type { AskedSignal, Signal } from '../core/signals.ts';
import type { AddressedSignal, HeardSignal, OrchestrationRow, Ports, RawDelivery, Translated } from './ports.ts';
import type { Move } from './project.ts';
import { asStep } from './step.ts';

const mostAtOnce = 50;

/** Translates waiting deliveries. Returns the keys of the orchestrations that have something to look at. */
export async function takeDeliveries(ports: Ports, pace: Pace): Promise<readonly string[]> {
  const touched = new Set<string>();
  const left = new Set<string>();
  for (;;) {
    const waiting = await ports.store.untranslatedDeliveries(mostAtOnce + left.size);
    const deliveries = waiting.filter(({ id }) => !left.has(id));
    await take(ports, pace, deliveries, {
      stored: ({ signals }) => {
        for (const { orchestration } of signals) touched.add(orchestration);
      },
      notNow: (id) => left.add(id),
    });
    if (deliveries.length < mostAtOnce) return [...touched];
  }
}

interface Fates {
  readonly stored: (translated: Translated) => void;
  /** Not the delivery's fault: the next look tries it again, and the others need not wait for it. */
  readonly notNow: (id: string) => void;
}

/** One transaction for all, but for commands: whether one is heard depends on those before it. */
async function take(ports: Ports, pace: Pace, deliveries: readonly RawDelivery[], fates: Fates): Promise<void> {
  let together: { readonly delivery: RawDelivery; readonly translated: Translated }[] = [];
  let liveIn = askedOnce(ports);
  const fail = (delivery: RawDelivery, error: unknown): void => {
    fates.notNow(delivery.id);
    ports.log('warn', 'a webhook could not be stored as signals yet', about(delivery, error));
  };
  const store = async (some: typeof together): Promise<void> => {
    try {
      if (some.length > 0) await ports.store.markTranslated(some.map(({ translated }) => translated));
      for (const { translated } of some) fates.stored(translated);
    } catch (error) {
      const [only] = some;
      if (some.length === 1 && only !== undefined) fail(only.delivery, error);
      else for (const one of some) await store([one]);
    }
  };
  const flush = async (): Promise<void> => {
    await store(together);
    together = [];
    liveIn = askedOnce(ports);
  };
  for (const delivery of deliveries) {
    const heard = await translated(ports, delivery);
    if (heard === null) continue;
    const isCommand = heard.some(({ signal }) => signal.type === 'asked');
    if (isCommand) await flush();
    try {
      const signals = await address(ports, pace, heard, delivery.id, liveIn);
      together.push({ delivery, translated: { id: delivery.id, signals } });
    } catch (error) {
      fail(delivery, error);
    }
    // it may have given birth
    if (isCommand) await flush();
  }
  await flush();
}

/** Null when it is not what GitHub sends; it is kept for a human, and for a corrected translation. */
async function translated(ports: Ports, delivery: RawDelivery): Promise<readonly HeardSignal[] | null> {
  try {
    return ports.translate(delivery.event, JSON.parse(delivery.payload));
  } catch (error) {
    ports.log('error', 'a webhook could not be translated; it stays in the inbox', about(delivery, error));
    await ports.store.markUntranslatable(delivery.id, String(error));
    return null;
  }
}

function about(delivery: RawDelivery, error: unknown): Readonly<Record<string, unknown>> {
  return { delivery: delivery.id, event: delivery.event, error: String(error) };
}

type LiveIn = (repo: Repository) => Promise<readonly OrchestrationRow[]>;

/** What addressing needs. */
export type Asking = Pick<Ports, 'store' | 'now'> & { readonly queue: Pick<Ports['queue'], 'enqueue'> };

/** Finds the orchestrations that each signal concerns. `origin` makes the signals' sources unique. */
export async function address(
  ports: Asking,
  pace: Pace,
  heard: readonly HeardSignal[],
  origin: string,
  liveIn: LiveIn = ({ owner, name }) => ports.store.findOrchestrations({ owner, name, live: true }),
): Promise<readonly AddressedSignal[]> {
  const addressed: AddressedSignal[] = [];
  for (const { repo, words } of spoken(heard)) {
    const orchestration = await orchestrationFor(ports, pace, repo, words);
    if (orchestration === null) continue;
    addressed.push(...words.map((signal) => ({ orchestration, source: `asked-${signal.source}`, signal })));
  }
  for (const [index, { repo, signal }] of heard.entries()) {
    if (signal.type === 'asked') continue;
    for (const row of [...(await liveIn(repo)), ...(await endedWith(ports, repo, signal))])
      addressed.push({ orchestration: row.key, source: `${origin}.${index}`, signal });
  }
  return addressed;
}

/** Everything that one person says at once. */
type Words = readonly [AskedSignal, ...AskedSignal[]];

/** The commands of one comment belong together: all of them are heard, or it was heard before. */
function spoken(heard: readonly HeardSignal[]): readonly { readonly repo: Repository; readonly words: Words }[] {
  const groups: { readonly key: string; readonly repo: Repository; words: Words }[] = [];
  for (const { repo, signal } of heard) {
    if (signal.type !== 'asked') continue;
    const key = `${repo.owner}/${repo.name} ${signal.issue} ${signal.comment?.id ?? signal.source}`;
    const known = groups.find((group) => group.key === key);
    if (known === undefined) groups.push({ key, repo, words: [signal] });
    else known.words = [...known.words, signal];
  }
  return groups;
}

/** What becomes of a sub-issue concerns its orchestration after the end too: opened again it is new work. */
async function endedWith(
  ports: Asking,
  { owner, name }: Repository,
  signal: Signal,
): Promise<readonly OrchestrationRow[]> {
  if (signal.type !== 'issue-seen') return [];
  const rows = await ports.store.findOrchestrations({ owner, name });
  return rows.filter((row) => !row.live && row.subIssues.includes(signal.number));
}

/** Asks once for each repository. */
function askedOnce(ports: Ports): LiveIn {
  const known = new Map<string, ReturnType<LiveIn>>();
  return ({ owner, name }) => {
    const repo = `${owner}/${name}`;
    const rows = known.get(repo) ?? ports.store.findOrchestrations({ owner, name, live: true });
    known.set(repo, rows);
    return rows;
  };
}

/**
 * The orchestration that these commands speak to, made now if they are the first words on this issue; null when heard
 * before. A comment counts as it was heard first: what an edit added is not heard by a sweep either.
 */
async function orchestrationFor(ports: Asking, pace: Pace, repo: Repository, words: Words): Promise<string | null> {
  const [asked] = words;
  const before = heardAs(asked);
  for (let tries = 0; tries < 5; tries++) {
    const rows = await ports.store.findOrchestrations({ owner: repo.owner, name: repo.name });
    const about = rows.filter((row) => row.issue === asked.issue || row.subIssues.includes(asked.issue));
    const states = await Promise.all(about.map((row) => ports.store.loadState(row.key)));
    if (states.some((state) => state?.requests.some((request) => before.known(request.source)))) return null;
    // told, but not looked at yet
    const keys = about.map((row) => row.key);
    for (const source of keys.length === 0 ? [] : before.told)
      if (await ports.store.wasTold(keys, `asked-${source}`)) return null;
    const live = about.find((row) => row.live);
    if (live !== undefined) return live.key;
    const last = about.at(-1);
    const lastState = states.at(-1) ?? null;
    // what has finished can be asked about and retried; what was refused or cancelled makes room for a new one
    if (last !== undefined && (lastState?.phase === 'finished' || last.issue !== asked.issue)) return last.key;
    const toldBefore = states.some(hasRefused(asked));
    const born = await giveBirth(
      ports,
      pace,
      repo,
      [{ ...asked, toldBefore }, ...words.slice(1).map((word) => ({ ...word, toldBefore }))],
      rows,
    );
    if (born) return null;
  }
  throw new Error(`another process keeps starting orchestrations on issue #${asked.issue}`);
}

/**
 * Sources that say that a command was heard before. An edit is news of its own. What else a comment says is one, and of
 * one that was edited before it was read nothing more is heard than the edit.
 */
function heardAs({ source, comment, command }: AskedSignal): {
  readonly told: readonly string[];
  readonly known: (source: string) => boolean;
} {
  if (comment === undefined || command.kind === 'edited') return { told: [source], known: (other) => other === source };
  const origin = source.replace(/[^-]*$/, '');
  const edit = `${origin}edited`;
  const edited = comment.edited === true;
  return {
    told: edited ? [`${origin}0`, edit] : [`${origin}0`],
    known: (other) => other.startsWith(origin) && (edited || other !== edit),
  };
}

function hasRefused({ by, issue }: AskedSignal): (state: Orchestration | null) => boolean {
  return (state) =>
    state?.replies.some(
      (reply) => reply.issue === issue && reply.say.kind === 'no-permission' && reply.say.user === by,
    ) === true;
}

async function giveBirth(
  ports: Asking,
  pace: Pace,
  repo: Repository,
  words: Words,
  rows: readonly OrchestrationRow[],
): Promise<boolean> {
  const [asked] = words;
  const id = freeId(asked, new Set(rows.map((row) => row.id)));
  const key = `${repo.owner}/${repo.name}/${id}`;
  const at = ports.now();
  const first = { type: 'orchestration-requested' as const, id, repo, issue: asked.issue, by: asked.by };
  const moves: Move[] = [];
  let state = emptyOrchestration;
  const record = (event: Event): void => {
    const recorded = { seq: state.seq + 1, at, version: eventVersion, event };
    const after = evolve(state, recorded);
    moves.push({ before: state, after, recorded });
    state = after;
  };
  record(first);
  for (const word of words) for (const event of decide(state, word, at)) record(event);
  const step = asStep(state, moves, pace);
  const row = { key, id, owner: repo.owner, name: repo.name, issue: asked.issue, live: true, subIssues: [] };
  const created = await ports.store.createOrchestration(row, step);
  if (created) ports.queue.enqueue(step.commands.map((command) => command.key));
  return created;
}

/** `orch-<issue>-<yyyymmdd>-<hhmm>` by the UTC minute of the asking; `-2`, `-3`, … in the same minute. */
function freeId(asked: AskedSignal, taken: ReadonlySet<string>): string {
  const [day = '', time = ''] = new Date(asked.at).toISOString().split('T');
  const base = `orch-${asked.issue}-${day.replaceAll('-', '')}-${time.slice(0, 5).replace(':', '')}`;
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}-${n}`;
    if (!taken.has(id)) return id;
  }
}

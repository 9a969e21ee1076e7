/** A stand-in for the store that forgets everything; `memory-store.test.ts` holds it against the real one. */
import type { RecordedEvent } from '../../src/core/events.ts';
import type { Orchestration } from '../../src/core/model.ts';
import type { Signal } from '../../src/core/signals.ts';
import type {
  AddressedSignal,
  Claim,
  CommandRow,
  NewCommand,
  OrchestrationRow,
  RawDelivery,
  Step,
  Store,
  StoredCommand,
} from '../../src/engine/ports.ts';

interface Row {
  key: string;
  orchestration: string;
  command: StoredCommand;
  status: CommandRow['status'];
  attempts: number;
  owner: string | null;
  slots: readonly string[];
  leaseUntil: number;
  runAt: number;
  createdAt: number;
  lastError: string | null;
  result: unknown;
}

interface Kept {
  row: OrchestrationRow;
  state: Orchestration;
  events: RecordedEvent[];
}

interface Inboxed {
  readonly delivery: RawDelivery;
  state: 'waiting' | 'done' | 'failed';
}

export interface MemoryStore extends Store {
  /** What a test looks at; nothing else may. */
  readonly signals: readonly (AddressedSignal & { readonly seen: boolean })[];
  readonly command: (key: string) => Row | undefined;
}

/** What was written comes back as JSON made it. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

export function memoryStore(now: () => number): MemoryStore {
  const inbox = new Map<string, Inboxed>();
  const kept = new Map<string, Kept>();
  const signals: (AddressedSignal & { seen: boolean })[] = [];
  const commands = new Map<string, Row>();
  const turns = new Map<string, number>();

  const addSignals = (added: readonly AddressedSignal[]): void => {
    for (const one of added) {
      const known = signals.some((two) => two.orchestration === one.orchestration && two.source === one.source);
      if (!known) signals.push({ ...copy(one), seen: false });
    }
  };
  const insert = (orchestration: string, wanted: readonly NewCommand[]): void => {
    for (const { key, command, notBefore } of wanted) {
      const runAt = Math.max(notBefore, now());
      const row = commands.get(key);
      const fresh = { key, orchestration, command: copy(command), status: 'pending' as const, runAt };
      if (row === undefined)
        commands.set(key, { ...fresh, ...unheld, attempts: 0, createdAt: now(), lastError: null, result: null });
      else if (row.status === 'superseded' || row.status === 'cancelled') Object.assign(row, fresh, unheld);
      else if (row.status === 'pending' && row.attempts === 0 && row.runAt > runAt) Object.assign(row, fresh);
    }
  };
  const drop = (orchestration: string, wanted: readonly NewCommand[]): void => {
    const keep = new Set(wanted.map(({ key }) => key));
    for (const row of commands.values()) {
      if (row.orchestration !== orchestration || keep.has(row.key)) continue;
      if (row.status === 'pending' && row.command.kind !== 'remove-twins') row.status = 'superseded';
      else if (row.status === 'in_flight' && row.command.kind === 'run-attempt') row.status = 'cancelled';
    }
  };
  const write = (one: Kept, step: Step): void => {
    for (const event of step.events) {
      if (event.seq !== one.events.length + 1) throw new Error(`event ${event.seq} after ${one.events.length}`);
      one.events.push(copy(event));
    }
    const { row } = one;
    const taken = [...kept.values()].some((two) => two !== one && two.row.live && sameIssue(two.row, row));
    if (step.live && taken) throw new Error(`two live orchestrations on issue ${row.issue}`);
    one.state = copy(step.state);
    one.row = { ...row, live: step.live, subIssues: [...step.subIssues] };
    drop(row.key, step.commands);
    insert(row.key, step.commands);
  };
  const isDue = (row: Row, at: number): boolean =>
    row.runAt <= at && (row.status === 'pending' || (row.status === 'in_flight' && row.leaseUntil <= at));
  const due = (at: number): readonly Row[] =>
    [...commands.values()].filter((row) => isDue(row, at)).sort((a, b) => a.runAt - b.runAt);
  const heldSlots = (name: string, at: number): number =>
    [...commands.values()].filter(
      (row) => row.status === 'in_flight' && row.leaseUntil > at && row.slots.includes(name),
    ).length;
  const held = (claim: Claim): Row | undefined => {
    const row = commands.get(claim.key);
    const same = row?.status === 'in_flight' && row.owner === claim.owner && row.attempts === claim.attempts;
    return same ? row : undefined;
  };
  const end = (claim: Claim, ending: Partial<Row>, follow: () => void = () => {}): boolean => {
    const row = held(claim);
    if (row === undefined) return false;
    Object.assign(row, ending);
    follow();
    return true;
  };

  return {
    signals,
    command: (key) => commands.get(key),
    receiveDelivery: async (delivery) => {
      if (!inbox.has(delivery.id)) inbox.set(delivery.id, { delivery, state: 'waiting' });
    },
    untranslatedDeliveries: async (limit) =>
      [...inbox.values()]
        .filter(({ state }) => state === 'waiting')
        .slice(0, limit)
        .map(({ delivery }) => delivery),
    markTranslated: async (translated) => {
      addSignals(translated.flatMap((one) => one.signals));
      for (const { id } of translated) {
        const delivery = inbox.get(id);
        if (delivery !== undefined) delivery.state = 'done';
      }
    },
    markUntranslatable: async (id) => {
      const delivery = inbox.get(id);
      if (delivery !== undefined) delivery.state = 'failed';
    },
    addSignals: async (added) => addSignals(added),
    findOrchestrations: async ({ owner, name, issue, live }) =>
      [...kept.values()]
        .map(({ row }) => copy(row))
        .filter((row) => owner === undefined || row.owner === owner)
        .filter((row) => name === undefined || row.name === name)
        .filter((row) => live === undefined || row.live === live)
        .filter((row) => issue === undefined || row.issue === issue || row.subIssues.includes(issue)),
    createOrchestration: async (row, initial) => {
      const taken = [...kept.values()].some((one) => one.row.live && initial.live && sameIssue(one.row, row));
      if (kept.has(row.key) || taken) return false;
      const one: Kept = { row, state: initial.state, events: [] };
      kept.set(row.key, one);
      write(one, initial);
      return true;
    },
    loadState: async (key) => copy(kept.get(key)?.state ?? null),
    loadEvents: async (key, after = 0) => copy((kept.get(key)?.events ?? []).filter(({ seq }) => seq > after)),
    advance: async (key, step) => {
      const one = kept.get(key);
      if (one === undefined) return null;
      const waiting = signals.filter((signal) => signal.orchestration === key && !signal.seen);
      const answer = step(copy(one.state), copy(waiting.map((signal): Signal => signal.signal)));
      for (const signal of waiting) signal.seen = true;
      if (answer !== null) write(one, answer);
      return due(now())
        .filter((row) => row.orchestration === key)
        .sort((a, b) => a.runAt - b.runAt || (a.key < b.key ? -1 : 1))
        .map((row) => row.key);
    },
    claim: async (key, request) => {
      const first = commands.get(key);
      if (first === undefined || !isDue(first, request.now)) return [];
      const peers = first.command.kind === 'run-attempt' ? 0 : request.peers;
      const others = due(request.now).filter(
        (row) =>
          row.orchestration === first.orchestration &&
          (request.kinds ?? [first.command.kind]).includes(row.command.kind) &&
          row !== first,
      );
      const chosen: Row[] = [];
      for (const row of [first, ...others.slice(0, peers)]) {
        const slots = request.slots === undefined ? [] : request.slots(row.command, row.orchestration);
        const full = slots?.some(({ name, most }) => heldSlots(name, request.now) >= most) ?? true;
        if (full && row === first) return [];
        if (full) continue;
        Object.assign(row, { status: 'in_flight', leaseUntil: request.now + request.leaseMs(row.command) });
        row.slots = (slots ?? []).map(({ name }) => name);
        chosen.push(row);
      }
      return chosen.map((row) => {
        const { leaseUntil } = row;
        Object.assign(row, { attempts: row.attempts + 1, owner: request.owner });
        const { orchestration, command, attempts, createdAt } = row;
        return {
          key: row.key,
          orchestration,
          command: copy(command),
          attempts,
          owner: request.owner,
          leaseUntil,
          createdAt,
        };
      });
    },
    extendLease: async (claim, leaseUntil) => end(claim, { leaseUntil }),
    complete: async (claim, result, told, _, followUps) =>
      end(claim, { status: 'done', result }, () => {
        insert(claim.orchestration, followUps);
        addSignals(told);
      }),
    setAside: async (claim) => end(claim, { status: 'superseded' }),
    retryLater: async (claim, runAt, lastError) => end(claim, { status: 'pending', runAt, lastError }),
    giveUp: async (claim, lastError, told) => end(claim, { status: 'dead', lastError }, () => addSignals(told)),
    dueCommands: async (at, limit) =>
      due(at)
        .slice(0, limit)
        .map((row) => row.key),
    wasTold: async (orchestrations, source) =>
      signals.some((signal) => orchestrations.includes(signal.orchestration) && signal.source === source),
    inTurn: async (name, { everyMs }, work) => {
      const began = now();
      const since = turns.get(name) ?? null;
      if (since !== null && since > began - everyMs) return null;
      const result = await work(since);
      turns.set(name, began);
      return result;
    },
    orchestrationsWithSignals: async (limit) =>
      [
        ...new Set(signals.filter((one) => !one.seen && kept.has(one.orchestration)).map((one) => one.orchestration)),
      ].slice(0, limit),
    runningAttempts: async (at) =>
      [...commands.values()].filter(
        (row) => row.command.kind === 'run-attempt' && row.status === 'in_flight' && row.leaseUntil > at,
      ).length,
    releaseDeadLeases: async (at, graceMs) => {
      const flying = [...commands.values()].filter((row) => row.status === 'in_flight');
      for (const row of flying)
        row.leaseUntil = row.command.kind === 'run-attempt' ? at : Math.min(row.leaseUntil, at + graceMs);
      return flying.length;
    },
    commandRows: async (orchestration) =>
      [...commands.values()]
        .filter((row) => row.orchestration === orchestration)
        .map(({ key, command, status, attempts, runAt, lastError }) => ({
          key,
          orchestration,
          kind: command.kind,
          status,
          attempts,
          runAt,
          lastError,
        })),
    health: async () => ({
      database: 'memory',
      commands: {},
      oldestDueMs: 0,
      inbox: { waiting: 0, failed: [...inbox.values()].filter(({ state }) => state === 'failed').length },
      liveOrchestrations: 0,
    }),
    close: async () => {},
  };
}

const unheld = { owner: null, leaseUntil: 0, slots: [] };

function sameIssue(one: OrchestrationRow, other: OrchestrationRow): boolean {
  return one.owner === other.owner && one.name === other.name && one.issue === other.issue;
}

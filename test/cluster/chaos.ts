/**
 * Disasters that befall a deployment of several processes while GitHub misbehaves: apps and workers killed, workers
 * stopped for longer than their leases, Redis killed without persistence, PostgreSQL crashed and started again.
 */
import { fraction } from '../../src/core/hash.ts';
import { inspect, isOver, planOf } from '../world/chaos-plan.ts';
import { agentFile } from '../world/world.ts';
import type { Cluster, Member } from './cluster.ts';
import { openCluster } from './cluster.ts';

export interface ClusterChaosReport {
  readonly disasters: Readonly<Record<Disaster, number>>;
  readonly orchestrations: number;
  readonly ended: boolean;
  /** Sentences; empty when the world is as if nothing had happened. */
  readonly damage: readonly string[];
  readonly wallMs: number;
}

type Disaster = 'kill' | 'pause' | 'redis' | 'postgres';

/** Longer than the lease of an attempt (15 s): somebody else has its work when it wakes. */
const pauseMs = 18_000;

export async function runClusterChaos(options: {
  readonly kills: number;
  readonly seed: string;
  readonly redis: boolean;
  readonly say?: (line: string) => void;
  readonly limitMs?: number;
}): Promise<ClusterChaosReport> {
  const startedAt = Date.now();
  const cluster = await openCluster({
    redis: options.redis,
    apps: 2,
    workers: 2,
    agentCommand: `'${process.execPath}' '${agentFile}'`,
    files: { '.github/muster.yml': 'merge: auto\nattempts: 1\nallow_unverified: true\n' },
  });
  cluster.sandbox.faults.lateLanding = { rate: 0.25, delayMs: [200, 900] };
  cluster.sandbox.faults.listLagMs = 300;
  const count: Record<Disaster, number> = { kill: 0, pause: 0, redis: 0, postgres: 0 };
  const damage: string[] = [];
  let orchestrations = 0;
  let ended = true;
  try {
    while (count.kill < options.kills && ended) {
      orchestrations += 1;
      const issue = await cluster.ada.openIssue(`Chaos ${orchestrations}`, planOf(orchestrations));
      await cluster.ada.comment(issue, '/muster run');
      const limit = Date.now() + (options.limitMs ?? 300_000);
      while (ended && !(await isOver(cluster.sandbox, issue))) {
        if (count.kill < options.kills) await befall(cluster, options.seed, count);
        else await soon(300);
        ended = Date.now() < limit;
      }
      options.say?.(`orchestration ${orchestrations}: ${JSON.stringify(count)}`);
      // whatever still lands late has landed after this, and the late look for twins was made
      await soon(4_000);
      const found = await inspect(cluster.sandbox, issue);
      damage.push(...found.map((line) => `orchestration ${orchestrations}: ${line}`));
    }
    if (!ended) damage.push('an orchestration did not come to its end');
    return { disasters: count, orchestrations, ended, damage, wallMs: Date.now() - startedAt };
  } finally {
    await cluster.close();
  }
}

/** Of eight disasters in a row one is of each of the other kinds, the rest are kills; who and when is luck. */
const others: Readonly<Record<number, Disaster>> = { 2: 'redis', 4: 'postgres', 6: 'pause' };

async function befall(cluster: Cluster, seed: string, count: Record<Disaster, number>): Promise<void> {
  const number = total(count);
  await soon(200 + 1_800 * fraction(`${seed}.${number}.when`));
  const kind = others[number % 8] ?? 'kill';
  const members = cluster.members().filter((member) => kind !== 'pause' || member.role === 'worker');
  const member = members[Math.floor(members.length * fraction(`${seed}.${number}.who`))];
  if (member === undefined) throw new Error('nobody is left');
  count[kind] += 1;
  if (kind === 'kill') await cluster.replace(member);
  else if (kind === 'pause') pause(member);
  else if (kind === 'postgres') await cluster.postgres.restart('crash');
  else if (cluster.redis !== null) {
    await cluster.redis.kill();
    await soon(1_000);
    await cluster.redis.restart();
  }
}

/** Wakes it again by itself, whoever is killed meanwhile. */
function pause({ process: child }: Member): void {
  child.kill('SIGSTOP');
  setTimeout(() => child.kill('SIGCONT'), pauseMs);
}

function total(count: Readonly<Record<Disaster, number>>): number {
  return Object.values(count).reduce((sum, one) => sum + one, 0);
}

function soon(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

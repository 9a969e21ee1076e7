import { afterEach, describe, expect, it } from 'vitest';
import { runClusterChaos } from './chaos.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { workLoad } from './work-load.ts';

let cluster: Cluster | null = null;
afterEach(async () => {
  await cluster?.close();
  cluster = null;
}, 60_000);

describe('several processes on one PostgreSQL', () => {
  it.each([
    ['with Redis', true],
    ['without Redis', false],
  ])(
    '%s: two apps and two workers end everything once',
    async (_, redis) => {
      cluster = await openCluster({
        redis,
        apps: 2,
        workers: 2,
        agentCommand: 'sleep 0.2; date > "$MUSTER_ORCHESTRATION-$MUSTER_TASK.txt"',
      });
      const report = await workLoad(cluster, 4, 5, 150_000);
      expect(report).toMatchObject({ landed: 20, attemptsRunTwice: 0 });
      expect(report.mostAtOnce).toBeLessThanOrEqual(20);
    },
    240_000,
  );
});

describe('disasters', () => {
  it('20 kills, Redis and PostgreSQL gone at times, workers stopped: nothing is lost, nothing doubled', async () => {
    const report = await runClusterChaos({ kills: 20, seed: 'ci', redis: true, say: (line) => console.log(line) });
    console.log(JSON.stringify(report));
    expect(report.damage).toEqual([]);
    expect(report.disasters.kill).toBe(20);
  }, 600_000);
});

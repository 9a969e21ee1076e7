/** `npm run load [-- --orchestrations N --tasks N --apps N --workers N --no-redis]`: many orchestrations at once on several processes; exits 1 unless all end right. */
import { parseArgs } from 'node:util';
import { openCluster } from '../test/cluster/cluster.ts';
import { workLoad } from '../test/cluster/work-load.ts';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    orchestrations: { type: 'string', default: '20' },
    tasks: { type: 'string', default: '10' },
    apps: { type: 'string', default: '2' },
    workers: { type: 'string', default: '3' },
    redis: { type: 'boolean', default: true },
  },
});
const cluster = await openCluster({
  redis: values.redis,
  apps: Number(values.apps),
  workers: Number(values.workers),
  agentCommand: 'sleep 0.2; date > "$MUSTER_ORCHESTRATION-$MUSTER_TASK.txt"',
});
try {
  const report = await workLoad(cluster, Number(values.orchestrations), Number(values.tasks), 1_800_000);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  const right = report.landed === report.tasks && report.attemptsRunTwice === 0 && report.mostAtOnce <= 20;
  process.exitCode = right ? 0 : 1;
} finally {
  await cluster.close();
}

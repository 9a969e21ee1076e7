/** The control of the chaos test: the same App, but it repeats what it is unsure of without looking first. */
import { openHttpDoor } from '../../src/apps/http/server.ts';
import { createLogger } from '../../src/apps/logger.ts';
import { startRuntime } from '../../src/apps/runtime.ts';
import { readSettings } from '../../src/apps/settings.ts';

const result = readSettings(process.env);
if (!result.ok) throw new Error(result.problems.join('\n'));
const log = createLogger('silent', []);
const runtime = await startRuntime({
  ...result.settings,
  overridePolicy: {},
  coalesceMs: 1_000,
  httpDeadlineMs: 15_000,
  looksBeforeRetry: false,
  log,
});
await openHttpDoor(runtime, { port: result.settings.port, log });

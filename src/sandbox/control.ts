import type { Hono } from 'hono';
import { mergeFaults } from './faults.ts';
import type { OwnedWorld } from './world.ts';

/** `/_sandbox/...`: faults and the request log over HTTP, for a caller in another process. */
export function mountControl(app: Hono, world: OwnedWorld): void {
  app.get('/_sandbox/faults', (context) => context.json(world.faults));
  app.put('/_sandbox/faults', async (context) => {
    mergeFaults(world.faults, await context.req.json());
    return context.json(world.faults);
  });
  app.get('/_sandbox/requests', (context) => context.json(world.entries));
  app.delete('/_sandbox/requests', (context) => {
    world.entries.length = 0;
    return context.body(null, 204);
  });
}

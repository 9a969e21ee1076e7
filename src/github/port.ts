/** The engine's GitHubPort over one App. */
import type { GitHubPort } from '../engine/ports.ts';
import type { GitHubApp } from './app.ts';
import { performEffects } from './perform.ts';
import { reconcileEffect } from './reconcile.ts';
import { sweepOrchestration } from './sweep.ts';
import { createRequestSweep } from './sweep-requests.ts';
import { removeTwins } from './twins.ts';

/** `secrets` are taken out of check logs that sweeps read. */
export function createGitHubPort(app: GitHubApp, secrets: readonly string[] = []): GitHubPort {
  return {
    perform: (effects, deadline) => performEffects(app, effects, deadline),
    reconcile: (effect, deadline) => reconcileEffect(app, effect, deadline),
    removeTwins: (effect, deadline) => removeTwins(app, effect, deadline),
    sweep: (target) => sweepOrchestration(app, target, secrets),
    sweepRequests: createRequestSweep(app),
    gaps: () => app.server.gaps(),
  };
}

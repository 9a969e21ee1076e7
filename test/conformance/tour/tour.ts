// One walk through everything that the local GitHub offers over HTTP, with real pushes, in one version of the API.
import type { ApiVersion } from '../../../src/sandbox/context.ts';
import { visitAccounts, visitGeneralRefusals } from './accounts.ts';
import { visitDeliveries, visitManifest } from './apps.ts';
import { visitChecks } from './checks.ts';
import { visitGit } from './git.ts';
import { visitIssues } from './issues.ts';
import { openPlace, type Place } from './place.ts';
import { visitPulls } from './pulls.ts';
import { visitRelations } from './relations.ts';
import { visitAsStranger } from './strangers.ts';

export async function tour(version: ApiVersion): Promise<Place> {
  const place = await openPlace(version);
  await visitAccounts(place);
  await visitManifest(place);
  await visitIssues(place);
  await visitRelations(place);
  await visitGit(place);
  await visitPulls(place);
  await visitChecks(place);
  await visitDeliveries(place);
  await visitGeneralRefusals(place);
  await visitAsStranger(place);
  await place.sandbox.drained();
  return place;
}

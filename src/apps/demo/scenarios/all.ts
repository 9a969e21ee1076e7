/** Every example, in the order in which people meet them. */
import { apidocs } from './apidocs.ts';
import { bugbash } from './bugbash.ts';
import { cart } from './cart.ts';
import { payment } from './payment.ts';
import type { Scenario } from './scenario.ts';
import { simserv } from './simserv.ts';
import { typescript } from './typescript.ts';
import { websocket } from './websocket.ts';

export const scenarios: readonly Scenario[] = [simserv, cart, bugbash, typescript, apidocs, websocket, payment];

export function findScenario(name: string): Scenario | undefined {
  return scenarios.find((scenario) => scenario.name === name);
}

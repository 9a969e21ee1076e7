import { onTestFinished } from 'vitest';
import type { Dialect, Provider } from '../../../src/agents/gateway/dialects.ts';
import {
  type Admission,
  type Gateway,
  type GatewayOptions,
  openGateway,
  type Ticket,
} from '../../../src/agents/gateway/gateway.ts';
import { type ModelServer, openModelServer } from '../../world/models/server.ts';

export const providerKey = 'sk-provider-0123456789abcdef-the-real-one';

export interface Pair {
  readonly server: ModelServer;
  readonly gateway: Gateway;
  /** An attempt with this dialect's provider, whose script is below `/s/<name>`. */
  readonly admit: (name: string, dialect: Dialect, ticket?: Partial<Ticket>) => Promise<Admission>;
}

/** A gateway before the scripted models; both go when the test does. */
export async function openPair(options: GatewayOptions = {}): Promise<Pair> {
  const server = await openModelServer();
  const gateway = await openGateway(options);
  onTestFinished(async () => {
    await gateway.close();
    await server.close();
  });
  return {
    server,
    gateway,
    admit: (name, dialect, ticket) =>
      gateway.admit({ attempt: name, provider: providerAt(`${server.url}/s/${name}`, dialect), ...ticket }),
  };
}

/** `at`: before `/v1`. */
export function providerAt(at: string, dialect: Dialect): Provider {
  const versioned = dialect === 'openai-chat' || dialect === 'openai-responses';
  return { dialect, baseUrl: versioned ? `${at}/v1` : at, key: providerKey };
}

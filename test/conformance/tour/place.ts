import type { ApiVersion, Exchange } from '../../../src/sandbox/context.ts';
import type { Sandbox } from '../../../src/sandbox/server.ts';
import {
  asApp,
  asInstallation,
  asUser,
  type Client,
  clientWith,
  type Delivery,
  type Json,
  startReceiver,
  startWithRepository,
} from '../../sandbox/local-github.ts';
import { cloneAs, type WorkTree } from '../../sandbox/work-tree.ts';

export const shop = '/repos/acme/shop';

/** Asks and insists on the status; answers the body. */
export type Ask = (method: string, path: string, status: number, body?: unknown) => Promise<Json>;

/** A local GitHub with people in it, and everything it has said so far. */
export interface Place {
  readonly sandbox: Sandbox;
  readonly version: ApiVersion;
  readonly exchanges: readonly Exchange[];
  /** The webhook receiver's address, and what it got. */
  readonly hook: string;
  readonly deliveries: readonly Delivery[];
  /** The App by its own token, by an installation token, and somebody without any. */
  readonly app: Ask;
  readonly bot: Ask;
  readonly nobody: Ask;
  /** People with admin, write and read permission, and a stranger. */
  readonly ada: Ask;
  readonly wes: Ask;
  readonly rita: Ask;
  readonly stan: Ask;
  /** A working copy of acme/shop whose pushes are wes's. */
  readonly work: WorkTree;
  installation(limits: unknown): Promise<Ask>;
}

/** CI passes unless the tree holds a file `broken`. */
export async function openPlace(version: ApiVersion): Promise<Place> {
  const exchanges: Exchange[] = [];
  const receiver = await startReceiver('hush');
  const sandbox = await startWithRepository({
    observe: (exchange) => exchanges.push(exchange),
    webhook: { url: receiver.url, secret: 'hush' },
    ci: { enabled: true, command: 'echo tested && test ! -e broken' },
  });
  await sandbox.createRepository({
    owner: 'acme',
    name: 'vault',
    private: true,
    seedFrom: { files: { 'README.md': '# Vault\n' } },
    requiredChecks: ['ci'],
    deleteBranchOnMerge: true,
  });
  const askAs =
    (client: Client): Ask =>
    async (method, path, status, body) => {
      const answer = await client(method, path, body, { 'x-github-api-version': version });
      if (answer.status === status) return answer.body;
      throw new Error(`${method} ${path}: ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
    };
  return {
    sandbox,
    version,
    exchanges,
    hook: receiver.url,
    deliveries: receiver.deliveries,
    app: askAs(asApp(sandbox)),
    bot: askAs(await asInstallation(sandbox)),
    nobody: askAs(clientWith(sandbox, null)),
    ada: askAs(asUser(sandbox, 'ada', 'admin')),
    wes: askAs(asUser(sandbox, 'wes', 'write')),
    rita: askAs(asUser(sandbox, 'rita', 'read')),
    stan: askAs(asUser(sandbox, 'stan', 'none')),
    work: await cloneAs(sandbox, sandbox.userToken('wes')),
    installation: async (limits) => askAs(await asInstallation(sandbox, limits)),
  };
}

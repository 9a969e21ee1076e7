import { afterAll, beforeAll } from 'vitest';
import { openPostgres } from '../../src/store/open-postgres.ts';
import { describeStoreContract } from '../store/contract.ts';
import { type PostgresServer, startPostgres } from './server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

describeStoreContract('postgres', async () =>
  openPostgres({
    url: await server.freshDatabase(),
    onError: (error) => {
      throw error;
    },
  }),
);

import { expect, it } from 'vitest';
import { measureGateway } from '../../../bench/gateway.ts';

it('the bench of the gateway measures what really passed', async () => {
  const result = await measureGateway(5, 2);
  expect(result).toMatchObject({ requests: 5, metered: 5, streamMb: 2 });
  expect(result.directP50Ms).toBeGreaterThan(0);
  expect(result.throughMbPerSecond).toBeGreaterThan(0);
});

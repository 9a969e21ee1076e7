import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { faultOf, RedisRefused } from '../../src/queue/redis-server.ts';
import { openQueue } from './open-queue.ts';
import { freePort, type RedisServer, startRedis } from './redis-server.ts';

describe('a Redis that cannot serve is refused in one sentence', () => {
  const servers: RedisServer[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

  async function start(settings: readonly string[]): Promise<RedisServer> {
    const server = await startRedis(settings);
    servers.push(server);
    return server;
  }

  async function refusal(url: string): Promise<string> {
    const error = await openQueue(url).then(
      async ({ queue }) => {
        await queue.close();
        return null;
      },
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RedisRefused);
    const message = error instanceof Error ? error.message : '';
    expect(message).toMatch(/^[^\n]+[^\n.]\.$/);
    return message;
  }

  it.each(['allkeys-lru', 'volatile-ttl'])('evicts keys (%s)', async (policy) => {
    const { url, port } = await start(['--maxmemory-policy', policy]);
    const said = await refusal(url);
    expect(said).toContain(`127.0.0.1:${port} may throw keys away`);
    expect(said).toContain(`maxmemory-policy is ${policy}`);
    expect(said).toContain('redis-cli config set maxmemory-policy noeviction');
  });

  it('wants a password, and another one', async () => {
    const { url, port } = await start(['--requirepass', 'right-one']);
    for (const address of [url, url.replace('//', '//:wrong-one@'), url.replace('//', '//somebody:right-one@')]) {
      const said = await refusal(address);
      expect(said).toContain(`127.0.0.1:${port} does not accept the user and password of MUSTER_REDIS_URL`);
      expect(said).not.toMatch(/wrong-one|right-one/);
    }
    const { queue } = await openQueue(url.replace('//', '//:right-one@'));
    await queue.close();
  });

  it('may not be asked', async () => {
    const { url, port } = await start(['--user', 'weak', 'on', '>secret', '~*', '+@all', '-info']);
    const said = await refusal(url.replace('//', '//weak:secret@'));
    expect(said).toContain(`127.0.0.1:${port} does not allow what the queue needs`);
  });

  it('is not there', async () => {
    const said = await refusal(`redis://:hidden@127.0.0.1:${await freePort()}`);
    expect(said).toMatch(/cannot be reached \(.*ECONNREFUSED.*\): start it, or correct MUSTER_REDIS_URL\.$/);
    expect(said).not.toContain('hidden');
  });

  it('is no Redis', async () => {
    const server = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    expect(await refusal(`redis://127.0.0.1:${port}`)).toContain(`127.0.0.1:${port} cannot be reached`);
    server.closeAllConnections();
    server.close();
  });

  it('never answers', async () => {
    const server = await start([]);
    process.kill(server.pid(), 'SIGSTOP');
    const begun = performance.now();
    expect(await refusal(server.url)).toContain('cannot be reached');
    expect(performance.now() - begun).toBeLessThan(8_000);
  });

  it.each(['localhost:6379', 'http://127.0.0.1:6379', 'redis://', ''])('has no address: %s', async (url) => {
    expect(await refusal(url)).toContain('MUSTER_REDIS_URL is not the address of a Redis');
  });

  it.each([
    ['redis_version:4.0.14\r\nmaxmemory_policy:noeviction', 'is version 4.0.14'],
    ['something else', 'is version unknown'],
    ['redis_version:7.0.15\r\nmaxmemory_policy:volatile-lru', 'maxmemory-policy is volatile-lru'],
  ])('by its INFO: %j', (info, said) => {
    expect(faultOf(info, 'there:6379')).toContain(said);
  });

  it.each([
    'redis_version:5.0.0\r\nmaxmemory_policy:noeviction',
    '# Server\nredis_version:10.1.0\n# Memory\nmaxmemory_policy:noeviction\n',
  ])('not this one: %j', (info) => {
    expect(faultOf(info, 'there:6379')).toBeNull();
  });
});

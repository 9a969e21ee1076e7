import { clientWith } from '../../sandbox/local-github.ts';
import { type Place, shop } from './place.ts';

const values: Readonly<Record<string, string>> = {
  owner: 'acme',
  repo: 'no-such',
  installation_id: '999999',
  username: 'ada',
};

/** Every route by somebody without credentials, and in a repository that does not exist: whatever it answers. */
export async function visitAsStranger({ sandbox, version }: Place): Promise<void> {
  const anonymous = clientWith(sandbox, null);
  const known = clientWith(sandbox, `token ${sandbox.userToken('ada')}`);
  for (const route of sandbox.routes()) {
    const [method = '', template = ''] = route.split(' ');
    const body = method === 'GET' ? undefined : {};
    const nowhere = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '1');
    const here = nowhere.replace('/repos/acme/no-such', shop);
    const headers = { 'x-github-api-version': version };
    for (const [client, path] of [
      [anonymous, nowhere],
      [known, nowhere],
      [anonymous, here],
    ] as const) {
      // A read that needs nothing may succeed; everything else must be refused, and nothing may fail.
      const { status } = await client(method, path, body, headers);
      if (status >= 500) throw new Error(`${route} failed for a stranger: ${status}`);
      if (method !== 'GET' && status < 400) throw new Error(`${route} lets a stranger write: ${status}`);
    }
  }
}

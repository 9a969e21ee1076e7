import type { Place } from './place.ts';

/** Registering an App by manifest, installing it and taking it away; its webhook goes where the main App's goes. */
export async function visitManifest({ sandbox, nobody, hook }: Place): Promise<void> {
  const press = async (path: string, form: Record<string, string>): Promise<URL> => {
    const headers = { 'sec-fetch-site': 'same-origin' };
    const body = new URLSearchParams(form);
    const answer = await fetch(`${sandbox.url}${path}`, { method: 'POST', redirect: 'manual', headers, body });
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return new URL(location, sandbox.url);
  };
  for (const active of [true, false]) {
    const name = `Second ${active}`;
    const manifest = JSON.stringify({
      name,
      url: 'https://example.com',
      redirect_url: 'https://example.com/created',
      hook_attributes: { url: hook, active },
      default_permissions: { issues: 'write' },
      default_events: ['issues'],
    });
    const code = (await press('/settings/apps', { manifest, name, state: 's' })).searchParams.get('code');
    await nobody('POST', `/app-manifests/${code}/conversions`, 201);
    await nobody('POST', `/app-manifests/${code}/conversions`, 404);
  }
  await press('/apps/second-true/installations', { account: 'acme' });
  await sandbox.createRepository({ owner: 'acme', name: 'third' });
  const page = await (await fetch(`${sandbox.url}/apps/second-true`)).text();
  const uninstall = /action="([^"]+\/delete)"/.exec(page)?.[1] ?? '';
  await press(uninstall, {});
}

/** What was sent to the main App, one of it once more. */
export async function visitDeliveries({ sandbox, app, nobody }: Place): Promise<void> {
  await sandbox.drained();
  const list = '/app/hook/deliveries';
  const [newest] = Object.values(await app('GET', `${list}?per_page=5`, 200));
  await app('GET', `${list}?cursor=v1_${newest?.id}`, 200);
  await app('GET', `${list}?status=odd`, 422);
  await nobody('GET', list, 401);
  await app('GET', `${list}/${newest?.id}`, 200);
  await app('GET', `${list}/1`, 404);
  await app('POST', `${list}/${newest?.id}/attempts`, 202);
  await app('POST', `${list}/1/attempts`, 404);
  await sandbox.drained();
}

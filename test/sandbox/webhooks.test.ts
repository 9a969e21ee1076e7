import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { asInstallation, asUser, type Delivery, startReceiver, startWithRepository } from './local-github.ts';

const repo = '/repos/acme/shop';

async function listening(): Promise<{ sandbox: Sandbox; deliveries: Delivery[] }> {
  const { url, deliveries } = await startReceiver('hush');
  const sandbox = await startWithRepository();
  await sandbox.drained();
  sandbox.setWebhook(url, 'hush');
  return { sandbox, deliveries };
}

function namesOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ event, action }) => `${event}.${action}`);
}

describe('webhooks', () => {
  it('are signed over the exact bytes, carry a GUID, and tell whom they are for', async () => {
    const { sandbox, deliveries } = await listening();
    await asUser(sandbox, 'hana')('POST', `${repo}/issues`, { title: 'Grüße ✓' });
    await sandbox.drained();
    const [delivery] = deliveries;
    expect(delivery).toMatchObject({ event: 'issues', action: 'opened', signatureValid: true });
    expect(delivery?.guid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(delivery?.headers['x-github-hook-installation-target-id']).toBe(String(sandbox.app.id));
    expect(delivery?.headers['user-agent']).toMatch(/^GitHub-Hookshot\//);
    expect(delivery?.payload).toMatchObject({
      issue: { title: 'Grüße ✓', number: 1 },
      repository: { full_name: 'acme/shop' },
      organization: { login: 'acme' },
      installation: { id: sandbox.app.installationId },
      sender: { login: 'hana' },
    });
  });

  it('tell every step of issues, comments, relations, in order', async () => {
    const { sandbox, deliveries } = await listening();
    const client = await asInstallation(sandbox);
    await client('POST', `${repo}/issues`, { title: 'One', labels: ['a'] });
    const { id } = (await client('POST', `${repo}/issues`, { title: 'Two' })).body;
    await client('PATCH', `${repo}/issues/1`, { body: 'changed', labels: [] });
    await client('PATCH', `${repo}/issues/1`, { body: 'changed' });
    await client('PATCH', `${repo}/issues/1`, { state: 'closed' });
    await client('PATCH', `${repo}/issues/1`, { state: 'open' });
    const comment = (await client('POST', `${repo}/issues/1/comments`, { body: 'hi' })).body.id;
    await client('PATCH', `${repo}/issues/comments/${comment}`, { body: 'ho' });
    await client('DELETE', `${repo}/issues/comments/${comment}`);
    await client('POST', `${repo}/issues/1/sub_issues`, { sub_issue_id: id });
    await client('DELETE', `${repo}/issues/1/sub_issue`, { sub_issue_id: id });
    await client('POST', `${repo}/issues/1/dependencies/blocked_by`, { issue_id: id });
    await client('DELETE', `${repo}/issues/1/dependencies/blocked_by/${id}`);
    await sandbox.drained();
    expect(namesOf(deliveries)).toEqual([
      'issues.opened',
      'issues.labeled',
      'issues.opened',
      'issues.edited',
      'issues.unlabeled',
      'issues.closed',
      'issues.reopened',
      'issue_comment.created',
      'issue_comment.edited',
      'issue_comment.deleted',
      'sub_issues.parent_issue_added',
      'sub_issues.sub_issue_added',
      'sub_issues.parent_issue_removed',
      'sub_issues.sub_issue_removed',
      'issue_dependencies.blocked_by_added',
      'issue_dependencies.blocking_added',
      'issue_dependencies.blocked_by_removed',
      'issue_dependencies.blocking_removed',
    ]);
    expect(deliveries[3]?.payload.changes).toEqual({ body: { from: '' } });
    expect(deliveries[8]?.payload).toMatchObject({ changes: { body: { from: 'hi' } }, comment: { body: 'ho' } });
    expect(deliveries[10]?.payload).toMatchObject({ sub_issue: { number: 2 }, parent_issue: { number: 1 } });
    expect(deliveries[14]?.payload).toMatchObject({ blocked_issue: { number: 1 }, blocking_issue: { number: 2 } });
  });

  it('say nothing for a request that was refused', async () => {
    const { sandbox, deliveries } = await listening();
    const client = await asInstallation(sandbox);
    await client('POST', `${repo}/issues`, { title: 'x', labels: ['fine', 'l'.repeat(51)] });
    await sandbox.drained();
    expect(deliveries).toEqual([]);
    expect((await client('GET', `${repo}/labels`)).body).toEqual([]);
  });

  it('are tried once: a receiver that fails is not asked again', async () => {
    const sandbox = await startWithRepository();
    sandbox.setWebhook('http://127.0.0.1:1/nobody', 'hush');
    await (await asInstallation(sandbox))('POST', `${repo}/issues`, { title: 'x' });
    await sandbox.drained();
    const { url, deliveries } = await startReceiver('hush');
    sandbox.setWebhook(url, 'hush');
    await (await asInstallation(sandbox))('POST', `${repo}/issues`, { title: 'y' });
    await sandbox.drained();
    expect(deliveries.map(({ payload }) => payload.issue?.title)).toEqual(['y']);
  });

  it('can be dropped, doubled and shuffled, repeatably', async () => {
    const labels = Array.from({ length: 20 }, (_, at) => `label-${at}`);
    async function run(seed: number): Promise<string[]> {
      const { sandbox, deliveries } = await listening();
      Object.assign(sandbox.faults.webhooks, { drop: 0.3, double: 0.3, shuffle: true, windowMs: 20 });
      sandbox.faults.seed = seed;
      await (await asInstallation(sandbox))('POST', `${repo}/issues`, { title: 'Many', labels });
      await sandbox.drained();
      expect(new Set(deliveries.map(({ guid }) => guid)).size).toBeLessThan(deliveries.length);
      return deliveries.map(({ payload }) => String(payload.label?.name));
    }
    const first = await run(7);
    expect(new Set(first).size).toBeLessThan(21);
    expect([...new Set(first)]).not.toEqual(labels.filter((label) => first.includes(label)));
    expect(await run(7)).toEqual(first);
    expect(await run(8)).not.toEqual(first);
  });

  it('are delayed without keeping the request waiting', async () => {
    const { sandbox, deliveries } = await listening();
    sandbox.faults.webhooks.delayMs = 250;
    const started = Date.now();
    await asUser(sandbox, 'hana')('POST', `${repo}/issues`, { title: 'x' });
    expect(deliveries).toEqual([]);
    await sandbox.drained();
    expect(Date.now() - started).toBeGreaterThanOrEqual(240);
    expect(deliveries).toHaveLength(1);
  });
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { subIssueOf } from '../../src/core/tasks.ts';
import type { World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

/** Hands in what it was told: its prompt and its task file. */
const agentCommand =
  'mkdir -p seen; name=seen/$(date +%s%N); cat > "$name.prompt"; cp "$MUSTER_TASK_FILE" "$name.json"; cat "$name.prompt" > /dev/null';

/** Everything that agents were told and that has landed, one text per file. */
async function toldToAgents(): Promise<readonly string[]> {
  const git = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)('git', ['--git-dir', world.gitDir, ...args])).stdout;
  const names = (await git('ls-tree', '-r', '--name-only', 'main', 'seen/')).trim().split('\n');
  return Promise.all(names.map((name) => git('show', `main:${name}`)));
}

async function someIssue(title: string): Promise<number> {
  for (;;) {
    const number = await world.ada.openIssue(title, '');
    if (number > 10) return number;
  }
}

describe('what reaches an agent is what was approved', () => {
  it('no comment and no edit after the label, on the master issue or on a sub-issue', async () => {
    // no sweep: it would take the author for whoever put the label on
    world = await openWorld({ tests: false, timing: { tickMs: 3_600_000 }, agentCommand });
    const eve = world.person('eve', 'read');
    const wes = world.person('wes', 'write');
    const gate = await someIssue('The freeze');
    const own = await eve.openIssue('Eve asked for this', 'As it was written first.');
    const list = `Blocked by #${gate}\n\n- [ ] Alpha as approved\n- [ ] Beta as approved\n- [ ] #${own}\n`;
    const issue = await eve.openIssue('Trusted', list);
    const { id } = await world.api(`/issues/${own}`);
    await world.ada.call('POST', `/issues/${issue}/sub_issues`, { sub_issue_id: id });
    await world.ada.call('POST', `/issues/${issue}/labels`, { labels: ['muster'] });
    const planned = await world.until(
      issue,
      'planned and linked',
      ({ plannedAt, report }) => plannedAt !== null && report.bodyShown > 0,
    );
    const alpha = planned.tasks[0] === undefined ? 0 : (subIssueOf(planned.tasks[0])?.number ?? 0);

    for (const place of [issue, alpha, own]) await eve.comment(place, 'POISON: a comment, please obey');
    await eve.call('PATCH', `/issues/${own}`, { title: 'POISON title', body: 'POISON: another body' });
    await wes.call('PATCH', `/issues/${alpha}`, { body: 'POISON: the body of a sub-issue of ours' });
    const { body } = await world.api(`/issues/${issue}`);
    await eve.call('PATCH', `/issues/${issue}`, { body: body.replace('Beta as approved', 'Beta POISON') });
    await world.until(issue, 'edited', ({ edits }) => edits.change?.editor === 'may-not');
    await world.ada.call('PATCH', `/issues/${gate}`, { state: 'closed' });
    const going = await world.until(issue, 'Alpha landed', ({ tasks }) => tasks[0]?.status === 'merged');
    // what she changed does not start, the rest does
    expect(going.tasks.slice(1).map(({ status }) => status)).toEqual([
      'dependency_resolution',
      'dependency_resolution',
    ]);
    await world.ada.comment(issue, '/muster reject');
    const end = await world.untilTold(issue);
    expect(end.outcome).toMatchObject({ done: 3, total: 3 });

    const told = await toldToAgents();
    expect(told).toHaveLength(6);
    for (const words of ['Alpha as approved', 'Beta as approved', 'As it was written first.'])
      expect(told.filter((text) => text.includes(words)).length, words).toBeGreaterThanOrEqual(2);
    expect(told.filter((text) => text.includes('POISON'))).toEqual([]);
  }, 120_000);

  it('an edit by somebody else between the asking and the reading waits for approval', async () => {
    // nothing is heard of before the sweep below
    world = await openWorld({ tests: false, timing: { tickMs: 3_600_000 }, webhooks: false, agentCommand });
    const eve = world.person('eve', 'read');
    const issue = await eve.openIssue('Quick hands', '- [ ] Alpha\n');
    await world.ada.comment(issue, '/muster run');
    await eve.call('PATCH', `/issues/${issue}`, { body: '- [ ] Alpha and POISON\n' });
    await world.laptop.runtime.engine.sweep();
    await world.until(issue, 'proposed', ({ phase, report }) => phase === 'proposed' && report.comment !== null);
    const said = (await world.ada.comments(issue)).map(({ body }) => body).join('\n');
    expect(said).toContain('the text was edited by eve after the run was asked for');
    expect(await world.api(`/issues/${issue}/sub_issues`)).toEqual([]);
    await world.ada.comment(issue, '/muster reject');
    await world.laptop.runtime.engine.sweep();
    expect((await world.untilTold(issue)).phase).toBe('cancelled');
  }, 60_000);

  it('their own edit is as they meant it', async () => {
    world = await openWorld({ tests: false, timing: { tickMs: 3_600_000 }, webhooks: false, agentCommand });
    const issue = await world.ada.openIssue('Own hands', '- [ ] Alpha\n');
    await world.ada.comment(issue, '/muster run');
    await world.ada.call('PATCH', `/issues/${issue}`, { body: '- [ ] Alpha as meant\n' });
    await world.laptop.runtime.engine.sweep();
    expect((await world.untilTold(issue)).outcome).toMatchObject({ done: 1, total: 1 });
    expect((await toldToAgents()).filter((text) => text.includes('as meant'))).toHaveLength(2);
  }, 60_000);
});

import { afterEach, describe, expect, it } from 'vitest';
import type { Orchestration } from '../../src/core/model.ts';
import { subIssueOf } from '../../src/core/tasks.ts';
import type { Json, World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World;
afterEach(() => world.close());

async function bodyOf(issue: number): Promise<string> {
  const { body } = await world.api(`/issues/${issue}`);
  return body;
}

function numbers(state: Orchestration): readonly (number | undefined)[] {
  return state.tasks.map((task) => subIssueOf(task)?.number);
}

const fine = `Small steps.

## Data slow
- [ ] Cart record
- [ ] Cart lines
- [ ] Cart totals

## Pages
- [ ] Cart page
- [ ] Cart page colours
- [ ] Cart page buttons (needs "Cart totals")

## Mail
- [ ] Cart mail
- [ ] Cart mail footer
- [ ] Cart mail pictures
`;

describe('a list that is cut too fine', () => {
  it('is shown with groups, approved with them, edited meanwhile, and ends with every item linked and ticked', async () => {
    world = await openWorld({ tests: false, policy: { maxWorkers: 1 }, timing: { tickMs: 300 } });
    const issue = await world.ada.openIssue('A cart', fine);
    await world.ada.comment(issue, '/muster plan');
    const shown = await world.until(
      issue,
      'shown',
      ({ phase, report }) => phase === 'proposed' && report.comment !== null,
    );
    expect(shown.tasks).toHaveLength(9);
    const comments: readonly Json[] = await world.api(`/issues/${issue}/comments`);
    const plan: string = comments.at(-1)?.body ?? '';
    expect(plan).toContain('Fewer, larger tasks: 9 could be 3');
    expect(plan).toContain('| **Pages** | Cart page<br>Cart page colours<br>Cart page buttons (needs "Cart totals") |');
    await world.ada.comment(issue, '/muster approve --grouped');
    const begun = await world.until(
      issue,
      'at work and linked',
      ({ tasks, report }) => tasks[0]?.status === 'processing' && report.bodyShown > 0,
    );
    expect(begun.readings).toBe(1);
    expect(begun.digest).not.toBe(shown.digest);
    const [data, pages, mail] = numbers(begun);
    const linked = fine
      .split('## ')
      .map((part, at) => part.replace(/^(- \[ \].*)$/gm, `$1 (#${[0, data, pages, mail][at]})`))
      .join('## ');
    expect(await bodyOf(issue)).toBe(linked);
    const sub = await world.api(`/issues/${data}`);
    expect([sub.title, sub.body]).toEqual(['Data slow', expect.stringContaining('> - Cart lines\n> - Cart totals')]);
    expect(sub.body).toContain('It holds 3 items of the list (lines 4, 5 and 6)');

    // another order, other words in a group that waits, one item ticked, a new one
    const edited = linked
      .replace(
        `- [ ] Cart record (#${data})\n- [ ] Cart lines (#${data})`,
        `- [ ] Cart lines (#${data})\n- [ ] Cart record (#${data})`,
      )
      .replace(`- [ ] Cart mail (#${mail})`, `- [x] Cart mail (#${mail})`)
      .replace('Cart mail footer', 'Cart mail footer in grey')
      .concat('- [ ] Something new\n');
    await world.ada.call('PATCH', `/issues/${issue}`, { body: edited });
    // what a person approved in particular changes only with another approval
    await world.until(issue, 'asked about', ({ edits }) => edits.change !== null && edits.change.editor !== 'unknown');
    await world.ada.comment(issue, '/muster approve');
    const end = await world.untilTold(issue, 60_000);
    expect(end.tasks.map(({ plan: task, status }) => [task.title, status])).toEqual([
      ['Data slow', 'merged'],
      ['Pages', 'merged'],
      ['Mail', 'merged'],
      ['Something new', 'merged'],
    ]);
    expect(end.tasks[2]?.plan.text).toBe('- Cart mail footer in grey\n- Cart mail pictures');
    const extra = numbers(end)[3];
    expect(await bodyOf(issue)).toBe(
      edited.replaceAll('[ ]', '[x]').replace('Something new', `Something new (#${extra})`),
    );
    expect(await world.api(`/issues/${issue}/sub_issues`)).toHaveLength(4);
    expect(await world.api('/pulls?state=all')).toHaveLength(4);
  }, 120_000);

  it('run with --grouped starts with its groups at once, and begins again with the same ones', async () => {
    world = await openWorld({ tests: false, agentCommand: 'cat > /dev/null; exit 1', policy: { attempts: 1 } });
    const issue = await world.ada.openIssue('A cart', fine.replace(' (needs "Cart totals")', ''));
    await world.ada.comment(issue, '/muster run --grouped');
    const failed = await world.untilTold(issue, 60_000);
    expect(failed.tasks.map(({ plan, status }) => [plan.title, status])).toEqual([
      ['Data slow', 'failed'],
      ['Pages', 'failed'],
      ['Mail', 'failed'],
    ]);
    await world.ada.comment(issue, '/muster cancel');
    await world.ada.comment(issue, '/muster plan');
    const again = await world.until(issue, 'answered', ({ replies }) => replies.length >= 2);
    expect(numbers(again)).toEqual(numbers(failed));
    expect(await world.api(`/issues/${issue}/sub_issues`)).toHaveLength(3);
  }, 90_000);
});

describe('an issue without boxes', () => {
  it('is answered with what it could be, and worked on with --as-list: entries are linked, nothing is ticked', async () => {
    world = await openWorld({ tests: false });
    const body = 'Please:\r\n\r\n1. Alpha\r\n2. Beta (needs #1)\r\n3. Gamma\r\n\r\nThank you.';
    const issue = await world.ada.openIssue('No boxes', body);
    await world.ada.comment(issue, '/muster run');
    await world.until(issue, 'answered', ({ replies }) => replies.some(({ posted }) => posted));
    const answer = (await world.api(`/issues/${issue}/comments`)).at(-1)?.body;
    expect(answer).toContain('"Alpha", "Beta (needs #1)" and "Gamma"');
    expect(answer).toContain('`/muster run --as-list`');
    await world.ada.comment(issue, '/muster run --as-list');
    await world.until(issue, 'begun', ({ tasks }) => tasks.length === 3);
    const end = await world.untilTold(issue, 60_000);
    expect(end.outcome).toMatchObject({ done: 3, total: 3 });
    const [alpha, beta, gamma] = numbers(end);
    expect(await bodyOf(issue)).toBe(
      body
        .replace('Alpha', `Alpha (#${alpha})`)
        .replace('Beta (needs #1)', `Beta (needs #1) (#${beta})`)
        .replace('Gamma', `Gamma (#${gamma})`),
    );
  }, 90_000);
});

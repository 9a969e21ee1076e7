/** What people read, as whole texts. After a wanted change: `npx vitest run test/text/render-golden -u`, then read the diff. */
import { describe, expect, it } from 'vitest';
import { why } from '../../src/core/why.ts';
import { renderDiagnostic, renderDiagnosticClosing } from '../../src/text/diagnostic.ts';
import { renderPrompt } from '../../src/text/prompt.ts';
import { renderPull } from '../../src/text/pull.ts';
import { renderReply } from '../../src/text/reply.ts';
import { sayPlan } from '../../src/text/say-plan.ts';
import { renderStatus } from '../../src/text/status.ts';
import { renderSubIssue } from '../../src/text/sub-issue.ts';
import { renderSummary } from '../../src/text/summary.ts';
import { sayEvent, sayProblems, sayStatus, saySummary } from '../../src/text/terminal.ts';
import { sayWhy } from '../../src/text/waiting.ts';
import { chatFiles, halfway, recovered, Story, websocketPlan } from './render-story.ts';

function golden(name: string, text: string): Promise<void> {
  return expect(text.endsWith('\n') ? text : `${text}\n`).toMatchFileSnapshot(`golden/${name}.md`);
}

function page({ title, body }: { readonly title: string; readonly body: string }): string {
  return `title: ${title}\n\n${body}`;
}

describe('on GitHub', () => {
  const half = halfway();
  const done = recovered();

  it('status: a plan that waits for approval', async () => {
    await golden(
      'status-proposed',
      renderStatus(new Story().proposed(websocketPlan({ approval: 'required' }), []).state, 0),
    );
  });

  it('status: agents at work', async () => {
    const story = new Story().proposed(websocketPlan()).split().started('t1', 't2', 't5').after(3);
    story.progress('t1', 35, 'implementation').delivered('t2', chatFiles).check('t2', null);
    await golden('status-working', renderStatus(story.state, story.now));
  });

  it('status: something failed', async () => {
    await golden('status-halfway', renderStatus(half.state, half.now));
  });

  it('status: people merge', async () => {
    const story = new Story()
      .proposed(websocketPlan({ merge: 'manual' }))
      .split()
      .started('t1', 't2', 't5');
    story.after(2).delivered('t1', chatFiles).check('t1', 'success');
    await golden('status-manual', renderStatus(story.state, story.now));
  });

  it('status and summary: everything landed', async () => {
    await golden('status-done', renderStatus(done.state, done.now));
    await golden('summary', renderSummary(done.state));
  });

  it('summary: some of it failed', async () => {
    const story = halfway().after(1).check('t5', 'success').landed('t5');
    await golden('summary-partial', renderSummary(story.state));
  });

  it('sub-issue, pull request, prompt', async () => {
    await golden('sub-issue', page(renderSubIssue(half.state, half.task('t4'))));
    await golden('pull', page(renderPull(half.state, half.task('t2'))));
    await golden('prompt', renderPrompt(half.state, half.task('t1'), 'k3j4h5g6'));
  });

  it('diagnostic issue: open, a time limit, solved', async () => {
    await golden('diagnostic', page(renderDiagnostic(half.state, half.task('t1'))));
    await golden('diagnostic-closed', renderDiagnosticClosing(done.state, done.task('t1')));
    const slow = new Story().proposed(websocketPlan()).split().started('t1').after(30);
    slow.failed('t1', 'timeout', 'The agent was stopped after 1800 s, its time limit.', [
      'webhook_delivery_test still running',
    ]);
    await golden('diagnostic-timeout', page(renderDiagnostic(slow.state, slow.task('t1'))));
  });

  it('replies', async () => {
    const problem = {
      code: 'cycle',
      line: 4,
      message: 'These items wait for each other: A, B, A.',
      remedy: 'Remove one of the dependencies.',
    };
    const replies = [
      renderReply(half.state, { kind: 'no-permission', user: 'mallory' }),
      renderReply(half.state, { kind: 'unknown-command', text: '/muster rnu', problem: 'Did you mean `/muster run`?' }),
      renderReply(half.state, { kind: 'help' }),
      renderReply(half.state, { kind: 'status' }),
      renderReply(half.state, { kind: 'already-running' }),
      renderReply(half.state, { kind: 'why', tasks: half.state.tasks.map(({ plan }) => plan.id) }, half.now),
      renderReply(half.state, { kind: 'why', tasks: ['t1'] }, half.now),
      renderReply(half.state, { kind: 'paused' }),
      renderReply(half.state, { kind: 'resumed' }),
      renderReply(half.state, { kind: 'nothing-here' }),
      renderReply(half.state, { kind: 'nothing-to-do', detail: 'No task has failed.' }),
      renderReply(half.state, { kind: 'retrying', tasks: ['t1'] }),
      renderReply(half.state, { kind: 'cancelled', tasks: ['t1', 't3'] }),
      renderReply(half.state, { kind: 'cancelled', tasks: [] }),
      renderReply(half.state, { kind: 'merging' }),
      renderReply(half.state, { kind: 'plan-problem', problems: [problem] }),
    ];
    await golden('replies', replies.join('\n\n---\n\n'));
  });
});

describe('in a terminal', () => {
  it('a plan, its problems, a run as it happens, its end', async () => {
    const story = recovered();
    const states: string[] = [];
    const half = halfway();
    for (const task of half.state.tasks) {
      const explained = why(half.state, task.plan.id, half.now);
      if (explained !== null) states.push(sayWhy(half.state, explained, half.now).join('\n'));
    }
    const events = story.history.map((recorded) => sayEvent(story.state, recorded)).filter((line) => line !== null);
    await golden('terminal-plan', sayPlan(websocketPlan()));
    await golden(
      'terminal-problems',
      sayProblems([{ code: 'empty', line: 0, message: 'There is no checklist.', remedy: 'Write one.' }]),
    );
    await golden('terminal-events', events.join('\n'));
    await golden('terminal-status', sayStatus([half.state, story.state], half.now));
    await golden('terminal-why', states.join('\n\n'));
    await golden('terminal-summary', saySummary(story.state));
  });
});

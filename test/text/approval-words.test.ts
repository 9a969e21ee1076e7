import { describe, expect, it } from 'vitest';
import { why } from '../../src/core/why.ts';
import { renderReply } from '../../src/text/reply.ts';
import { parseSlashCommands } from '../../src/text/slash.ts';
import { renderStatus } from '../../src/text/status.ts';
import { sayEvent } from '../../src/text/terminal.ts';
import { sayNext, sayWhy } from '../../src/text/waiting.ts';
import { ask } from '../core/scenes.ts';
import { Story, websocketPlan } from './render-story.ts';

const proposals = [
  { id: 'p1', from: 't5', to: 't1', kind: 'needs', source: 'tells of what "Websocket server" makes', line: 11 },
  { id: 'p2', from: 't2', to: 't1', kind: 'lands-after', source: 'edits `src/ws.ts` as well', line: 8 },
  { id: 'p3', from: 't1', to: 't3', kind: 'needs', source: 'x', line: 5 },
] as const;

function working(): Story {
  return new Story()
    .proposed({ ...websocketPlan({ maxWorkers: 2 }), proposals })
    .split()
    .started('t1', 't2');
}

function answer(story: Story, text: string): string {
  const [command] = parseSlashCommands(text);
  if (command?.kind !== 'command') throw new Error(`not a command: ${text}`);
  ask(story, command.verb, { flags: command.flags, target: command.target });
  const say = story.state.replies.at(-1)?.say;
  return say === undefined ? '' : renderReply(story.state, say, story.now);
}

describe('proposals while the work goes on', () => {
  it('stand folded in the status until they are accepted', () => {
    const story = working();
    expect(renderStatus(story.state, 0)).toContain('<summary>Proposed dependencies: 3</summary>');
    expect(renderStatus(story.state, 0)).toContain(
      '- **p1**: #15 Describe the protocol in docs/ws.md needs #11 Websocket server',
    );
    answer(story, '/muster approve --with p1,p2');
    expect(renderStatus(story.state, 0)).toContain('<summary>Proposed dependencies: 1</summary>');
  });

  it('accepted: said one by one, with what it means for what has begun', () => {
    const story = working();
    expect(answer(story, '/muster approve --with all')).toBe(
      [
        'Accepted: 2 dependencies of the plan from now on.',
        '',
        '- **p1**: #15 starts after #11',
        '- **p2**: #12 lands after #11',
      ].join('\n'),
    );
    const last = story.history.findLast(({ event }) => event.type === 'proposals-accepted');
    expect(last === undefined ? '' : sayEvent(story.state, last)).toContain(
      'ada accepted 2 proposed dependencies (p1 and p2)',
    );
    const late = new Story()
      .proposed({ ...websocketPlan(), proposals })
      .split()
      .started('t5');
    expect(answer(late, '/muster approve --with p1')).toContain(
      '#15 is worked on already, so it goes on and lands only after #11',
    );
  });

  it('refused: the nearest id, the circle, what is done already, what is open', () => {
    const story = working();
    expect(answer(story, '/muster approve --with p7')).toBe(
      [
        'Nothing was changed.',
        '',
        '- There is no proposal p7. Did you mean p1?',
        '',
        'Open: p1, p2 and p3. `/muster approve --with p1` accepts the first.',
      ].join('\n'),
    );
    expect(answer(story, '/muster approve --with p3')).toContain(
      'With p3 these would wait for each other: #11 → #13 → #11.',
    );
    answer(story, '/muster approve --with p1');
    expect(answer(story, '/muster approve --with p1')).toContain('p1 is part of the plan already.');
    story.delivered('t1', []).check('t1', 'success').landed('t1');
    expect(answer(story, '/muster approve --with p2')).toContain('p2 comes too late: #11 has landed.');
    expect(answer(story, '/muster approve --with all')).toContain('No proposed dependency is open here.');
  });
});

describe('a question about work whose item was edited', () => {
  function asked(...ids: readonly string[]): Story {
    const story = working();
    for (const task of ids) story.record({ type: 'task-held', task, reason: 'its item was taken out of the list' });
    return story;
  }

  it('has numbers, a recommendation, and the words to type', () => {
    const story = asked('t1');
    story.record({ type: 'task-held', task: 't2', reason: 'its item reads otherwise by now' });
    expect(renderReply(story.state, { kind: 'held', tasks: ['t1', 't2'] })).toBe(
      [
        'The list was edited while 2 tasks of it were worked on. The agents go on, and nothing of that lands until somebody with write permission decides:',
        '',
        '**#11**: its item was taken out of the list.',
        '',
        '- **1.** Stop it; its branch and pull request stay: `/muster approve --option 1 #11`. **Recommended:** nobody asks for it any more.',
        '- **2.** Let it land as it is: `/muster approve --option 2 #11`.',
        '',
        '**#12**: its item reads otherwise by now.',
        '',
        '- **1.** Stop it; its branch and pull request stay: `/muster approve --option 1 #12`.',
        '- **2.** Let it land as it is: `/muster approve --option 2 #12`. **Recommended:** what is being made was asked for; a new item can ask for the rest. If the new words ask for the opposite, stop it.',
      ].join('\n'),
    );
  });

  it('stands in the status and in why until it is answered', () => {
    const story = asked('t1');
    const words =
      '`/muster approve --option 1 #11` stops it (recommended), `/muster approve --option 2 #11` lets it land as it is';
    expect(sayNext(story.state, 0)).toContain(
      `Needs you: #11 does not land by itself, because its item was taken out of the list: ${words}.`,
    );
    story.delivered('t1', []).check('t1', 'success');
    const explained = why(story.state, 't1', story.now);
    expect(explained === null ? [] : sayWhy(story.state, explained, story.now)).toContain(
      `It does not land by itself, because its item was taken out of the list: ${words}.`,
    );
    expect(answer(story, '/muster approve --option 2')).toContain('#11 (nothing else) may land now');
    expect(sayNext(story.state, 0)).not.toContain('--option');
    expect(renderReply(story.state, { kind: 'held', tasks: ['t1'] })).toBe(
      'The question that stood here has been answered.',
    );
  });

  it('that is not named, or has no such option, is asked back', () => {
    expect(answer(asked('t1', 't2'), '/muster approve --option 1')).toBe(
      [
        'Questions are open about #11 and #12; name the one that is meant. Nothing was changed.',
        '',
        '- `/muster approve --option 1 #11`: #11. Stop it; its branch and pull request stay.',
        '- `/muster approve --option 1 #12`: #12. Stop it; its branch and pull request stay.',
      ].join('\n'),
    );
    expect(answer(asked('t1'), '/muster approve --option 7')).toContain(
      'There is no option 7. Nothing was changed.\n\n- `/muster approve --option 1 #11`: #11. Stop it',
    );
  });
});

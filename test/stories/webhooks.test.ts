import { afterEach, describe, expect, it } from 'vitest';
import type { Orchestration } from '../../src/core/model.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import type { World } from '../world/world.ts';
import { openWorld } from '../world/world.ts';

let world: World | null = null;
afterEach(async () => {
  await world?.close();
  world = null;
});

const body = '- [ ] First\n- [ ] Second (needs #1)\n- [ ] Third fails\n- [ ] Fourth\n';

/** What everybody can see in the end, without numbers and times that depend on who was faster. */
async function endState(of: World, issue: number, state: Orchestration): Promise<unknown> {
  const subs = await of.api(`/issues/${issue}/sub_issues`);
  const comments = await of.api(`/issues/${issue}/comments`);
  const pulls = await of.api('/pulls?state=all');
  const diagnostics = await of.api('/issues?labels=muster:diagnostic&state=all');
  return {
    phase: state.phase,
    tasks: state.tasks.map((task) => [task.plan.title, task.status, task.attempts.length]),
    subs: subs.map((sub: { title: string; state: string }) => [sub.title, sub.state]),
    comments: comments.map((comment: { user: { login: string } }) => comment.user.login),
    pulls: pulls
      .map((pull: { title: string; merged_at: string | null }) => [pull.title, pull.merged_at !== null])
      .sort(),
    diagnostics: diagnostics.map((one: { state: string }) => one.state),
    ticked: ((await of.api(`/issues/${issue}`)).body.match(/\[x\]/g) ?? []).length,
  };
}

const expected = {
  phase: 'finished',
  tasks: [
    ['First', 'merged', 1],
    ['Second (needs #1)', 'merged', 1],
    ['Third fails', 'failed', 2],
    ['Fourth', 'merged', 1],
  ],
  subs: [
    ['First', 'closed'],
    ['Second (needs #1)', 'closed'],
    ['Third fails', 'open'],
    ['Fourth', 'closed'],
  ],
  comments: ['ada', 'muster[bot]', 'muster[bot]'],
  pulls: [
    ['First', true],
    ['Fourth', true],
    ['Second (needs #1)', true],
  ],
  diagnostics: ['open'],
  ticked: 3,
};

const weathers: readonly (readonly [string, (sandbox: Sandbox) => void])[] = [
  ['all webhooks arriving', () => {}],
  [
    'all webhooks dropped',
    (sandbox) => {
      sandbox.faults.webhooks.drop = 1;
    },
  ],
  [
    'all webhooks doubled',
    (sandbox) => {
      sandbox.faults.webhooks.double = 1;
    },
  ],
  [
    'all webhooks shuffled',
    (sandbox) => {
      sandbox.faults.webhooks.shuffle = true;
      sandbox.faults.webhooks.windowMs = 700;
    },
  ],
];

describe('the same end state with', () => {
  it.each(weathers)(
    '%s',
    async (_, prepare) => {
      world = await openWorld({ prepare });
      const issue = await world.ada.openIssue('Weather', body);
      await world.ada.comment(issue, '/muster run');
      const state = await world.untilTold(issue, 80_000);
      const seen = (await endState(world, issue, state)) as typeof expected;
      expect({
        ...seen,
        comments: seen.comments.map((login) => login),
      }).toEqual(expected);
    },
    100_000,
  );
});

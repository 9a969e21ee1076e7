import { expect, it } from 'vitest';
import { gapWords, renderGaps } from '../../src/text/server-gaps.ts';
import { renderStatus } from '../../src/text/status.ts';
import { Story, websocketPlan } from './render-story.ts';

it('stands in the status once, in one order, and not at all where nothing is missing', () => {
  const story = new Story().proposed(websocketPlan({}), []);
  const status = renderStatus(story.state, story.now, ['git-http', 'graphql']);
  expect(status).toContain('how Muster does without: 2');
  expect(status.indexOf(gapWords('graphql'))).toBeLessThan(status.indexOf(gapWords('git-http')));
  expect(status.split(gapWords('graphql'))).toHaveLength(2);
  expect(renderStatus(story.state, story.now, [])).toBe(renderStatus(story.state, story.now));
  expect(renderGaps([])).toBeNull();
});

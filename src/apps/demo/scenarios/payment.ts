/**
 * Example 7: the integration tests call a webhook endpoint for real, with retries, and so run out of time. A person mends
 * the tests, the task is tried again, and its pull request lands once it is reviewed.
 */
import { findTask, pullOf, subIssueOf } from '../../../core/tasks.ts';
import { markdown, packageJson, settings } from './parts.ts';
import {
  client,
  clientTest,
  delivery,
  fakeGateway,
  gatewayTest,
  integrationTest,
  mockedDelivery,
  post,
  realDelivery,
  receivers,
  receiversTest,
  refunds,
  refundsTest,
  workflow,
  workflowTest,
} from './payment-work.ts';
import type { Act, Files, Scenario } from './scenario.ts';
import { isReadyForPeople } from './scenario.ts';

/** The example's 30 minutes, for one attempt. Not scaled as far as the work, so that a busy machine fails nothing else. */
const timeoutSeconds = 20;

/** How the tests deliver webhooks: mocked or not is decided here. */
const deliveryFile = 'test/support/delivery.js';

const files: Files = {
  'README.md': '# Payments\n\nTests run against a gateway of their own: `npm test`.\n',
  'package.json': packageJson('payments'),
  'src/post.js': post,
  'src/delivery.js': delivery,
  'test/support/gateway.js': fakeGateway,
  [deliveryFile]: realDelivery,
  'test/gateway.test.js': gatewayTest,
  ...settings('# What is green lands once a person has approved its pull request.', 'merge: on-approval'),
};

const acts: readonly Act[] = [
  {
    when: isReadyForPeople,
    play: async (maintainer, state) => {
      const green = state.tasks.flatMap((task) => (task.status === 'validation_passed' ? [task.pull.number] : []));
      maintainer.thinks(`${green.length} pull requests are green and wait for a review; the rest ran out of time.`);
      for (const number of green) await maintainer.approves(number);
    },
  },
  {
    when: (state) => state.phase === 'finished' && state.tasks.some((task) => task.status === 'failed'),
    play: async (maintainer, state) => {
      await maintainer.readsDiagnostics(state);
      maintainer.thinks(
        'The test delivers webhooks for real and waits between the retries. More time would only hide that: mock it.',
      );
      await maintainer.pushes({ [deliveryFile]: mockedDelivery }, 'Mock webhook delivery in tests');
      const task = findTask(state, 't5');
      await maintainer.comments('/muster retry', (task === undefined ? null : subIssueOf(task))?.number);
    },
  },
  {
    when: (state) => findTask(state, 't5')?.status === 'validation_passed',
    play: async (maintainer, state) => {
      const task = findTask(state, 't5');
      const pull = task === undefined ? null : pullOf(task);
      const merged = state.tasks.filter((one) => one.status === 'merged').length;
      maintainer.thinks(
        `All five tasks are done: ${merged} pull requests are merged, 1 waits for review. Here it gets one.`,
      );
      if (pull !== null) await maintainer.approves(pull.number);
    },
  },
];

export const payment: Scenario = {
  name: 'payment',
  about: 'Slow integration tests run out of time; a person mends the tests, retries and reviews; all five land.',
  repository: 'payments',
  files,
  title: 'Payment gateway integration',
  body: markdown(
    'Take payments through the new gateway.',
    '',
    '## Sub-tasks',
    '',
    '- [ ] API client of the payment gateway',
    '- [ ] Payment processing workflow',
    '- [ ] Refund handling',
    '- [ ] Receivers of payment webhooks',
    '- [ ] Integration test suite',
  ),
  flags: `--timeout ${timeoutSeconds}`,
  jobs: [
    { task: 'api client', minutes: 15, files: { 'src/client.js': client, 'test/client.test.js': clientTest } },
    { task: 'workflow', minutes: 18, files: { 'src/workflow.js': workflow, 'test/workflow.test.js': workflowTest } },
    { task: 'refund', minutes: 20, files: { 'src/refunds.js': refunds, 'test/refunds.test.js': refundsTest } },
    {
      task: 'receivers',
      minutes: 25,
      files: { 'src/receivers.js': receivers, 'test/receivers.test.js': receiversTest },
    },
    { task: 'integration test', minutes: 8, files: { 'test/integration.test.js': integrationTest } },
  ],
  acts,
  expected: { landed: 5, of: 5, exitCode: 0 },
  lesson: [
    `The first round ended with 4 of 5: the fifth agent was stopped after ${timeoutSeconds} seconds, because webhook_delivery_test makes real HTTP calls to an endpoint that is down, and waits 1, 2, 4, 8 and 16 seconds between them.`,
    'A person read the diagnostic issue, mocked the delivery in the tests, and asked for that one task again with the same time limit.',
    'Nothing lands here without an approving review (merge: on-approval): the last pull request waited for one although its tests were green.',
  ],
  notShown: [
    "The example mends the tests on the agent's branch. An attempt that fails pushes nothing here, so there is no such branch; the maintainer mends main instead.",
  ],
};

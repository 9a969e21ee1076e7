/** The payment example's files: what is there at the start, what the agents write, and what the maintainer mends. */
import { sourceFile, testFile } from './parts.ts';

export const post = `/** Sends JSON and answers \`{ status, body }\`. */
export async function post(url, body) {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}
`;

export const delivery = `/** Tells an endpoint of an event; up to five retries, each after twice as long a pause. */
export async function deliver(url, event, { send, pause, log = () => {} }) {
  for (let retry = 0; ; retry++) {
    const delivered = await send(url, event).then(({ status }) => status < 300, () => false);
    if (delivered || retry === 5) return { delivered, calls: retry + 1 };
    const seconds = 2 ** retry;
    log(\`call \${retry + 1} failed, the next one in \${seconds} s\`);
    await pause(seconds * 1000);
  }
}
`;

/** A server like the gateway's, on any free port. */
export const fakeGateway = sourceFile(
  ["import { once } from 'node:events';", "import { createServer } from 'node:http';"],
  `/** Declines the card 'empty', is not ready for the card 'busy' once, and has no webhook endpoint that works. */
export async function startGateway() {
  let busy = true;
  const answers = {
    '/payments': ({ card, cents }) => {
      if (card === 'empty') return [402, { error: 'declined' }];
      if (card === 'busy' && busy) {
        busy = false;
        return [503, { error: 'try again' }];
      }
      return [201, { id: \`pay-\${card}\`, cents }];
    },
    '/refunds': ({ payment, cents }) => [201, { id: \`re-\${payment}\`, cents }],
    '/webhook': () => [500, { error: 'down' }],
  };
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const [status, body] = answers[request.url]?.(JSON.parse(text)) ?? [404, {}];
    response.writeHead(status, { connection: 'close' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: \`http://127.0.0.1:\${server.address().port}\`, close: () => server.close() };
}
`,
);

export const realDelivery = sourceFile(
  ["export { post as send } from '../../src/post.js';"],
  `// webhooks in tests: real calls, real pauses
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
`,
);

export const mockedDelivery = `// webhooks in tests: no calls, no pauses; what matters is how often they are tried
export const send = async () => ({ status: 500, body: null });

export const pause = async () => {};
`;

/** A test file that has a gateway for each of its cases. */
function withGateway(imports: readonly string[], ...cases: readonly string[]): string {
  return testFile(
    ...imports,
    "import { startGateway } from './support/gateway.js';",
    '',
    'const withGateway = (story) => async () => {',
    '  const gateway = await startGateway();',
    '  try {',
    '    await story(gateway.url);',
    '  } finally {',
    '    gateway.close();',
    '  }',
    '};',
    '',
    ...cases,
  );
}

export const gatewayTest = withGateway(
  ["import { post } from '../src/post.js';"],
  "test('the gateway of the tests takes and declines', withGateway(async (url) => {",
  "  assert.equal((await post(`${url}/payments`, { card: 'good', cents: 5 })).status, 201);",
  "  assert.equal((await post(`${url}/payments`, { card: 'empty', cents: 5 })).status, 402);",
  '}));',
);

export const client = sourceFile(
  ["import { post } from './post.js';"],
  `export function createClient(url) {
  const ask = async (path, body) => {
    const answer = await post(\`\${url}\${path}\`, body);
    if (answer.status >= 400) throw Object.assign(new Error(answer.body.error), { status: answer.status });
    return answer.body;
  };
  return {
    pay: (card, cents) => ask('/payments', { card, cents }),
    refund: (payment, cents) => ask('/refunds', { payment, cents }),
  };
}
`,
);

export const clientTest = withGateway(
  ["import { createClient } from '../src/client.js';"],
  "test('the client pays and refunds', withGateway(async (url) => {",
  '  const client = createClient(url);',
  "  const { id } = await client.pay('good', 500);",
  '  assert.equal((await client.refund(id, 200)).cents, 200);',
  '}));',
  '',
  "test('a declined card is an error with its status', withGateway(async (url) => {",
  "  await assert.rejects(createClient(url).pay('empty', 500), { status: 402 });",
  '}));',
);

export const workflow = `/** States of a payment and what leads from one to the next. */
const moves = { new: ['authorized', 'declined'], authorized: ['captured', 'voided'], captured: ['refunded'] };

export function createPayment(cents) {
  let state = 'new';
  return {
    cents,
    state: () => state,
    move(to) {
      if (!moves[state]?.includes(to)) throw new Error(\`a payment cannot go from \${state} to \${to}\`);
      state = to;
    },
  };
}
`;

export const workflowTest = testFile(
  "import { createPayment } from '../src/workflow.js';",
  '',
  "test('a payment is authorized, then captured', () => {",
  '  const payment = createPayment(500);',
  "  payment.move('authorized');",
  "  payment.move('captured');",
  "  assert.equal(payment.state(), 'captured');",
  '});',
  '',
  "test('nothing is captured twice', () => {",
  '  const payment = createPayment(500);',
  "  assert.throws(() => payment.move('captured'), /from new to captured/);",
  '});',
);

export const refunds = `/** Adds refunds up; together they never pass what was paid. */
export function createRefunds(paidCents) {
  const refunds = [];
  const refunded = () => refunds.reduce((sum, cents) => sum + cents, 0);
  return {
    refunded,
    refund(cents) {
      if (!Number.isInteger(cents) || cents < 1) throw new RangeError('a refund is a whole number of cents');
      if (refunded() + cents > paidCents) throw new RangeError('more than was paid');
      refunds.push(cents);
    },
  };
}
`;

export const refundsTest = testFile(
  "import { createRefunds } from '../src/refunds.js';",
  '',
  "test('refunds add up to what was paid at most', () => {",
  '  const refunds = createRefunds(500);',
  '  refunds.refund(200);',
  '  refunds.refund(300);',
  '  assert.equal(refunds.refunded(), 500);',
  '  assert.throws(() => refunds.refund(1), RangeError);',
  '});',
);

export const receivers = sourceFile(
  ["import { createHmac, timingSafeEqual } from 'node:crypto';"],
  `/** Takes each event once, and only with the gateway's signature. */
export function createReceiver(secret, handle) {
  const seen = new Set();
  return (text, signature) => {
    const wanted = createHmac('sha256', secret).update(text).digest();
    const given = Buffer.from(signature, 'hex');
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return 401;
    const event = JSON.parse(text);
    if (!seen.has(event.id)) handle(event);
    seen.add(event.id);
    return 204;
  };
}
`,
);

export const receiversTest = testFile(
  "import { createHmac } from 'node:crypto';",
  "import { createReceiver } from '../src/receivers.js';",
  '',
  "test('an event counts once, a forged one not at all', () => {",
  '  const heard = [];',
  "  const receive = createReceiver('s3cret', (event) => heard.push(event.id));",
  '  const text = JSON.stringify({ id: 1 });',
  "  const signature = createHmac('sha256', 's3cret').update(text).digest('hex');",
  '  assert.equal(receive(text, signature), 204);',
  '  assert.equal(receive(text, signature), 204);',
  "  assert.equal(receive(text, 'ab'), 401);",
  '  assert.deepEqual(heard, [1]);',
  '});',
);

/**
 * Each case says that it ran, so that the log of a stopped attempt tells where the time went. On stderr: what a test prints
 * on stdout, Node passes on in between its own messages, and under load not always at once.
 */
export const integrationTest = withGateway(
  [
    "import { deliver } from '../src/delivery.js';",
    "import { post } from '../src/post.js';",
    "import * as delivery from './support/delivery.js';",
  ],
  'function story(name, play) {',
  '  test(name, withGateway(async (url) => {',
  '    const startedAt = Date.now();',
  '    console.error(`${name} ...`);',
  '    await play(url);',
  '    console.error(`${name} ok (${Date.now() - startedAt} ms)`);',
  '  }));',
  '}',
  '',
  'const pay = (url, card) => post(`${url}/payments`, { card, cents: 500 });',
  '',
  "story('payment_success_test', async (url) => assert.equal((await pay(url, 'good')).status, 201));",
  "story('payment_failure_test', async (url) => assert.equal((await pay(url, 'empty')).status, 402));",
  "story('payment_retry_test', async (url) => {",
  "  assert.equal((await pay(url, 'busy')).status, 503);",
  "  assert.equal((await pay(url, 'busy')).status, 201);",
  '});',
  "story('refund_test', async (url) => {",
  "  const { id } = (await pay(url, 'good')).body;",
  '  assert.equal((await post(`${url}/refunds`, { payment: id, cents: 500 })).status, 201);',
  '});',
  "story('webhook_delivery_test', async (url) => {",
  '  const log = (words) => console.error(`webhook_delivery_test: ${words}`);',
  '  const outcome = await deliver(`${url}/webhook`, { id: 1 }, { ...delivery, log });',
  '  assert.deepEqual(outcome, { delivered: false, calls: 6 });',
  '});',
);

/** What the agents of the cart example write: each layer stands alone, because the others may land later. */
import { sourceFile, testFile } from './parts.ts';
import type { Files } from './scenario.ts';

export const cartModels = sourceFile(
  ["import { priceOf } from '../catalog.js';"],
  `/** One product in a cart; the price is the one at the time it was put in, in cents. */
export function createItem(product, quantity = 1) {
  if (!Number.isInteger(quantity) || quantity < 1) throw new RangeError('a quantity is a whole number from 1');
  return { product, quantity, price: priceOf(product) };
}

export function createCart(id) {
  const items = new Map();
  return {
    id,
    add(product, quantity) {
      const item = createItem(product, quantity);
      const known = items.get(product);
      items.set(product, known ? { ...known, quantity: known.quantity + item.quantity } : item);
    },
    remove: (product) => items.delete(product),
    items: () => [...items.values()],
    total: () => [...items.values()].reduce((sum, item) => sum + item.price * item.quantity, 0),
  };
}

/** Carts by id: a cache of the last few in front of \`load\`. */
export function createCarts(load, most = 100) {
  const cache = new Map();
  return {
    get(id) {
      const cart = cache.get(id) ?? load(id);
      cache.delete(id);
      cache.set(id, cart);
      if (cache.size > most) cache.delete(cache.keys().next().value);
      return cart;
    },
  };
}
`,
);

export const cartModelsTest = testFile(
  "import { createCart, createCarts, createItem } from '../src/cart/models.js';",
  '',
  "test('a cart adds up what is in it', () => {",
  "  const cart = createCart('c1');",
  "  cart.add('tea', 2);",
  "  cart.add('tea');",
  "  cart.add('cup');",
  '  assert.equal(cart.total(), 3 * 450 + 1200);',
  "  cart.remove('tea');",
  "  assert.deepEqual(cart.items().map((item) => item.product), ['cup']);",
  '});',
  '',
  "test('an item needs a product that exists and a whole quantity', () => {",
  "  assert.throws(() => createItem('moon'), RangeError);",
  "  assert.throws(() => createItem('tea', 0.5), RangeError);",
  '});',
  '',
  "test('a cart that was used lately is not loaded again', () => {",
  '  let loads = 0;',
  '  const carts = createCarts((id) => ({ id, loaded: ++loads }), 2);',
  "  for (const id of ['a', 'b', 'a', 'c', 'a']) carts.get(id);",
  '  assert.equal(loads, 3);',
  "  carts.get('b');",
  '  assert.equal(loads, 4);',
  '});',
);

export const cartApi = sourceFile(
  ["import { priceOf } from '../catalog.js';"],
  `/** Answers \`{ status, body }\` to a method, a path and a body; carts are kept by the caller's map. */
export function createCartApi(carts = new Map()) {
  let lastId = 0;
  const found = (id, answer) => (carts.has(id) ? answer(carts.get(id)) : { status: 404, body: { error: 'no such cart' } });
  const routes = [
    ['POST', /^\\/carts$/, () => {
      const id = String(++lastId);
      carts.set(id, {});
      return { status: 201, body: { id } };
    }],
    ['GET', /^\\/carts\\/(\\d+)$/, ([id]) => found(id, (items) => ({ status: 200, body: { id, items } }))],
    ['DELETE', /^\\/carts\\/(\\d+)$/, ([id]) => found(id, () => ({ status: carts.delete(id) ? 204 : 404, body: null }))],
    ['PUT', /^\\/carts\\/(\\d+)\\/items\\/(\\w+)$/, ([id, product], body) => found(id, (items) => {
      if (!Number.isInteger(body?.quantity) || body.quantity < 1) return { status: 422, body: { error: 'quantity' } };
      items[product] = body.quantity;
      return { status: 200, body: { id, items } };
    })],
    ['DELETE', /^\\/carts\\/(\\d+)\\/items\\/(\\w+)$/, ([id, product]) => found(id, (items) => {
      delete items[product];
      return { status: 200, body: { id, items } };
    })],
    ['POST', /^\\/carts\\/(\\d+)\\/checkout$/, ([id]) => found(id, (items) => {
      const total = Object.entries(items).reduce((sum, [product, quantity]) => sum + priceOf(product) * quantity, 0);
      return total === 0 ? { status: 409, body: { error: 'the cart is empty' } } : { status: 200, body: { id, total } };
    })],
  ];
  return (method, path, body) => {
    for (const [wanted, pattern, answer] of routes) {
      const match = wanted === method ? pattern.exec(path) : null;
      if (match) return answer(match.slice(1), body);
    }
    return { status: 404, body: { error: 'no such endpoint' } };
  };
}
`,
);

export const cartApiTest = testFile(
  "import { createCartApi } from '../src/cart/api.js';",
  '',
  "test('a cart is made, filled, paid and thrown away', () => {",
  '  const api = createCartApi();',
  "  const { id } = api('POST', '/carts').body;",
  "  assert.equal(api('PUT', `/carts/${id}/items/tea`, { quantity: 2 }).status, 200);",
  "  assert.deepEqual(api('POST', `/carts/${id}/checkout`).body, { id, total: 900 });",
  "  assert.equal(api('DELETE', `/carts/${id}/items/tea`).status, 200);",
  "  assert.equal(api('POST', `/carts/${id}/checkout`).status, 409);",
  "  assert.equal(api('DELETE', `/carts/${id}`).status, 204);",
  "  assert.equal(api('GET', `/carts/${id}`).status, 404);",
  '});',
  '',
  "test('nonsense is refused', () => {",
  '  const api = createCartApi();',
  "  const { id } = api('POST', '/carts').body;",
  "  assert.equal(api('PUT', `/carts/${id}/items/tea`, { quantity: -1 }).status, 422);",
  "  assert.equal(api('PATCH', '/carts').status, 404);",
  '});',
);

export const cartUi = `const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const safe = (text) => String(text).replace(/[&<>"]/g, (char) => escapes[char]);
const money = (cents) => (cents / 100).toFixed(2);

export function renderItem({ product, quantity, price }) {
  const name = safe(product);
  return \`<li>\${name} <button name="less" value="\${name}">-</button> \${quantity} <button name="more" value="\${name}">+</button> \${money(price * quantity)}</li>\`;
}

export function renderSummary(items) {
  const count = items.reduce((sum, item) => sum + item.quantity, 0);
  const total = items.reduce((sum, item) => sum + item.price * item.quantity, 0);
  return \`<p>\${count} \${count === 1 ? 'item' : 'items'}, total \${money(total)}</p>\`;
}

export function renderCart(items) {
  if (items.length === 0) return '<p>Your cart is empty.</p>';
  return \`<ul>\${items.map(renderItem).join('')}</ul>\${renderSummary(items)}\`;
}
`;

export const cartUiTest = testFile(
  "import { renderCart, renderItem, renderSummary } from '../src/cart/ui.js';",
  '',
  "const tea = { product: 'tea', quantity: 2, price: 450 };",
  '',
  "test('a cart shows its items and what they cost', () => {",
  '  assert.match(renderCart([tea]), /tea.*2.*9\\.00.*2 items, total 9\\.00/);',
  '  assert.match(renderCart([]), /empty/);',
  '  assert.match(renderSummary([{ ...tea, quantity: 1 }]), /1 item, /);',
  '});',
  '',
  "test('a product cannot bring markup along', () => {",
  "  assert.ok(!renderItem({ ...tea, product: '<b>' }).includes('<b>'));",
  '});',
);

/** Goes through whatever layers exist when it runs: it stands alone, and says more the more has landed. */
export const cartTests = testFile(
  "import { existsSync } from 'node:fs';",
  "import { catalog, priceOf } from '../src/catalog.js';",
  '',
  'const layer = async (name) => (existsSync(`src/cart/${name}.js`) ? import(`../src/cart/${name}.js`) : null);',
  "const [models, api, ui] = await Promise.all(['models', 'api', 'ui'].map(layer));",
  '',
  'for (const product of catalog.keys())',
  '  test(`${product} can be bought in every layer there is`, () => {',
  '    const total = 3 * priceOf(product);',
  '    const items = [{ product, quantity: 3, price: priceOf(product) }];',
  '    if (models) {',
  "      const cart = models.createCart('c');",
  '      cart.add(product, 3);',
  '      assert.deepEqual(cart.items(), items);',
  '      assert.equal(cart.total(), total);',
  '    }',
  '    if (api) {',
  '      const ask = api.createCartApi();',
  "      const { id } = ask('POST', '/carts').body;",
  "      ask('PUT', `/carts/${id}/items/${product}`, { quantity: 3 });",
  "      assert.equal(ask('POST', `/carts/${id}/checkout`).body.total, total);",
  '    }',
  '    if (ui) assert.ok(ui.renderCart(items).includes((total / 100).toFixed(2)));',
  '  });',
);

export const cartDocs: Files = {
  'docs/cart-api.md': `# Cart API

| request | answer |
| --- | --- |
| \`POST /carts\` | 201 with the new \`id\` |
| \`GET /carts/:id\` | 200 with its \`items\`, or 404 |
| \`DELETE /carts/:id\` | 204 |
| \`PUT /carts/:id/items/:product\` with \`{ "quantity": 2 }\` | 200, or 422 for no whole number from 1 |
| \`DELETE /carts/:id/items/:product\` | 200 |
| \`POST /carts/:id/checkout\` | 200 with the \`total\` in cents, or 409 for an empty cart |

What shoppers see is told in the [guide](cart-guide.md).
`,
  'docs/cart-guide.md': `# Using the cart

Put a product in, change how many with + and -, and pay when the total is right. A cart that is empty cannot be paid.
Developers find every request in the [reference](cart-api.md), and the shop in its [README](../README.md).
`,
};

/** Ten services, each with a real bug, what mends it, and the test that fails before and passes after. */
import { testFile } from './parts.ts';
import type { Files } from './scenario.ts';

export interface Bug {
  readonly service: string;
  /** What the item says. */
  readonly task: string;
  readonly minutes: number;
  readonly source: string;
  readonly wrong: string;
  readonly right: string;
  readonly test: string;
  /** More of the service, there from the start. */
  readonly known?: Files;
}

/** A test of one case that imports these names from its service. */
function regression(names: string, title: string, ...lines: readonly string[]): string {
  return testFile(
    `import { ${names} } from './index.js';`,
    '',
    `test('${title}', () => {`,
    ...lines.map((line) => `  ${line}`),
    '});',
  );
}

/** Takes 35 ms a page: what the example calls a test environment slower than production. */
const slowStorage = `const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function slowStorage() {
  let records = 0;
  return {
    records: () => records,
    async write(page) {
      await pause(35);
      records += page.length;
    },
  };
}
`;

/** Says how far it is, so that the log of a stopped attempt tells where the time went. */
const largeExport = testFile(
  "import { readFileSync } from 'node:fs';",
  "import { exportAll } from './index.js';",
  "import { slowStorage } from './slow-storage.js';",
  '',
  "const { largeExport } = JSON.parse(readFileSync('config/test-data.json', 'utf8'));",
  '',
  "test('test_large_export', async () => {",
  '  const storage = slowStorage();',
  '  console.error(`test_large_export: exporting ${largeExport} records`);',
  '  const news = setInterval(() => console.error(`test_large_export: ${storage.records()} of ${largeExport} records written`), 4000);',
  '  try {',
  '    await exportAll(Array.from({ length: largeExport }, (_, id) => ({ id })), storage);',
  '  } finally {',
  '    clearInterval(news);',
  '  }',
  '  assert.equal(storage.records(), largeExport);',
  '});',
);

export const bugs: readonly Bug[] = [
  {
    service: 'auth',
    task: 'redirect loop on logout',
    minutes: 8,
    source: "export function afterLogout(returnTo) {\n  return returnTo ?? '/';\n}\n",
    wrong: "returnTo ?? '/'",
    right: "returnTo === undefined || returnTo.startsWith('/logout') ? '/' : returnTo",
    test: regression(
      'afterLogout',
      'logging out never leads back to logging out',
      "assert.equal(afterLogout('/logout?next=/logout'), '/');",
      "assert.equal(afterLogout('/cart'), '/cart');",
    ),
  },
  {
    service: 'payment',
    task: 'tax of multi-state orders',
    minutes: 11,
    source:
      'const rates = { CA: 725, NY: 400, OR: 0 };\n\n/** Cents; rates are in hundredths of a percent. */\nexport function taxOf(lines) {\n  return lines.reduce((sum, line) => sum + Math.round((line.cents * rates[lines[0].state]) / 10000), 0);\n}\n',
    wrong: 'rates[lines[0].state]',
    right: 'rates[line.state]',
    test: regression(
      'taxOf',
      'every line is taxed where it goes',
      "assert.equal(taxOf([{ state: 'CA', cents: 10000 }, { state: 'OR', cents: 10000 }]), 725);",
    ),
  },
  {
    service: 'email',
    task: 'special characters in templates',
    minutes: 10,
    source: "export function greet(template, name) {\n  return template.replace('{name}', name);\n}\n",
    wrong: "replace('{name}', name)",
    right: "replace('{name}', () => name)",
    test: regression(
      'greet',
      'a name may hold any character',
      'assert.equal(greet(\'Dear {name},\', "A$&B$\'"), "Dear A$&B$\',");',
    ),
  },
  {
    service: 'search',
    task: 'pages of filtered results',
    minutes: 15,
    source:
      'export function search(rows, wanted, page, size) {\n  return rows.slice(page * size, (page + 1) * size).filter(wanted);\n}\n',
    wrong: 'rows.slice(page * size, (page + 1) * size).filter(wanted)',
    right: 'rows.filter(wanted).slice(page * size, (page + 1) * size)',
    test: regression(
      'search',
      'pages are full while there are results',
      'assert.deepEqual(search([1, 2, 3, 4, 5, 6], (n) => n % 2 === 0, 0, 2), [2, 4]);',
      'assert.deepEqual(search([1, 2, 3, 4, 5, 6], (n) => n % 2 === 0, 1, 2), [6]);',
    ),
  },
  {
    service: 'export',
    task: 'time-out of large exports',
    minutes: 12,
    source:
      'export async function exportAll(records, storage) {\n  for (const record of records) await storage.write([record]);\n}\n',
    wrong: 'for (const record of records) await storage.write([record]);',
    right: 'for (let at = 0; at < records.length; at += 100) await storage.write(records.slice(at, at + 100));',
    test: largeExport,
    known: { 'services/export/slow-storage.js': slowStorage },
  },
  {
    service: 'user',
    task: 'validation of profile images',
    minutes: 7,
    source: "export function isImage(name) {\n  return ['.png', '.jpg'].some((end) => name.includes(end));\n}\n",
    wrong: 'name.includes(end)',
    right: 'name.toLowerCase().endsWith(end)',
    test: regression(
      'isImage',
      'only the end of a name counts',
      "assert.equal(isImage('me.png.exe'), false);",
      "assert.equal(isImage('ME.JPG'), true);",
    ),
  },
  {
    service: 'notification',
    task: 'pushes that arrive twice',
    minutes: 12,
    source:
      'export function createPush(send) {\n  const sent = new Set();\n  return (message) => {\n    if (sent.has(message)) return;\n    sent.add(message);\n    send(message);\n  };\n}\n',
    wrong: 'if (sent.has(message)) return;\n    sent.add(message);',
    right: 'if (sent.has(message.id)) return;\n    sent.add(message.id);',
    test: regression(
      'createPush',
      'the same notification is sent once',
      'let count = 0;',
      'const push = createPush(() => count++);',
      "push({ id: 'n1' });",
      "push({ id: 'n1' });",
      'assert.equal(count, 1);',
    ),
  },
  {
    service: 'analytics',
    task: 'timing of aggregated metrics',
    minutes: 10,
    source:
      '/** The minute that a moment belongs to; both in milliseconds. */\nexport function minuteOf(at) {\n  return Math.round(at / 60000) * 60000;\n}\n',
    wrong: 'Math.round',
    right: 'Math.floor',
    test: regression(
      'minuteOf',
      'a minute lasts until it is over',
      'assert.equal(minuteOf(59999), 0);',
      'assert.equal(minuteOf(60000), 60000);',
    ),
  },
  {
    service: 'billing',
    task: 'pro-rating within a month',
    minutes: 17,
    source:
      '/** Cents for the rest of the month from `day` on. */\nexport function proRated(cents, year, month, day) {\n  const days = 30;\n  return Math.round((cents * (days - day + 1)) / days);\n}\n',
    wrong: 'const days = 30;',
    right: 'const days = new Date(Date.UTC(year, month, 0)).getUTCDate();',
    test: regression(
      'proRated',
      'a month has as many days as it has',
      'assert.equal(proRated(2800, 2026, 2, 15), 1400);',
      'assert.equal(proRated(3100, 2026, 1, 31), 100);',
    ),
  },
  {
    service: 'admin',
    task: 'permission of bulk operations',
    minutes: 14,
    source: 'export function mayChangeAll(user, items) {\n  return items.some((item) => item.owner === user);\n}\n',
    wrong: 'items.some',
    right: 'items.length > 0 && items.every',
    test: regression(
      'mayChangeAll',
      'one item of your own is not enough',
      "assert.equal(mayChangeAll('ada', [{ owner: 'ada' }, { owner: 'bob' }]), false);",
      "assert.equal(mayChangeAll('ada', [{ owner: 'ada' }]), true);",
    ),
  },
];

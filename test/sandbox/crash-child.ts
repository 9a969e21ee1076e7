import { startSandbox } from '../../src/sandbox/server.ts';

const [dir = '', hook = ''] = process.argv.slice(2);
const sandbox = await startSandbox({ dir, webhook: { url: hook, secret: 'hush' } });
await sandbox.createRepository({ owner: 'acme', name: 'shop', seedFrom: { files: { 'README.md': '# Shop\n' } } });
console.log(JSON.stringify({ url: sandbox.url, token: sandbox.userToken('hana', 'write') }));

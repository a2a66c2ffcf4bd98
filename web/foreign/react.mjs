// `@ai-sdk/react`: useChat in a real component, rendered into a document without a browser.
import assert from 'node:assert/strict';
import { Window } from 'happy-dom';

const window = new Window({ url: 'http://127.0.0.1/' });
Object.assign(globalThis, { window, document: window.document });

const { createElement: h } = await import('react');
const { createRoot } = await import('react-dom/client');
const { useChat } = await import('@ai-sdk/react');
const { transport } = await import('./ai.mjs');

let n = 0;

function Chat({ at, init }) {
  at.chat = useChat(init);
  if (at.statuses.at(-1) !== at.chat.status) at.statuses.push(at.chat.status);
  const part = (p, key) => {
    if (p.type === 'text') return h('p', { key }, p.text);
    return p.type === 'data-products' ? h('b', { key }, `${p.data.shown.length} products`) : null;
  };
  return h(
    'ul',
    null,
    at.chat.messages.map((m) => h('li', { key: m.id, 'data-role': m.role }, m.parts.map(part))),
  );
}

/** Renders a chat; `chat` is what the hook returned last. */
async function mount(url, options = {}) {
  const at = { chat: undefined, statuses: [], errors: [], finished: [], data: [] };
  const id = options.id ?? `react-${process.pid}-${++n}`;
  const init = {
    id,
    transport: transport(url, options.key),
    resume: options.resume ?? false,
    messages: options.messages,
    onError: (e) => at.errors.push(e),
    onFinish: (f) => at.finished.push(f),
    onData: (d) => at.data.push(d),
  };
  const div = window.document.createElement('div');
  window.document.body.append(div);
  const root = createRoot(div);
  root.render(h(Chat, { at, init }));
  await until(() => at.chat, 'the first rendering');
  return Object.assign(at, { id, div, end: () => root.unmount() });
}

async function until(fn, what) {
  for (let i = 0; i < 1000; i++) {
    if (fn()) return;
    await new Promise((ok) => setTimeout(ok, 20));
  }
  throw new Error(`waited for: ${what}`);
}

export async function run({ test, shop, slow }) {
  await test('useChat: sends, streams, shows cards and text, becomes ready', async () => {
    const c = await mount(shop);
    await c.chat.sendMessage({ text: 'headphones under $200' });
    await until(() => c.chat.status === 'ready', 'ready');
    assert.deepEqual(c.errors, []);
    await until(() => c.div.querySelector('b'), 'the card on the page');
    assert.deepEqual(
      c.chat.messages.map((m) => m.role),
      ['user', 'assistant'],
    );
    assert.match(c.div.querySelector('b').textContent, /^\d+ products$/);
    assert.ok(c.div.querySelector('li[data-role=assistant] p').textContent.length > 20);
    assert.ok(c.data.some((d) => d.type === 'data-products'));
    assert.equal(c.finished.length, 1);
    await c.chat.sendMessage({ text: 'compare the first two' });
    await until(() => c.chat.status === 'ready' && c.chat.messages.length === 4, 'the second answer');
    assert.ok(c.chat.messages[3].parts.some((p) => p.type === 'data-compare'));
    c.end();
  });

  await test('useChat: regenerate takes the last answer’s place', async () => {
    const c = await mount(shop);
    await c.chat.sendMessage({ text: 'headphones under $200' });
    await until(() => c.chat.status === 'ready', 'ready');
    const old = c.chat.messages[1].id;
    await c.chat.regenerate();
    await until(() => c.chat.status === 'ready' && c.chat.messages[1]?.id !== old, 'another answer');
    assert.equal(c.chat.messages.length, 2);
    c.end();
  });

  await test('useChat: resume follows a turn that another page began', async () => {
    const one = await mount(slow);
    const sending = one.chat.sendMessage({ text: 'slow please' });
    await until(
      () =>
        one.chat.messages
          .at(-1)
          ?.parts.some((p) => p.type === 'text' && p.text !== '' && one.chat.status === 'streaming'),
      'the first words',
    );
    const two = await mount(slow, { id: one.id, resume: true, messages: [one.chat.messages[0]] });
    await until(() => two.chat.status === 'ready' && two.chat.messages.length === 2, 'the resumed answer');
    await sending;
    await until(() => one.chat.status === 'ready', 'the first page');
    assert.deepEqual(
      one.statuses.filter((x) => x !== 'submitted'),
      ['ready', 'streaming', 'ready'],
    );
    assert.deepEqual(two.errors, []);
    const text = (c) =>
      c.chat.messages
        .at(-1)
        .parts.filter((p) => p.type === 'text')
        .map((p) => p.text)
        .join('');
    assert.equal(text(two), text(one));
    one.end();
    two.end();
  });

  await test('useChat: a turn that fails is an error, what was written stays', async () => {
    const c = await mount(slow);
    await c.chat.sendMessage({ text: 'break please' });
    await until(() => c.chat.status === 'error', 'the error');
    assert.equal(c.errors.length, 1);
    assert.ok(c.errors[0].message.length > 10);
    assert.equal(c.chat.messages.length, 2);
    c.end();
  });

  await test('useChat: a refused key is an error', async () => {
    const c = await mount(shop, { key: 'no-such-key' });
    await c.chat.sendMessage({ text: 'hello' });
    await until(() => c.chat.status === 'error', 'the error');
    c.end();
  });
}

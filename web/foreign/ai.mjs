// The package `ai`: DefaultChatTransport sends and resumes, readUIMessageStream reads.
import assert from 'node:assert/strict';
import { DefaultChatTransport, readUIMessageStream } from 'ai';

let n = 0;
const id = (what) => `${what}-${process.pid}-${++n}`;
export const user = (text) => ({ id: id('m'), role: 'user', parts: [{ type: 'text', text }] });
export const transport = (url, key = 'demo-shopper', more = {}) =>
  new DefaultChatTransport({ api: `${url}/api/chat`, headers: { Authorization: `Bearer ${key}` }, ...more });

async function send(t, chatId, messages, more = {}) {
  return t.sendMessages({
    trigger: 'submit-message',
    chatId,
    messageId: undefined,
    messages,
    abortSignal: undefined,
    ...more,
  });
}

/** Every state that a reader of the stream sees, and the chunks behind them. */
async function read(stream) {
  const [one, two] = stream.tee();
  const states = [];
  const chunks = [];
  const errors = [];
  await Promise.all([
    (async () => {
      for await (const m of readUIMessageStream({ stream: one, onError: (e) => errors.push(e) }))
        states.push(structuredClone(m));
    })(),
    (async () => {
      for await (const c of two) chunks.push(c);
    })(),
  ]);
  return { states, chunks, errors, message: states.at(-1) };
}

const textOf = (m) =>
  m.parts
    .filter((p) => p.type === 'text')
    .map((p) => p.text)
    .join('');
const types = (chunks) => chunks.map((c) => c.type);

export async function run({ test, shop, slow }) {
  await test('a photo: sent first, then a file part of the message, and a card of the history', async () => {
    const chat = id('c');
    const headers = { Authorization: 'Bearer demo-shopper' };
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    const sent = await fetch(`${shop}/api/conversations/${chat}/attachments`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'image/png' },
      body: png,
    });
    assert.equal(sent.status, 201);
    const photo = await sent.json();
    const parts = [{ type: 'file', mediaType: photo.type, url: shop + photo.url }];
    const { message, errors } = await read(
      await send(transport(shop), chat, [{ id: id('m'), role: 'user', parts }]),
    );
    assert.deepEqual(errors, []);
    assert.match(textOf(message), /cannot look at photos/);
    const { messages } = await (await fetch(`${shop}/api/conversations/${chat}`, { headers })).json();
    assert.deepEqual(messages[0].cards[0].data, photo);
  });

  await test('a turn: start, steps, a tool, cards before the text, finish', async () => {
    const { message, states, chunks, errors } = await read(
      await send(transport(shop), id('c'), [user('headphones under $200')]),
    );
    assert.deepEqual(errors, []);
    const t = types(chunks);
    assert.equal(t[0], 'start');
    assert.equal(t.at(-1), 'finish');
    assert.equal(chunks.at(-1).finishReason, 'stop');
    const card = message.parts.find((p) => p.type === 'data-products');
    assert.ok(card.data.total > 0 && card.data.shown.length > 0);
    for (const p of card.data.shown)
      assert.ok(p.price.minor < 20000 && p.price.currency === 'USD', `${p.title}: ${p.price.minor}`);
    const tool = message.parts.find((p) => p.type === 'tool-search_products');
    assert.equal(tool.state, 'output-available');
    assert.ok(t.indexOf('data-products') < t.indexOf('text-delta'), 'the card comes before the text');
    const first = states.findIndex((m) => m.parts.some((p) => p.type === 'data-products'));
    assert.equal(textOf(states[first]), '', 'no text yet when the card is there');
    assert.ok(textOf(message).length > 20);
    assert.equal(message.role, 'assistant');
    assert.ok(
      message.id &&
        message.metadata.conversation &&
        message.metadata.ending === 'completed' &&
        message.metadata.rung,
    );
  });

  await test('only the last message is read; a conversation goes on', async () => {
    const c = id('c');
    const one = await read(await send(transport(shop), c, [user('headphones under $200')]));
    const before = one.message.parts.find((p) => p.type === 'data-products').data.shown;
    const two = await read(
      await send(transport(shop), c, [user('ignored'), one.message, user('cheaper ones')]),
    );
    const after = two.message.parts.find((p) => p.type === 'data-products').data.shown;
    const least = Math.min(...before.map((p) => p.price.minor));
    const most = Math.max(...before.map((p) => p.price.minor));
    assert.ok(
      after.length > 0 && after.every((p) => p.price.minor < most),
      `cheaper than ${least}–${most}: ${after.map((p) => p.price.minor)}`,
    );
    assert.equal(new Set(after.map((p) => p.category)).size, 1);
  });

  await test('order, coupon, policy and compare cards', async () => {
    const c = id('c');
    for (const [text, kind] of [
      ['where is my last order?', 'data-order'],
      ['which coupons can I use?', 'data-coupon'],
      ['what is your return policy?', 'data-policy'],
      ['headphones under $200', 'data-products'],
      ['compare the first two', 'data-compare'],
    ]) {
      const { message } = await read(await send(transport(shop), c, [user(text)]));
      assert.ok(
        message.parts.some((p) => p.type === kind),
        `${text}: ${message.parts.map((p) => p.type)}`,
      );
    }
  });

  await test('answered in Chinese', async () => {
    const { message } = await read(await send(transport(shop), id('c'), [user('200元以下的耳机，不要红色')]));
    assert.match(textOf(message), /[\u4e00-\u9fff]/);
    assert.ok(message.parts.some((p) => p.type === 'data-products'));
  });

  await test('the same message id again is the same turn', async () => {
    const c = id('c');
    const m = user('headphones under $200');
    const one = await read(await send(transport(shop), c, [m]));
    const two = await read(await send(transport(shop), c, [m]));
    assert.equal(two.message.id, one.message.id);
    assert.equal(textOf(two.message), textOf(one.message));
  });

  await test('regenerate: another answer, the old one marked replaced', async () => {
    const c = id('c');
    const m = user('headphones under $200');
    const one = await read(await send(transport(shop), c, [m]));
    const two = await read(
      await send(transport(shop), c, [m], { trigger: 'regenerate-message', messageId: one.message.id }),
    );
    assert.notEqual(two.message.id, one.message.id);
    const r = await fetch(`${shop}/api/conversations/${c}`, {
      headers: { Authorization: 'Bearer demo-shopper' },
    });
    const { messages } = await r.json();
    assert.equal(messages.filter((x) => x.role === 'user').length, 1);
    assert.ok(messages.some((x) => x.id === one.message.id && x.replaced));
    assert.ok(messages.some((x) => x.id === two.message.id && !x.replaced));
  });

  await test('nothing runs: resume is null (204)', async () => {
    const c = id('c');
    await read(await send(transport(shop), c, [user('hello')]));
    assert.equal(await transport(shop).reconnectToStream({ chatId: c }), null);
  });

  await test('resume: the running turn from its start, to the same end', async () => {
    const c = id('c');
    const t = transport(slow);
    const first = (await send(t, c, [user('slow please')])).getReader();
    const seen = [];
    while (!seen.includes('text-delta')) seen.push((await first.read()).value.type);
    const again = await t.reconnectToStream({ chatId: c });
    assert.ok(again, 'a running turn can be taken up');
    await first.cancel(); // the first reader leaves; the turn runs on
    const { message, chunks } = await read(again);
    assert.equal(chunks[0].type, 'start');
    assert.equal(chunks.at(-1).type, 'finish');
    assert.equal(textOf(message).trim().split(/\s+/).length > 60, true, textOf(message));
  });

  await test('Last-Event-ID goes on where it stopped', async () => {
    const c = id('c');
    const headers = { Authorization: 'Bearer demo-shopper', 'Content-Type': 'application/json' };
    const whole = await (
      await fetch(`${shop}/api/chat`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ id: c, messages: [user('headphones under $200')], trigger: 'submit-message' }),
      })
    ).text();
    const frames = whole.split('\n\n').filter(Boolean);
    const at = frames.findIndex((f) => f.includes('data-products'));
    const last = /^id: (\d+)$/m.exec(frames[at])[1];
    const rest = await fetch(`${shop}/api/chat/${c}/stream`, {
      headers: { ...headers, 'Last-Event-ID': last },
    });
    assert.equal(rest.status, 200);
    assert.deepEqual((await rest.text()).split('\n\n').filter(Boolean), frames.slice(at + 1));
  });

  await test('busy: 409, and interrupt cancels the running turn first', async () => {
    const c = id('c');
    const t = transport(slow);
    const first = await send(t, c, [user('slow please')]);
    const running = read(first);
    const raw = (more) =>
      fetch(`${slow}/api/chat`, {
        method: 'POST',
        headers: { Authorization: 'Bearer demo-shopper', 'Content-Type': 'application/json' },
        body: JSON.stringify({ id: c, messages: [user('and now?')], trigger: 'submit-message', ...more }),
      });
    const busy = await raw({});
    assert.equal(busy.status, 409);
    assert.match(busy.headers.get('content-type'), /application\/problem\+json/);
    const problem = await busy.json();
    assert.ok(problem.request_id && problem.detail, JSON.stringify(problem));
    await assert.rejects(send(t, c, [user('once more')]), 'the transport throws on 409');
    const second = await raw({ interrupt: true });
    assert.equal(second.status, 200);
    assert.match(await second.text(), /"type":"finish"/);
    const { chunks } = await running;
    assert.equal(chunks.at(-1).type, 'abort');
  });

  await test('stop: abort, and what was written is kept', async () => {
    const c = id('c');
    const running = read(await send(transport(slow), c, [user('slow please')]));
    await new Promise((ok) => setTimeout(ok, 400));
    const headers = { Authorization: 'Bearer demo-shopper' };
    const stopped = await fetch(`${slow}/api/chat/${c}/stop`, { method: 'POST', headers });
    assert.equal(stopped.status, 204);
    const { chunks, message } = await running;
    assert.equal(chunks.at(-1).type, 'abort');
    const { messages } = await (await fetch(`${slow}/api/conversations/${c}`, { headers })).json();
    const kept = messages.at(-1);
    assert.equal(kept.ending, 'cancelled');
    assert.equal(kept.text.trim(), textOf(message).trim());
  });

  for (const [text, type, reason] of [
    ['answer at length', 'finish', 'length'],
    ['trip the filter', 'finish', 'content-filter'],
  ]) {
    await test(`ending: ${reason}`, async () => {
      const { chunks } = await read(await send(transport(slow), id('c'), [user(text)]));
      assert.equal(chunks.at(-1).type, type);
      assert.equal(chunks.at(-1).finishReason, reason);
    });
  }

  await test('a model that breaks off in the middle: error, and no finish', async () => {
    const { chunks } = await read(await send(transport(slow), id('c'), [user('break please')]));
    assert.equal(chunks.at(-1).type, 'error');
    assert.ok(chunks.at(-1).errorText.length > 10);
    assert.ok(!types(chunks).includes('finish'));
  });

  await test('a model’s own call of the shop’s tools', async () => {
    const { message } = await read(await send(transport(slow), id('c'), [user('please search')]));
    assert.ok(message.parts.some((p) => p.type === 'data-products'));
    assert.match(textOf(message), /word/);
  });

  await test('another shopper’s conversation is unknown', async () => {
    const c = id('c');
    await read(await send(transport(shop), c, [user('hello')]));
    const other = transport(shop, 'demo-shopper-2');
    await assert.rejects(send(other, c, [user('hello')]));
    for (const path of [`/api/conversations/${c}`, `/api/chat/${c}/stream`]) {
      const r = await fetch(shop + path, { headers: { Authorization: 'Bearer demo-shopper-2' } });
      assert.equal(r.status, 404, path);
    }
  });

  await test('a wrong key is told in one sentence', async () => {
    await assert.rejects(send(transport(shop, 'no-such-key'), id('c'), [user('hello')]), (e) =>
      /key|token|known/i.test(e.message),
    );
  });
}

// The package `openai`, whole and streamed, and its error classes.
import assert from 'node:assert/strict';
import OpenAI from 'openai';

export const client = (url, apiKey = 'demo-shopper') =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
const ask = (text, more = {}) => ({ model: 'shopper', messages: [{ role: 'user', content: text }], ...more });

async function refused(promise) {
  try {
    await promise;
  } catch (e) {
    return e;
  }
  throw new Error('nothing was refused');
}

/** OpenAI's error object, ours with the id of the request. */
function shaped(e) {
  assert.ok(e instanceof OpenAI.APIError, `${e}`);
  assert.equal(typeof e.error.message, 'string');
  assert.equal(typeof e.error.type, 'string');
  assert.ok('param' in e.error && 'code' in e.error, JSON.stringify(e.error));
  assert.ok(e.error.request_id, 'a request id');
  assert.equal(e.requestID, e.error.request_id, 'the header says the same');
}

export async function run({ test, shop, slow, model }) {
  await test('models: the assistants of the key’s role', async () => {
    const ids = [];
    for await (const m of client(shop).models.list()) ids.push(m.id);
    assert.deepEqual(ids, ['shopper']);
    assert.equal((await client(shop).models.retrieve('shopper')).object, 'model');
  });

  await test('whole: text, cards, usage, how it ended', async () => {
    const r = await client(shop).chat.completions.create(ask('headphones under $200'));
    assert.equal(r.object, 'chat.completion');
    assert.equal(r.choices[0].finish_reason, 'stop');
    assert.ok(r.choices[0].message.content.length > 20);
    const card = r.choices[0].message.shop.cards.find((c) => c.kind === 'products');
    assert.ok(card.data.shown.length > 0 && card.data.shown.every((p) => p.price.minor < 20000));
    assert.equal(r.shop.ending, 'completed');
    assert.ok(r.shop.conversation && r.shop.rung);
    assert.ok(
      r.usage.total_tokens === r.usage.prompt_tokens + r.usage.completion_tokens && r.usage.total_tokens > 0,
    );
  });

  await test('streamed: the same answer, cards before the text, usage when asked for', async () => {
    const stream = await client(shop).chat.completions.create(
      ask('headphones under $200', { stream: true, stream_options: { include_usage: true } }),
    );
    let text = '';
    let finish;
    let usage;
    let end;
    const order = [];
    for await (const c of stream) {
      assert.equal(c.object, 'chat.completion.chunk');
      const d = c.choices[0]?.delta;
      if (d?.shop?.cards) order.push(...d.shop.cards.map((x) => x.kind));
      if (d?.content) {
        text += d.content;
        order.push('text');
      }
      finish = c.choices[0]?.finish_reason ?? finish;
      usage = c.usage ?? usage;
      end = c.shop ?? end;
    }
    assert.equal(order[0], 'products');
    assert.equal(finish, 'stop');
    assert.ok(usage.total_tokens > 0);
    assert.equal(end.ending, 'completed');
    const whole = await client(shop).chat.completions.create(ask('headphones under $200'));
    assert.equal(text, whole.choices[0].message.content);
  });

  await test('the SDK’s own stream helper', async () => {
    const runner = client(shop).chat.completions.stream(ask('hello'));
    const final = await runner.finalChatCompletion();
    assert.equal(final.choices[0].finish_reason, 'stop');
    assert.ok((await runner.finalContent()).length > 5);
  });

  await test('earlier user messages are understood again', async () => {
    const c = client(shop);
    const first = await c.chat.completions.create(ask('headphones under $200'));
    const shown = first.choices[0].message.shop.cards[0].data.shown;
    const messages = [
      { role: 'user', content: 'headphones under $200' },
      { role: 'assistant', content: first.choices[0].message.content },
      { role: 'user', content: 'cheaper ones' },
    ];
    const again = await c.chat.completions.create({ model: 'shopper', messages });
    const cheaper = again.choices[0].message.shop.cards.find((x) => x.kind === 'products').data.shown;
    const most = Math.max(...shown.map((p) => p.price.minor));
    assert.ok(
      cheaper.length > 0 && cheaper.every((p) => p.price.minor < most && p.category === shown[0].category),
    );
    const stored = await c.chat.completions.create(
      ask('cheaper ones', { metadata: { conversation: first.shop.conversation } }),
    );
    assert.equal(stored.shop.conversation, first.shop.conversation);
    assert.ok(stored.choices[0].message.shop.cards.some((x) => x.kind === 'products'));
  });

  await test('endings: length and content_filter, whole and streamed', async () => {
    for (const [text, reason, ending] of [
      ['answer at length', 'length', 'truncated'],
      ['trip the filter', 'content_filter', 'refused'],
    ]) {
      const r = await client(slow).chat.completions.create(ask(text));
      assert.deepEqual([r.choices[0].finish_reason, r.shop.ending], [reason, ending]);
      let finish;
      let end;
      for await (const c of await client(slow).chat.completions.create(ask(text, { stream: true }))) {
        finish = c.choices[0]?.finish_reason ?? finish;
        end = c.shop ?? end;
      }
      assert.deepEqual([finish, end.ending], [reason, ending]);
    }
  });

  await test('failed: an error, whole and streamed', async () => {
    const whole = await refused(client(slow).chat.completions.create(ask('break please')));
    assert.ok([502, 503, 504].includes(whole.status), `${whole.status}`);
    shaped(whole);
    const streamed = await refused(
      (async () => {
        for await (const _ of await client(slow).chat.completions.create(
          ask('break please', { stream: true }),
        ));
      })(),
    );
    assert.ok(streamed instanceof OpenAI.APIError);
    assert.equal(typeof streamed.error.message, 'string');
  });

  await test('cancelled by the client: the model behind is left too', async () => {
    const stream = await client(slow).chat.completions.create(ask('slow please', { stream: true }));
    const before = model.seen.left;
    let n = 0;
    for await (const c of stream) {
      if (c.choices[0]?.delta?.content && ++n === 3) stream.controller.abort();
    }
    assert.ok(n >= 3);
    for (let i = 0; i < 200 && model.seen.left === before; i++) await new Promise((ok) => setTimeout(ok, 25));
    assert.equal(model.seen.left, before + 1);
  });

  await test('errors are OpenAI’s objects', async () => {
    const c = client(shop);
    const key = await refused(client(shop, 'no-such-key').chat.completions.create(ask('hello')));
    assert.ok(key instanceof OpenAI.AuthenticationError);
    shaped(key);
    const model = await refused(
      c.chat.completions.create({ model: 'merchant', messages: [{ role: 'user', content: 'x' }] }),
    );
    assert.ok(model instanceof OpenAI.NotFoundError);
    assert.equal(model.code, 'model_not_found');
    shaped(model);
    const tools = await refused(
      c.chat.completions.create(
        ask('hello', {
          tools: [
            { type: 'function', function: { name: 'x', parameters: { type: 'object', properties: {} } } },
          ],
        }),
      ),
    );
    assert.ok(tools instanceof OpenAI.BadRequestError);
    assert.deepEqual([tools.code, tools.param], ['unsupported_parameter', 'tools']);
    shaped(tools);
    const none = await refused(c.chat.completions.create({ model: 'shopper', messages: [] }));
    assert.ok(none instanceof OpenAI.BadRequestError);
    shaped(none);
    const user = await refused(c.chat.completions.create(ask('hello', { user: 'somebody' })));
    assert.ok(user instanceof OpenAI.BadRequestError);
    assert.equal(user.param, 'user');
  });

  await test('an app key names the shopper, and the conversation is theirs', async () => {
    const app = client(shop, 'demo-app');
    const r = await app.chat.completions.create(ask('hello', { user: `someone-${process.pid}` }));
    const other = await refused(
      app.chat.completions.create(
        ask('hello', { user: 'other', metadata: { conversation: r.shop.conversation } }),
      ),
    );
    assert.equal(other.status, 404);
    const again = await app.chat.completions.create(
      ask('thanks', { user: `someone-${process.pid}`, metadata: { conversation: r.shop.conversation } }),
    );
    assert.equal(again.shop.conversation, r.shop.conversation);
  });
}

// `@ai-sdk/openai-compatible`: generateText and streamText over the assistant as a model.
import assert from 'node:assert/strict';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, streamText } from 'ai';

const provider = (url, apiKey = 'demo-shopper') =>
  createOpenAICompatible({ name: 'shopkeeper', baseURL: `${url}/v1`, apiKey, includeUsage: true });

export async function run({ test, shop, slow }) {
  await test('generateText', async () => {
    const r = await generateText({
      model: provider(shop)('shopper'),
      prompt: 'headphones under $200',
      maxRetries: 0,
      include: { responseBody: true },
    });
    assert.ok(r.text.length > 20);
    assert.equal(r.finishReason, 'stop');
    assert.ok(r.usage.totalTokens > 0);
    const cards = r.response.body.choices[0].message.shop.cards;
    assert.ok(
      cards.some((c) => c.kind === 'products'),
      'the raw body holds the cards',
    );
  });

  await test('streamText: the same text in pieces', async () => {
    const errors = [];
    const r = streamText({
      model: provider(shop)('shopper'),
      prompt: 'headphones under $200',
      maxRetries: 0,
      includeRawChunks: true,
      onError: (e) => errors.push(e),
    });
    let text = '';
    let pieces = 0;
    let cards = 0;
    for await (const p of r.fullStream ?? r.stream) {
      if (p.type === 'text-delta') {
        text += p.text;
        pieces++;
      }
      if (p.type === 'raw') cards += p.rawValue?.choices?.[0]?.delta?.shop?.cards?.length ?? 0;
    }
    assert.deepEqual(errors, []);
    assert.ok(pieces > 1 && cards > 0, `${pieces} pieces, ${cards} cards`);
    assert.equal(await r.finishReason, 'stop');
    assert.ok((await r.usage).totalTokens > 0);
    const whole = await generateText({
      model: provider(shop)('shopper'),
      prompt: 'headphones under $200',
      maxRetries: 0,
    });
    assert.equal(text, whole.text);
  });

  await test('a conversation by messages', async () => {
    const r = await generateText({
      model: provider(shop)('shopper'),
      messages: [
        { role: 'user', content: 'headphones under $200' },
        { role: 'assistant', content: 'Here are some.' },
        { role: 'user', content: 'cheaper ones' },
      ],
      maxRetries: 0,
      include: { responseBody: true },
    });
    assert.ok(r.response.body.choices[0].message.shop.cards.some((c) => c.kind === 'products'));
  });

  await test('endings and errors', async () => {
    const cut = await generateText({
      model: provider(slow)('shopper'),
      prompt: 'answer at length',
      maxRetries: 0,
    });
    assert.equal(cut.finishReason, 'length');
    const key = await generateText({
      model: provider(shop, 'no-such-key')('shopper'),
      prompt: 'hello',
      maxRetries: 0,
    }).catch((e) => e);
    assert.equal(key.statusCode, 401);
    assert.ok(key.message.length > 10 && JSON.parse(key.responseBody).error.request_id);
    const errors = [];
    const r = streamText({
      model: provider(slow)('shopper'),
      prompt: 'break please',
      maxRetries: 0,
      onError: (e) => errors.push(e.error),
    });
    await r.consumeStream();
    assert.ok(errors.length > 0, 'a turn that failed is an error');
  });
}

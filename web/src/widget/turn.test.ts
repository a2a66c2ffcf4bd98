import { expect, test } from 'vitest';
import { type Answer, apply, cardCount, fromHistory, parsePart, plainText } from './turn';

const empty = (): Answer => ({ role: 'assistant', id: 'new', parts: [] });
const after = (...parts: Parameters<typeof apply>[1][]): Answer => {
  const a = empty();
  for (const p of parts) apply(a, p);
  return a;
};

test('what is no part of the wire is no part', () => {
  for (const bad of ['', '[DONE]', '{', 'null', '[]', '3', '"x"', '{"type":4}'])
    expect(parsePart(bad)).toBeUndefined();
  expect(parsePart('{"type":"start"}')).toEqual({ type: 'start' });
});

test('text, steps and cards stand in the order in which they came', () => {
  const a = after(
    { type: 'start', messageId: 'm1' },
    { type: 'tool-input-available', toolCallId: 't', toolName: 'search_products', input: { query: 'lamps' } },
    { type: 'data-products', id: 'c', data: { total: 2, shown: [{ id: 'a' }, { id: 'b' }] } },
    { type: 'tool-output-available', toolCallId: 't', output: { line: 'Searched 2 products' } },
    { type: 'text-start', id: 'x' },
    { type: 'text-delta', id: 'x', delta: 'Two ' },
    { type: 'text-delta', id: 'x', delta: 'lamps.' },
    { type: 'finish', finishReason: 'stop' },
  );
  expect(a.id).toBe('m1');
  expect(a.parts.map((p) => p.type)).toEqual(['work', 'card', 'text']);
  expect(a.parts[0]).toEqual({
    type: 'work',
    id: 't',
    tool: 'search_products',
    query: 'lamps',
    line: 'Searched 2 products',
    state: 'done',
  });
  expect(plainText(a)).toBe('Two lamps.');
  expect(cardCount(a)).toBe(2);
  expect(a.ending).toBe('completed');
});

test('parts told twice change nothing', () => {
  const parts = [
    { type: 'start', messageId: 'm1' },
    { type: 'tool-input-available', toolCallId: 't', toolName: 'find_coupons' },
    { type: 'data-coupon', id: 'c1', data: { title: 'a' } },
    { type: 'data-notice', id: 'n', data: { text: 'on a lower rung' } },
    { type: 'tool-output-available', toolCallId: 't', output: { line: 'x' } },
  ];
  expect(after(...parts, ...parts)).toEqual(after(...parts));
});

test('a stream taken up in the middle of a text goes on with it', () => {
  expect(plainText(after({ type: 'text-delta', id: 'text-1', delta: 'the rest' }))).toBe('the rest');
});

test('a failed step says so in the words of the server', () => {
  const a = after(
    { type: 'tool-input-available', toolCallId: 't', toolName: 'order_status' },
    { type: 'tool-output-error', toolCallId: 't', errorText: 'The orders cannot be reached.' },
  );
  expect(a.parts).toEqual([
    { type: 'work', id: 't', tool: 'order_status', state: 'failed', line: 'The orders cannot be reached.' },
  ]);
});

test.each([
  [{ type: 'finish', finishReason: 'stop' }, 'completed'],
  [{ type: 'finish', finishReason: 'length' }, 'truncated'],
  [{ type: 'finish', finishReason: 'content-filter' }, 'refused'],
  [{ type: 'finish' }, 'completed'],
  [{ type: 'abort' }, 'cancelled'],
  [{ type: 'error', errorText: 'why' }, 'failed'],
])('%o ends as %s', (part, ending) => {
  expect(after(part).ending).toBe(ending);
});

test('the first ending counts', () => {
  const a = after({ type: 'error', errorText: 'why' }, { type: 'finish', finishReason: 'stop' });
  expect(a.ending).toBe('failed');
  expect(a.error).toBe('why');
});

test('what this version does not know, and data of a wrong form, leave no mark and do no harm', () => {
  const a = after(
    { type: 'data-quote', id: 'p', data: {} },
    { type: 'data-hologram', data: [] },
    { type: 'reasoning-delta', delta: 'hm' },
    { type: 'text-delta', delta: 7 } as never,
    { type: 'data-notice', data: 'no object' },
    { type: 'tool-input-available' },
  );
  expect(a.parts.filter((p) => p.type === 'card' || p.type === 'notice')).toEqual([]);
  expect(plainText(a)).toBe('');
});

test('history: one answer a turn, replaced ones out, the last message is what feedback names', () => {
  const ms = fromHistory([
    { id: 'u1', role: 'user', text: 'lamps' },
    { id: 'b0', role: 'assistant', text: 'old', turn: '1', replaced: true },
    {
      id: 'b1',
      role: 'assistant',
      text: 'Looking.',
      turn: '2',
      calls: [{ id: 't', name: 'search_products' }],
    },
    {
      id: 't1',
      role: 'tool',
      call_id: 't',
      turn: '2',
      cards: [{ kind: 'products', id: 'c', data: { shown: [] } }],
    },
    { id: 'b2', role: 'assistant', text: 'Here.', turn: '2', ending: 'truncated', rung: 'rules' },
    { id: 's', role: 'system', text: 'hidden' },
    { id: 'u2', role: 'user', text: 'thanks' },
    { id: 'b3', role: 'assistant', text: 'Gladly.', turn: '3' },
  ]);
  expect(ms.map((m) => m.role)).toEqual(['user', 'assistant', 'user', 'assistant']);
  const a = ms[1] as Answer;
  expect(a.id).toBe('b2');
  expect(a.parts.map((p) => p.type)).toEqual(['text', 'card', 'text']);
  expect(a.ending).toBe('truncated');
  expect(a.rung).toBe('rules');
  expect((ms[3] as Answer).ending).toBe('completed');
});

test('history: photos stand with the message that they came with', () => {
  const photo = { id: 'p', type: 'image/png', width: 4, height: 3, size: 9, url: '/api/attachments/p' };
  const ms = fromHistory([
    { id: 'u1', role: 'user', cards: [{ kind: 'attachment', id: 'p', data: photo }] },
    { id: 'u2', role: 'user', text: 'no photo' },
  ]);
  expect(ms).toEqual([
    { role: 'user', id: 'u1', text: '', state: 'sent', photos: [photo] },
    { role: 'user', id: 'u2', text: 'no photo', state: 'sent' },
  ]);
});

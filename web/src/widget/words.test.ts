import { expect, test } from 'vitest';
import type { Condition } from '../shared/cards';
import { steps } from './cards/order';
import { quickReplies } from './quick';
import { filterWords, withoutFilter } from './refine';
import { serverOf } from './server';
import { type Answer, type CardPart, parsePart } from './turn';
import { speak } from './ui';
import { groups } from './view/answer';

const usd = (minor: number) => ({ minor, currency: 'USD' });

test.each<[Condition, string, string, string]>([
  [{ field: 'price', op: 'lt', value: usd(8000) }, 'under $80', '低于 $80', 'Any price is fine'],
  [{ field: 'price', op: 'gte', value: usd(8050) }, 'from $80.50', '$80.50 起', 'Any price is fine'],
  [{ field: 'color', op: 'ne', value: 'red' }, 'not red', '不要红色', 'red is fine too'],
  [{ field: 'brand', op: 'in', value: ['HP', 'Dell'] }, 'HP or Dell', 'HP或Dell', 'Any brand is fine'],
  [
    { field: 'memory', op: 'gte', value: 16, unit: 'GB' },
    'memory from 16 GB',
    '内存 16 GB 起',
    'Any memory is fine',
  ],
  [{ field: 'screen', op: 'eq', value: 15, unit: '"' }, '15"', '15"', 'Any screen is fine'],
  [{ field: 'stock', op: 'gt', value: 0 }, 'in stock', '有货', 'Also show what is out of stock'],
  [
    { field: 'noise_level', op: 'lte', value: 40, unit: 'dB' },
    'noise level up to 40 dB',
    'noise level 不超过 40 dB',
    'Any noise level is fine',
  ],
])('%o reads', (c, en, zh, without) => {
  expect(filterWords(speak('en'), c)).toBe(en);
  expect(filterWords(speak('zh-CN'), c)).toBe(zh);
  expect(withoutFilter(speak('en'), c)).toBe(without);
});

const answer = (...cards: [string, unknown][]): Answer => ({
  role: 'assistant',
  id: 'a',
  parts: cards.map(([kind, data], i): CardPart => ({ type: 'card', kind, id: `${i}`, data })),
});

test('what may be said next follows from the cards', () => {
  expect(quickReplies(answer())).toEqual([]);
  expect(quickReplies(answer(['products', { shown: [{}, {}] }]))).toContain('quick.compare');
  expect(quickReplies(answer(['products', { shown: [{}] }]))).not.toContain('quick.compare');
  expect(quickReplies(answer(['products', { shown: [] }]))).toEqual([]);
  expect(quickReplies(answer(['order', { status: 'shipped' }]))).toEqual(['quick.order.late']);
  expect(quickReplies(answer(['coupon', { applies: false }], ['coupon', { applies: true }]))).toEqual([
    'quick.coupon.use',
  ]);
  expect(quickReplies(answer(['products', { shown: [{}, {}] }], ['product', {}])).length).toBeLessThan(5);
});

test('the newest event of an order comes first, and before it what is still to come', () => {
  const ui = { ...speak('zh-CN'), now: new Date('2026-11-24T12:00:00Z') };
  const order = {
    id: '1',
    status: 'shipped',
    placed: '2026-11-20T10:00:00Z',
    items: [],
    total: usd(1),
    shipments: [],
    actions: [],
  };
  const s = {
    carrier: 'c',
    tracking: 't',
    state: 'in_transit',
    expected: '2026-11-25T12:00:00Z',
    events: [
      { at: '2026-11-21T10:00:00Z', text: 'Label', text_zh: '运单' },
      { at: '2026-11-22T10:00:00Z', text: 'Sorted', place: 'Reno' },
    ],
  };
  expect(steps(ui, order, s).map((x) => x.text)).toEqual(['预计明天送达', 'Sorted', '运单', '已下单']);
  expect(steps(ui, order, s)[0]!.next).toBe(true);
  expect(steps(ui, order, { ...s, state: 'delivered' })[0]!.next).toBeUndefined();
  expect(steps(ui, { ...order, status: 'cancelled' }, undefined)).toHaveLength(1);
});

test('neighbours of one kind stand together, blank text does not part them', () => {
  const a = answer(['coupon', {}], ['coupon', {}], ['policy', {}]);
  a.parts.splice(1, 0, { type: 'text', id: 't', text: ' \n' });
  expect(groups(a.parts).map((g) => [g.kind, g.parts.length])).toEqual([
    ['coupon', 2],
    ['policy', 1],
  ]);
});

test('where the server is', () => {
  const script = 'https://cdn.shop.example/widget.js';
  const page = 'https://www.shop.example/a';
  expect(serverOf('', script, page)).toBe('https://cdn.shop.example');
  expect(serverOf('chat.example', script, page)).toBe('https://chat.example');
  expect(serverOf('https://chat.example/x/', script, page)).toBe('https://chat.example');
  expect(serverOf('chat.example:8443', script, 'http://page.example/')).toBe('https://chat.example:8443');
  expect(serverOf('127.0.0.1:8080', script, 'http://localhost/')).toBe('http://127.0.0.1:8080');
  expect(serverOf('127.0.0.1:8080', script, page)).toBe('https://127.0.0.1:8080');
});

test('random bytes are no part and throw nothing', () => {
  let seed = 7;
  const next = () => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed;
  };
  for (let i = 0; i < 2000; i++) {
    const s = Array.from({ length: next() % 20 }, () => String.fromCharCode(next() % 256)).join('');
    expect(() => parsePart(s)).not.toThrow();
  }
});

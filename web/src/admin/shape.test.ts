import { expect, test } from 'vitest';
import type { Point, Span } from './api';
import { change, compact, csv, depth, nano, ordered, pieces, resting, share, span, steps } from './shape';

const point = (requests: number): Point => ({ at: '', requests, failed: 0, tokens: 0, cost_nano: 0 });

test('numbers as people read them', () => {
  expect(compact(1234, 'en')).toBe('1.2K');
  expect(compact(34_000, 'zh-CN')).toBe('3.4万');
  expect(nano(0, 'USD', 'en')).toBe('$0.00');
  expect(nano(1_234_500_000_000, 'USD', 'en')).toBe('$1,234.50');
  expect(nano(12_345_678, 'USD', 'en')).toBe('$0.012');
  expect(nano(42, 'USD', 'en')).toBe('$0.000000042');
  expect(nano(5e9, 'nonsense', 'en')).toBe('5.00 nonsense');
  expect([span(4.25, 'en'), span(850.4, 'en'), span(1234, 'en'), span(90_000, 'en')]).toEqual([
    '4.3 ms',
    '850 ms',
    '1.2 sec',
    '1.5 min',
  ]);
});

test('the newer half against the older one', () => {
  const of = (p: Point): number => p.requests;
  expect(change([1, 1, 2, 2].map(point), of)).toBe(1);
  expect(change([2, 2, 9, 1, 1].map(point), of)).toBe(-0.5);
  expect(change([0, 0, 5, 5].map(point), of)).toBeUndefined();
  expect(change([], of)).toBeUndefined();
});

test('axes begin at nought and reach the largest value', () => {
  expect(steps(0)).toEqual([0, 1]);
  expect(steps(7)).toEqual([0, 2, 4, 6, 8]);
  expect(steps(0.3)).toEqual([0, 0.1, 0.2, 0.3]);
  for (const max of [1, 3, 9, 10, 99, 1234, 5e6]) {
    const s = steps(max);
    expect(s[0]).toBe(0);
    expect(s.at(-1)!).toBeGreaterThanOrEqual(max);
    expect(s.length).toBeLessThan(8);
  }
});

test('a line breaks where nothing was measured', () => {
  expect(pieces([1, undefined, 2, 3])).toEqual([
    [[0, 1]],
    [
      [2, 2],
      [3, 3],
    ],
  ]);
  expect(pieces([undefined])).toEqual([]);
});

test('csv', () => {
  expect(
    csv(
      ['a', 'b'],
      [
        ['x,"y"', 1],
        ['=1+1', undefined],
      ],
    ),
  ).toBe('a,b\r\n"x,""y""",1\r\n\'=1+1,\r\n');
});

test('hops stand behind what they belong to, whatever their order and however broken', () => {
  const s = (start_ms: number, parent?: number): Span => ({
    name: `${start_ms}`,
    kind: 'tool',
    start_ms,
    duration_ms: 1,
    status: 'ok',
    ...(parent === undefined ? {} : { parent }),
  });
  const spans = [s(0), s(10, 0), s(5, 0), s(11, 1), s(6, 2)];
  expect(ordered(spans)).toEqual([0, 2, 4, 1, 3]);
  expect(spans.map((_, i) => depth(spans, i))).toEqual([0, 1, 1, 2, 2]);
  expect(ordered([s(0, 7), s(1, 1)])).toEqual([0, 1]);
});

test('targets that rest are counted once', () => {
  const t = (name: string, state: 'ready' | 'cooling') => ({
    name,
    state,
    in_flight: 0,
    queued: 0,
    keys: [],
  });
  expect(
    resting([
      { name: 'a', rungs: [{ targets: [t('x', 'cooling'), t('y', 'ready')] }] },
      { name: 'b', rungs: [{ targets: [t('x', 'cooling')] }] },
    ]),
  ).toBe(1);
});

test('bars are by money, and by requests where nothing cost any', () => {
  const row = (cost_nano: number, requests: number) => ({
    name: '',
    requests,
    failed: 0,
    input: 0,
    cached: 0,
    output: 0,
    reasoning: 0,
    cost_nano,
  });
  const paid = [row(10, 1), row(5, 9)];
  expect(paid.map((r) => share(r, paid))).toEqual([1, 0.5]);
  const free = [row(0, 4), row(0, 2)];
  expect(free.map((r) => share(r, free))).toEqual([1, 0.5]);
});

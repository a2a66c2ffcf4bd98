import { expect, test } from 'vitest';
import { diff } from './diff';
import { idOf, local, standing } from './knowledge';
import en from './knowledge-en.json';
import zh from './knowledge-zh-CN.json';
import { inserted, slashed } from './macros';

test('both languages have the same words, with the same gaps', () => {
  const gaps = (s: string) => [...new Set(s.match(/\{\w+\}/g) ?? [])].sort();
  expect(Object.keys(zh)).toEqual(Object.keys(en));
  for (const [k, v] of Object.entries(en)) expect([k, gaps(zh[k as keyof typeof zh])]).toEqual([k, gaps(v)]);
});

test('what changed, line by line', () => {
  const told = (a: string, b: string) => diff(a, b).map((l) => l.sign + l.text);
  expect(told('a\nb\nc', 'a\nx\nc\nd')).toEqual([' a', '-b', '+x', ' c', '+d']);
  expect(told('', 'a')).toEqual(['-', '+a']);
  expect(told('a', 'a')).toEqual([' a']);
  expect(told('a\nb', 'b\na')).toEqual(['-a', ' b', '+a']);
  const long = Array.from({ length: 2001 }, (_, i) => `${i}`).join('\n');
  expect(diff(long, `${long}\nx`).length).toBe(4003);
});

test('a slash that begins a word opens the menu', () => {
  const query = (text: string) => slashed(text, text.length)?.query;
  expect(query('/')).toBe('');
  expect(query('/ref')).toBe('ref');
  expect(query('Hello\n/退')).toBe('退');
  expect(query('and/or')).toBeUndefined();
  expect(query('https://x')).toBeUndefined();
  expect(query('/ref und')).toBeUndefined();
  expect(query('')).toBeUndefined();
  expect(slashed('Hi /re there', 6)).toEqual({ from: 3, query: 're' });
});

test('a macro takes the place of what was typed, its first gap is selected', () => {
  expect(inserted('Hi /re there', 3, 6, 'Refund soon.')).toEqual({
    text: 'Hi Refund soon. there',
    select: [15, 15],
  });
  expect(inserted('/x', 0, 2, 'Order {order}, {customer}')).toEqual({
    text: 'Order {order}, {customer}',
    select: [6, 13],
  });
});

test('an id of a title', () => {
  expect(idOf('en', 'How to return (fast)!')).toBe('en-how-to-return-fast');
  expect(idOf('zh', '退货 步骤')).toBe('zh-退货-步骤');
  expect(idOf('', '?')).toBe('');
});

test('a date as the field shows it is the same moment', () => {
  expect(local(undefined)).toBe('');
  expect(new Date(local('2026-06-01T07:05:00Z')).toISOString()).toBe('2026-06-01T07:05:00.000Z');
});

test('how a version stands', () => {
  const now = Date.parse('2026-06-01T00:00:00Z');
  const at = (state: 'draft' | 'published' | 'withdrawn', effective?: string, ends?: string, force = false) =>
    standing({ state, force, ...(effective ? { effective } : {}), ...(ends ? { ends } : {}) }, now);
  expect(at('draft', '2027-01-01T00:00:00Z')).toBe('draft');
  expect(at('withdrawn')).toBe('withdrawn');
  expect(at('published', '2026-01-01T00:00:00Z', undefined, true)).toBe('force');
  expect(at('published', '2027-01-01T00:00:00Z')).toBe('later');
  expect(at('published', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z')).toBe('ended');
  expect(at('published', '2026-01-01T00:00:00Z')).toBe('replaced');
});

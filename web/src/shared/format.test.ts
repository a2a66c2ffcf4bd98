import { expect, test } from 'vitest';
import { dateWords, daysAway, discount, exponent, money, rating } from './format';

test.each([
  [{ minor: 129900, currency: 'USD' }, 'en', false, '$1,299.00'],
  [{ minor: 8000, currency: 'USD' }, 'en', true, '$80'],
  [{ minor: 8050, currency: 'USD' }, 'en', true, '$80.50'],
  [{ minor: 129900, currency: 'USD' }, 'zh-CN', false, '$1,299.00'],
  [{ minor: 1299, currency: 'JPY' }, 'en', false, '¥1,299'],
  [{ minor: -500, currency: 'USD' }, 'en', false, '-$5.00'],
  [{ minor: 5, currency: 'nonsense' }, 'en', false, '0.05 nonsense'],
] as const)('%o in %s', (m, lang, brief, want) => {
  expect(money(m, lang, brief)).toBe(want);
});

test('decimals follow ISO 4217', () => {
  expect([exponent('USD'), exponent('JPY'), exponent('KWD')]).toEqual([2, 0, 3]);
});

test('a discount is a whole percent, and only of a price that fell', () => {
  const usd = (minor: number) => ({ minor, currency: 'USD' });
  expect(discount(usd(7500), usd(10000))).toBe(25);
  expect(discount(usd(9999), usd(10000))).toBe(0);
  expect(discount(usd(10000), usd(7500))).toBe(0);
  expect(discount(usd(1), { minor: 100, currency: 'EUR' })).toBe(0);
  expect(discount(undefined, usd(1))).toBe(0);
});

test('dates in words', () => {
  const now = new Date(2026, 10, 24, 23, 30);
  const at = (d: number, h = 8) => new Date(2026, 10, 24 + d, h).toISOString();
  expect(dateWords(at(0, 0), 'en', now)).toBe('today');
  expect(dateWords(at(1, 1), 'en', now)).toBe('tomorrow');
  expect(dateWords(at(-1), 'zh-CN', now)).toBe('昨天');
  expect(dateWords(at(3), 'en', now)).toBe('Friday');
  expect(dateWords(at(-3), 'en', now)).toMatch(/^Sat,? 21 Nov$/); // data of languages differ by version
  expect(dateWords(new Date(2025, 0, 2).toISOString(), 'en', now)).toBe('2 Jan 2025');
  expect(dateWords('no date', 'en', now)).toBe('');
  expect(daysAway(new Date(2026, 10, 25, 0, 1), now)).toBe(1);
});

test('ratings have one decimal', () => {
  expect(rating(4, 'en')).toBe('4.0');
  expect(rating(4.25, 'en')).toMatch(/^4\.[23]$/);
});

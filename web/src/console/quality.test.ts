import { expect, test } from 'vitest';
import { type Day, lasted, plusDays, type Share, stretches } from './quality';
import en from './quality-en.json';
import zh from './quality-zh-CN.json';
import reviewEn from './review-en.json';
import reviewZh from './review-zh-CN.json';

test('both languages have the same words, with the same gaps', () => {
  const gaps = (s: string) => [...new Set(s.match(/\{\w+\}/g) ?? [])].sort();
  const pairs: Record<string, string>[][] = [
    [en, zh],
    [reviewEn, reviewZh],
  ];
  for (const [one, other] of pairs) {
    expect(Object.keys(other!)).toEqual(Object.keys(one!));
    for (const [k, v] of Object.entries(one!)) expect([k, gaps(other![k]!)]).toEqual([k, gaps(v)]);
  }
});

const share = (n: number, of: number): Share => ({ n, of, share: of ? n / of : null, small: of < 20 });
const day = (i: number, more: Partial<Day> = {}): Day => ({
  day: plusDays('2026-02-27', i),
  assistant: 2,
  people: 1,
  reviewed: share(0, 0),
  confirmed: share(1, 2),
  assumed: share(1, 1),
  ratings: 0,
  stars: null,
  ...more,
});

test('days stand for themselves, many of them by weeks', () => {
  const few = stretches([day(0), day(1, { ratings: 2, stars: 4.5 })]);
  expect(few.map((s) => [s.day, s.to, s.assistant, s.stars])).toEqual([
    ['2026-02-27', '2026-02-27', 2, undefined],
    ['2026-02-28', '2026-02-28', 2, 4.5],
  ]);
  const many = stretches(
    Array.from({ length: 64 }, (_, i) =>
      day(i, i === 0 ? { ratings: 1, stars: 5 } : i === 3 ? { ratings: 3, stars: 1 } : {}),
    ),
  );
  expect(many.length).toBe(10);
  expect([many[0]!.day, many[0]!.to, many[0]!.assistant, many[0]!.confirmed, many[0]!.stars]).toEqual([
    '2026-02-27',
    '2026-03-05',
    14,
    [7, 14],
    2,
  ]);
  expect([many[9]!.day, many[9]!.to, many[9]!.people]).toEqual(['2026-05-01', '2026-05-01', 1]);
  expect(stretches([])).toEqual([]);
});

test('days are counted without a zone', () => {
  expect(plusDays('2026-03-01', -1)).toBe('2026-02-28');
  expect(plusDays('2026-12-31', 1)).toBe('2027-01-01');
});

test('times are told as short as they may be', () => {
  const told = (s: number) => lasted(s, (unit, n) => `${n}${unit}`);
  expect([0.2, 59, 60, 90, 720, 3599, 5400, 47 * 3600, 72 * 3600].map(told)).toEqual([
    '0.2s',
    '59s',
    '1m',
    '1.5m',
    '12m',
    '60m',
    '1.5h',
    '47h',
    '3d',
  ]);
});

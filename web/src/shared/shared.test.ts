import { expect, test } from 'vitest';
import adminEn from '../admin/i18n/en.json';
import adminZh from '../admin/i18n/zh-CN.json';
import frontEn from '../storefront/i18n/en.json';
import frontZh from '../storefront/i18n/zh-CN.json';
import widgetEn from '../widget/i18n/en.json';
import widgetZh from '../widget/i18n/zh-CN.json';
import { langOf, pickLang, translator } from './i18n';
import sharedEn from './i18n/en.json';
import sharedZh from './i18n/zh-CN.json';
import { safeURL } from './url';
import { Vault } from './vault';

const holes = (s: string): string[] => [...new Set(s.match(/\{\w+\}/g) ?? [])].sort();

test.each([
  ['shared', sharedEn, sharedZh],
  ['widget', widgetEn, widgetZh],
  ['storefront', frontEn, frontZh],
  ['admin', adminEn, adminZh],
])('%s: both languages say the same things with the same holes', (_, en, zh) => {
  expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
  for (const [k, v] of Object.entries(en)) {
    const other = (zh as Record<string, string>)[k]!;
    expect(other.trim(), k).not.toBe('');
    if (k !== 'price.was') expect(holes(other), k).toEqual(holes(v));
  }
});

test('plurals and holes', () => {
  const t = translator('en', { a: '{n} thing|{n} things', b: 'by {who}', c: 'x {missing}' });
  expect([t('a', { n: 1 }), t('a', { n: 1200 }), t('b', { who: '{n}' }), t('c')]).toEqual([
    '1 thing',
    '1,200 things',
    'by {n}',
    'x {missing}',
  ]);
});

test('languages', () => {
  expect(['zh', 'zh-TW', 'ZH_cn', 'en-GB', 'de', '', null].map(langOf)).toEqual([
    'zh-CN',
    'zh-CN',
    'zh-CN',
    'en',
    undefined,
    undefined,
    undefined,
  ]);
  expect(pickLang('de', null, 'zh-HK')).toBe('zh-CN');
  expect(pickLang('de')).toBe('en');
});

test('addresses are http or https', () => {
  const base = 'https://shop.example';
  expect(safeURL('/img/a.svg', base)).toBe('https://shop.example/img/a.svg');
  expect(safeURL('http://x.example/a', base)).toBe('http://x.example/a');
  for (const bad of ['javascript:alert(1)', 'data:text/html,x', 'http://[', '', null, undefined]) {
    expect(safeURL(bad, base)).toBeUndefined();
  }
});

test('a browser that forbids storage forgets with the page', () => {
  const v = new Vault('x', () => {
    throw new Error('SecurityError');
  });
  v.set('a', '1');
  expect(v.get('a')).toBe('1');
  v.set('a', undefined);
  expect(v.get('a')).toBeUndefined();
});

test('a full store keeps the newest value for the page', () => {
  const old = new Map([['shopkeeper:x:a', 'old']]);
  const v = new Vault(
    'x',
    () =>
      ({
        getItem: (k: string) => old.get(k) ?? null,
        setItem: () => {
          throw new Error('QuotaExceededError');
        },
        removeItem: (k: string) => void old.delete(k),
      }) as unknown as Storage,
  );
  v.set('a', 'new');
  expect(v.get('a')).toBe('new');
});

import { expect, test } from 'vitest';
import { Catalogue } from './catalogue';
import { addressOf, has, isFront, type Look, question, readLook, toggled } from './look';

const blank: Look = { q: '', category: '', sort: '', filters: [], product: '' };

test('an address and what it looks at are the same thing', () => {
  const looks: Look[] = [
    blank,
    { ...blank, q: 'lamp & desk', sort: '-rating' },
    {
      ...blank,
      category: '耳机',
      filters: [
        { field: 'brand', value: 'A:B' },
        { field: 'color', value: 'blue' },
      ],
    },
    { ...blank, product: 'a/b?c' },
  ];
  for (const l of looks) expect(readLook(addressOf(l).slice(1))).toEqual(l);
  expect(addressOf(blank)).toBe('/');
});

test('an address from anywhere is read with care', () => {
  const l = readLook(
    `?q=${'x'.repeat(999)}&sort=evil&filter=&filter=brand&filter=:x&filter=a:b&${'filter=c:d&'.repeat(50)}`,
  );
  expect(l.q).toHaveLength(300);
  expect(l.sort).toBe('');
  expect(l.filters.length).toBeLessThan(21);
  expect(l.filters[0]).toEqual({ field: 'a', value: 'b' });
});

test('filters go on and off', () => {
  const f = { field: 'brand', value: 'Lumo' };
  const on = toggled(blank, f);
  expect([has(on, f), isFront(on), isFront(blank)]).toEqual([true, false, true]);
  expect(toggled(on, f)).toEqual(blank);
  expect(question(on, 'zh', 2, 24)).toBe('/api/products?filter=brand%3ALumo&lang=zh&page=2&size=24');
});

const products = (n: number, total = n, from = 0) => ({
  total,
  shown: Array.from({ length: n }, (_, i) => ({ id: `p${from + i}`, category: 'lamps' })),
  facets: [],
  understood: { query: '', filters: [], relaxed: [] },
});

test('only the answer to the newest look counts', async () => {
  const waiting: ((r: Response) => void)[] = [];
  const c = new Catalogue(
    () => {},
    () => new Promise((ok) => void waiting.push(ok)),
  );
  const one = c.look({ ...blank, q: 'one' });
  const two = c.look({ ...blank, q: 'two' });
  waiting[1]!(Response.json(products(2)));
  await two;
  waiting[0]!(Response.json(products(9)));
  await one;
  expect(c.shown).toHaveLength(2);
  expect([c.list, c.fresh]).toEqual(['ready', true]);
});

test('what is shown stays while the next look is answered, and a refusal says its reference', async () => {
  let answer: () => Response = () => Response.json(products(3));
  const c = new Catalogue(
    () => {},
    async () => answer(),
  );
  await c.look(blank);
  const next = c.look({ ...blank, q: 'x' });
  expect([c.shown.length, c.list, c.fresh]).toEqual([3, 'ready', false]);
  answer = () => new Response('{}', { status: 503, headers: { 'x-request-id': 'r9' } });
  await next;
  await c.look({ ...blank, q: 'y' });
  expect([c.list, c.trouble?.request]).toEqual(['failed', 'r9']);
  answer = () => Response.json(products(1));
  await c.look(blank);
  expect(c.list).toBe('ready');
});

test('further pages are added without doubles, and an end is an end', async () => {
  const pages = [products(24, 40), { ...products(20, 40, 20) }, products(0, 40)];
  const c = new Catalogue(
    () => {},
    async () => Response.json(pages.shift()!),
  );
  await c.look(blank);
  expect(c.hasMore).toBe(true);
  await c.next(blank);
  expect(c.shown).toHaveLength(40);
  expect(c.hasMore).toBe(false);
});

test('a page that does not come can be asked for again', async () => {
  let fail = true;
  const c = new Catalogue(
    () => {},
    async (input) => {
      if (!String(input).includes('page=2')) return Response.json(products(24, 30));
      return fail ? new Response('', { status: 500 }) : Response.json(products(6, 30, 24));
    },
  );
  await c.look(blank);
  await c.next(blank);
  expect([c.more, c.shown.length]).toEqual(['failed', 24]);
  fail = false;
  await c.next(blank);
  expect([c.more, c.shown.length]).toEqual(['idle', 30]);
});

test('a product’s page: what is known first, then the whole, then what is similar; gone is 404', async () => {
  const c = new Catalogue(
    () => {},
    async (input) => {
      const path = String(input);
      if (path.startsWith('/api/products/none')) return new Response('{}', { status: 404 });
      if (path.startsWith('/api/products/'))
        return Response.json({ id: 'p1', category: 'lamps', title: 'whole' });
      return Response.json(products(5));
    },
  );
  const opening = c.open('p1', { id: 'p1', title: 'known' } as never);
  expect([c.product?.title, c.detail]).toEqual(['known', 'loading']);
  await opening;
  expect([c.product?.title, c.detail]).toEqual(['whole', 'ready']);
  expect(c.similar.map((p) => p.id)).toEqual(['p0', 'p2', 'p3', 'p4']);
  await c.open('none');
  expect([c.detail, c.trouble?.status]).toEqual(['failed', 404]);
});

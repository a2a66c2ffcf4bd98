// What the address says is being looked at. No DOM: the address in, the address out.

export interface Filter {
  field: string;
  value: string;
}

export interface Look {
  q: string;
  category: string;
  sort: string;
  filters: Filter[];
  product: string; // a product's page lies over the list
}

export const sorts = ['', 'price', '-price', '-rating', '-reviews', '-discount', '-released'] as const;

/** Bounded: an address may come from anywhere. */
export function readLook(search: string): Look {
  const p = new URLSearchParams(search);
  const text = (name: string, most: number): string => (p.get(name) ?? '').slice(0, most);
  const sort = text('sort', 20);
  const filters: Filter[] = [];
  for (const f of p.getAll('filter').slice(0, 20)) {
    const colon = f.indexOf(':');
    if (colon <= 0 || colon === f.length - 1 || f.length > 200) continue;
    filters.push({ field: f.slice(0, colon), value: f.slice(colon + 1) });
  }
  return {
    q: text('q', 300),
    category: text('category', 200),
    sort: (sorts as readonly string[]).includes(sort) ? sort : '',
    filters,
    product: text('product', 200),
  };
}

function params(l: Look): URLSearchParams {
  const p = new URLSearchParams();
  if (l.q) p.set('q', l.q);
  if (l.category) p.set('category', l.category);
  for (const f of l.filters) p.append('filter', `${f.field}:${f.value}`);
  if (l.sort) p.set('sort', l.sort);
  return p;
}

export function addressOf(l: Look): string {
  const p = params(l);
  if (l.product) p.set('product', l.product);
  const s = p.toString();
  return s ? `/?${s}` : '/';
}

/** The list's question to the server. */
export function question(l: Look, lang: string, page: number, size: number): string {
  const p = params(l);
  p.set('lang', lang);
  p.set('page', String(page));
  p.set('size', String(size));
  return `/api/products?${p}`;
}

export const has = (l: Look, f: Filter): boolean =>
  l.filters.some((x) => x.field === f.field && x.value === f.value);

export const toggled = (l: Look, f: Filter): Look => ({
  ...l,
  filters: has(l, f)
    ? l.filters.filter((x) => x.field !== f.field || x.value !== f.value)
    : [...l.filters, f],
});

/** Whether the list is the shop's front, with nothing asked for. */
export const isFront = (l: Look): boolean => !l.q && !l.category && l.filters.length === 0;

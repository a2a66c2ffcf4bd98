// Numbers, money and times as people read them.
import type { Money } from './cards';
import type { Lang } from './i18n';

const cache = new Map<string, Intl.NumberFormat>();

function currencyFormat(lang: Lang, currency: string, whole: boolean): Intl.NumberFormat {
  const key = `${lang} ${currency} ${whole}`;
  let f = cache.get(key);
  if (!f) {
    const o: Intl.NumberFormatOptions = { style: 'currency', currency, currencyDisplay: 'narrowSymbol' };
    if (whole) o.minimumFractionDigits = 0;
    f = new Intl.NumberFormat(lang, o);
    cache.set(key, f);
  }
  return f;
}

// Decimals that differ between ISO 4217, which the server follows, and the browser's display data.
const zero = new Set('JPY KRW VND CLP ISK UGX XAF XOF XPF PYG RWF KMF GNF DJF BIF VUV'.split(' '));
const three = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '));

export function exponent(currency: string): number {
  if (zero.has(currency)) return 0;
  return three.has(currency) ? 3 : 2;
}

/** $1,299.00; `brief` leaves out cents that are nought ("under $80"). */
export function money(m: Money, lang: Lang, brief = false): string {
  const e = exponent(m.currency);
  const v = m.minor / 10 ** e;
  try {
    const whole = brief && Number.isInteger(v);
    return currencyFormat(lang, m.currency, whole).format(v);
  } catch {
    return `${v.toFixed(e)} ${m.currency}`; // not a currency code that the browser knows
  }
}

export const isMoney = (v: unknown): v is Money =>
  typeof v === 'object' && v !== null && typeof (v as Money).minor === 'number' && 'currency' in v;

/** Whole percent that a price fell by, or 0 when it did not fall by one. */
export function discount(price?: Money | null, was?: Money | null): number {
  if (!price || !was || was.currency !== price.currency || was.minor <= price.minor || was.minor <= 0)
    return 0;
  return Math.floor(((was.minor - price.minor) * 100) / was.minor);
}

const day = 86_400_000;
const startOfDay = (d: Date): number => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();

/** Days between the two dates on the reader's calendar: 0 today, 1 tomorrow, -1 yesterday. */
export const daysAway = (at: Date, now: Date): number => Math.round((startOfDay(at) - startOfDay(now)) / day);

/** "today", "tomorrow", "Thursday", "Thu, 4 Dec", with the year when it is another one. */
export function dateWords(iso: string, lang: Lang, now = new Date()): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  const n = daysAway(at, now);
  if (Math.abs(n) <= 1) return new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(n, 'day');
  if (n > 1 && n < 7) return new Intl.DateTimeFormat(lang, { weekday: 'long' }).format(at);
  const o: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short' };
  if (at.getFullYear() !== now.getFullYear()) {
    o.year = 'numeric';
    delete o.weekday;
  }
  return new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, o).format(at);
}

/** The exact time, for a tooltip. */
export function dateExact(iso: string, lang: Lang): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  return new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, {
    dateStyle: 'full',
    timeStyle: 'short',
  }).format(at);
}

export const number = (n: number, lang: Lang): string => new Intl.NumberFormat(lang).format(n);

export const rating = (r: number, lang: Lang): string =>
  new Intl.NumberFormat(lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(r);

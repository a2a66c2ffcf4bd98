// How a product looks wherever it stands: in the chat and in the storefront.
import { html, nothing, type TemplateResult } from 'lit';
import type { Product } from './cards';
import { discount, money, number, rating } from './format';
import type { Lang, Translate } from './i18n';
import type en from './i18n/en.json';
import { icon } from './icons';
import { safeURL } from './url';

/** Words that the storefront and the widget have in common. */
export interface Words {
  lang: Lang;
  t: Translate<keyof typeof en>;
  /** A key of a family, such as `field.` + what the server sent, else the fallback. */
  any: (key: string, fallback: string) => string;
}

/** The name of a typed field as people read it. */
export const fieldName = (ui: Pick<Words, 'any'>, field: string): string =>
  ui.any(`field.${field}`, field.replaceAll('_', ' '));

/** The drawn picture of the server takes the place of one that does not load. */
export function picture(ui: { server: string }, p: Product, size: number): TemplateResult {
  const drawn = `${ui.server}/img/${encodeURIComponent(p.id)}.svg`;
  const failed = (e: Event): void => {
    const img = e.target as HTMLImageElement;
    if (img.src !== drawn) img.src = drawn;
    else img.classList.add('lost');
  };
  return html`<span class="pic"><img src=${safeURL(p.image, ui.server) ?? drawn} alt="" width=${size} height=${size}
    loading="lazy" decoding="async" referrerpolicy="no-referrer" @error=${failed}></span>`;
}

export const link = (ui: { server: string }, p: Product): string =>
  safeURL(p.url, ui.server) ?? `${ui.server}/?product=${encodeURIComponent(p.id)}`;

export function priceLine(ui: Pick<Words, 'lang' | 't'>, p: Product): TemplateResult {
  if (!p.price) return html`<span class="price none">${ui.t('price.unknown')}</span>`;
  const off = discount(p.price, p.was);
  return html`<span class="price">${money(p.price, ui.lang)}</span>${
    off > 0 && p.was
      ? html`<s class="was"><span class="sr">${ui.t('price.was', { price: '' })}</span>${money(p.was, ui.lang)}</s>`
      : nothing
  }`;
}

export function ratingLine(ui: Pick<Words, 'lang' | 't'>, p: Product): TemplateResult | typeof nothing {
  if (p.rating === undefined || p.rating === null) return nothing;
  const r = rating(p.rating, ui.lang);
  const n = p.reviews ?? undefined;
  const label = n === undefined ? ui.t('rating.only', { rating: r }) : ui.t('rating.label', { rating: r, n });
  return html`<span class="rating" role="img" aria-label=${label} title=${label}>
    <span class="star">${icon('star')}</span>${r}${n === undefined ? nothing : html`<span class="count">(${number(n, ui.lang)})</span>`}
  </span>`;
}

/** Stock is news only when there is little of it or none. */
export function stockLine(
  ui: Pick<Words, 't'>,
  p: { stock?: number | null },
): TemplateResult | typeof nothing {
  if (p.stock === undefined || p.stock === null || p.stock > 5) return nothing;
  return p.stock <= 0
    ? html`<span class="stock out">${ui.t('stock.none')}</span>`
    : html`<span class="stock few">${ui.t('stock.few', { n: p.stock })}</span>`;
}

import { html, nothing, type TemplateResult } from 'lit';
import type { Attribute, Product } from '../../shared/cards';
import { money } from '../../shared/format';
import { fieldName, picture, priceLine, ratingLine, stockLine } from '../../shared/product';
import { icon } from '../icons';
import type { Front } from '../main';
import { tile } from './list';
import { trouble } from './trouble';

const words = (a: Attribute): string => `${a.value}${a.unit ? ` ${a.unit}` : ''}`;

function back(f: Front): TemplateResult {
  return html`<a class="backlink" href="/" @click=${(e: MouseEvent) => f.clicked(e, { product: '' })}>${icon('back')}<span>${f.words.t('back')}</span></a>`;
}

function variants(f: Front, p: Product): TemplateResult | typeof nothing {
  const { words: w } = f;
  const all = p.variants ?? [];
  if (all.length < 2) return nothing;
  return html`<section><h2>${w.t('product.variants')}</h2><ul class="variants">
    ${all.map(
      (v) =>
        html`<li><span>${v.attributes.map(words).join(' · ')}</span>${stockLine(w, v)}${
          v.price ? html`<span class="num">${money(v.price, w.lang)}</span>` : nothing
        }</li>`,
    )}</ul></section>`;
}

function details(f: Front, p: Product): TemplateResult {
  const { words: w } = f;
  const few = stockLine(w, p);
  return html`<article class="product-page">
    <div class="shot">${picture(w, p, 560)}</div>
    <div class="facts-side">
      <p class="maker"><span>${p.brand}</span>${
        p.category
          ? html`<a href=${`/?category=${encodeURIComponent(p.category)}`}
        @click=${(e: MouseEvent) => f.clicked(e, { category: p.category, q: '', filters: [], product: '' })}>${f.aisle(p.category)}</a>`
          : nothing
      }</p>
      <h1 tabindex="-1">${p.title}</h1>
      <div class="facts">${ratingLine(w, p)}</div>
      <div class="money">${priceLine(w, p)}</div>
      <p class="stockline">${few === nothing && p.stock ? html`<span class="stock in">${w.t('product.in')}</span>` : few}</p>
      ${p.coupon ? html`<span class="chip coupon">${icon('ticket')}<span>${p.coupon}</span></span>` : nothing}
      <button class="button primary ask-big" @click=${() => f.askAbout(p)}>${icon('chat')}${w.t('product.ask')}</button>
      ${p.description ? html`<section><h2>${w.t('product.text')}</h2>${p.description.split(/\n{2,}/).map((x) => html`<p class="text">${x}</p>`)}</section>` : nothing}
      ${
        (p.attributes ?? []).length > 0
          ? html`<section><h2>${w.t('product.facts')}</h2><dl class="attributes">${p.attributes.map(
              (a) => html`<div><dt>${fieldName(w, a.name)}</dt><dd>${words(a)}</dd></div>`,
            )}</dl></section>`
          : nothing
      }
      ${variants(f, p)}
    </div>
  </article>
  ${
    f.catalogue.similar.length > 0
      ? html`<section class="similar"><h2>${w.t('product.similar', { category: f.aisle(p.category) })}</h2>
          <ul class="tiles">${f.catalogue.similar.map((x) => tile(f, x))}</ul></section>`
      : nothing
  }`;
}

const bones = (
  label: string,
): TemplateResult => html`<div class="product-page" role="img" aria-label=${label}>
  <div class="shot"><span class="pic bone"></span></div>
  <div class="facts-side"><span class="bone l2"></span><span class="bone l1"></span><span class="bone l3"></span></div></div>`;

export function productView(f: Front): TemplateResult {
  const { words: w, catalogue: c } = f;
  const gone = c.detail === 'failed' && c.trouble?.status === 404;
  return html`<main id="main" class="one" tabindex="-1" aria-busy=${c.detail === 'loading'}>
    ${back(f)}
    ${
      gone
        ? html`<div class="state">${icon('search', 20)}<h1 tabindex="-1">${w.t('product.gone.title')}</h1><p>${w.t('product.gone.text')}</p></div>`
        : c.detail === 'failed'
          ? trouble(f, w.t('product.error'))
          : c.product
            ? details(f, c.product)
            : bones(w.t('loading'))
    }
  </main>`;
}

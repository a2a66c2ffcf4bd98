import { html, nothing, type TemplateResult } from 'lit';
import type { Product, Products } from '../../shared/cards';
import { icon } from '../../shared/icons';
import { fieldName, link, picture, priceLine, ratingLine, stockLine } from '../../shared/product';
import type { Ui } from '../ui';

function card(ui: Ui, p: Product): TemplateResult {
  return html`<article class="card product">
    ${picture(ui, p, 168)}
    <div class="body">
      <a class="cover title" href=${link(ui, p)} @click=${(e: MouseEvent) => ui.go(e, p)}>${p.title}</a>
      <div class="money">${priceLine(ui, p)}</div>
      <div class="facts">${ratingLine(ui, p)}${stockLine(ui, p)}</div>
      ${p.coupon ? html`<span class="chip coupon">${icon('ticket')}<span>${p.coupon}</span></span>` : nothing}
      ${p.why?.[0] ? html`<p class="why">${p.why[0]}</p>` : nothing}
    </div>
    <button class="ask icon-button" aria-label=${ui.t('product.ask', { title: p.title })} title=${ui.t('product.more')}
      @click=${() => ui.say(ui.t('product.ask.say', { title: p.title }))}>${icon('sparkle')}</button>
  </article>`;
}

export function productsCard(ui: Ui, id: string, data: Products): TemplateResult | typeof nothing {
  const shown = data.shown ?? [];
  if (shown.length === 0) return nothing;
  if (shown.length === 1) return productCard(ui, id, shown[0]!);
  const all = ui.opened(`grid:${id}`);
  const cards = shown.map((p) => card(ui, p));
  return html`<div class="products">
    ${
      all
        ? html`<div class="grid">${cards}</div>`
        : html`<shop-chat-row .label=${ui.t('row.label')} .back=${ui.t('row.back')} .on=${ui.t('row.on')}>${cards}</shop-chat-row>`
    }
    <div class="under">
      <span>${ui.t('row.count', { shown: shown.length, n: Math.max(data.total ?? 0, shown.length) })}</span>
      ${
        shown.length > 2
          ? html`<button class="link" aria-expanded=${all} @click=${() => ui.toggle(`grid:${id}`)}>
              ${all ? ui.t('row.less') : ui.t('row.all', { n: shown.length })}
            </button>`
          : nothing
      }
    </div>
  </div>`;
}

/** One product: lying, with its first facts. */
export function productCard(ui: Ui, id: string, p: Product): TemplateResult {
  const facts = p.attributes ?? [];
  const open = ui.opened(`facts:${id}`);
  const seen = open ? facts : facts.slice(0, 4);
  return html`<article class="card single">
    <div class="top">
      ${picture(ui, p, 112)}
      <div class="body">
        ${p.brand ? html`<span class="brand">${p.brand}</span>` : nothing}
        <a class="cover title" href=${link(ui, p)} @click=${(e: MouseEvent) => ui.go(e, p)}>${p.title}</a>
        <div class="money">${priceLine(ui, p)}</div>
        <div class="facts">${ratingLine(ui, p)}${stockLine(ui, p)}</div>
        ${p.coupon ? html`<span class="chip coupon">${icon('ticket')}<span>${p.coupon}</span></span>` : nothing}
        ${p.why?.[0] ? html`<p class="why">${p.why[0]}</p>` : nothing}
      </div>
    </div>
    ${
      seen.length > 0
        ? html`<dl class="attributes">${seen.map(
            (a) =>
              html`<div><dt>${fieldName(ui, a.name)}</dt><dd>${a.value}${a.unit ? ` ${a.unit}` : ''}</dd></div>`,
          )}</dl>`
        : nothing
    }
    ${
      facts.length > 4 && !open
        ? html`<button class="link more" @click=${() => ui.toggle(`facts:${id}`)}>${ui.t('product.more')}</button>`
        : nothing
    }
  </article>`;
}

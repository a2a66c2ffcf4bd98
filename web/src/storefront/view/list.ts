import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Facet, Product } from '../../shared/cards';
import { number } from '../../shared/format';
import { fieldName, picture, priceLine, ratingLine, stockLine } from '../../shared/product';
import { filterWords } from '../../widget/refine';
import { icon } from '../icons';
import { has, sorts, toggled } from '../look';
import type { Front } from '../main';
import { trouble } from './trouble';

const facetLong = 6;

export function tile(f: Front, p: Product): TemplateResult {
  const { words: w } = f;
  return html`<li class="tile">
    ${picture(w, p, 240)}
    <div class="body">
      <span class="maker">${p.brand}</span>
      <a class="cover title" href=${`/?product=${encodeURIComponent(p.id)}`} data-id=${p.id}
        @click=${(e: MouseEvent) => f.clicked(e, { product: p.id })}>${p.title}</a>
      <div class="money">${priceLine(w, p)}</div>
      <div class="facts">${ratingLine(w, p)}${stockLine(w, p)}</div>
      ${p.coupon ? html`<span class="chip coupon">${icon('ticket')}<span>${p.coupon}</span></span>` : nothing}
    </div>
    <button class="ask icon-button" aria-label=${w.t('product.ask.of', { title: p.title })} title=${w.t('product.ask')}
      @click=${() => f.askAbout(p)}>${icon('sparkle')}</button>
  </li>`;
}

const boneTile = (): TemplateResult =>
  html`<li class="tile" aria-hidden="true"><span class="pic bone"></span><div class="body"><span class="bone l1"></span><span class="bone l2"></span><span class="bone l3"></span></div></li>`;

function aisles(f: Front): TemplateResult {
  const { words: w, catalogue: c, look } = f;
  const link = (name: string, label: string, count?: number) => html`<li>
    <a href=${name ? `/?category=${encodeURIComponent(name)}` : '/'} aria-current=${look.category === name ? 'page' : nothing}
      @click=${(e: MouseEvent) => f.clicked(e, { category: name, filters: [], product: '' })}>
      <span>${label}</span>${count === undefined ? nothing : html`<span class="n">${number(count, w.lang)}</span>`}</a></li>`;
  return html`<nav class="aisles" aria-label=${w.t('aisles')}>
    <h2>${w.t('aisles')}</h2>
    ${
      c.shop
        ? html`<ul>${link('', w.t('aisle.all'))}${c.shop.categories.map((x) =>
            link(x.name, w.lang === 'en' ? x.name : (x.name_zh ?? x.name), x.count),
          )}</ul>`
        : c.shopless
          ? html`<ul>${link('', w.t('aisle.all'))}</ul>`
          : html`<ul aria-hidden="true">${Array.from({ length: 10 }, () => html`<li><span class="bone"></span></li>`)}</ul>`
    }
  </nav>`;
}

const valueName = (f: Front, field: string, value: string): string =>
  field === 'color' ? f.words.any(`color.${value}`, value) : value;

/** Of colours the plain ones: every shade is counted under its plain one too. */
function plain(f: Front, x: Facet): Facet {
  if (x.field !== 'color') return x;
  const values = x.values.filter((v) => f.words.any(`color.${v.value}`, '') !== '');
  return values.length > 1 ? { ...x, values } : x;
}

function facet(f: Front, x: Facet): TemplateResult {
  const { words: w, look } = f;
  const all = f.longFacets.has(x.field);
  const values = all ? x.values : x.values.slice(0, facetLong);
  return html`<fieldset>
    <legend>${fieldName(w, x.field)}</legend>
    ${values.map((v) => {
      const one = { field: x.field, value: v.value };
      return html`<label><input type="checkbox" .checked=${has(look, one)} @change=${() => f.go(toggled(f.look, one))}>
        <span>${valueName(f, x.field, v.value)}</span><span class="n">${number(v.count, w.lang)}</span></label>`;
    })}
    ${
      x.values.length > facetLong
        ? html`<button class="link" aria-expanded=${all} @click=${() => f.toggleFacet(x.field)}>${w.t(all ? 'filters.less' : 'filters.more')}</button>`
        : nothing
    }
  </fieldset>`;
}

function side(f: Front): TemplateResult {
  const { words: w, catalogue: c, look } = f;
  const facets = c.facets.filter(
    (x) => x.field !== 'category' && (x.values?.length > 1 || look.filters.some((f) => f.field === x.field)),
  );
  return html`<aside class="side" aria-label=${w.t('side')}>
    ${aisles(f)}
    ${
      facets.length > 0 || look.filters.length > 0 || c.list === 'loading'
        ? html`<button class="button fold" aria-expanded=${f.filtersOpen} aria-controls="filters" @click=${() => f.toggleFilters()}>
              ${icon('sliders')}<span>${w.t(f.filtersOpen ? 'filters.hide' : 'filters.show')}</span></button>
            <div class="filters ${f.filtersOpen ? 'open' : ''}" id="filters">
              ${facets.map((x) => facet(f, plain(f, x)))}
            </div>`
        : nothing
    }
  </aside>`;
}

function chips(f: Front): TemplateResult | typeof nothing {
  const { words: w, look, catalogue: c } = f;
  const understood = look.q && c.fresh ? (c.understood?.filters ?? []) : [];
  const own = new Set(look.filters.map((x) => `${x.field}:${x.value}`));
  const read = understood.filter((x) => x.field !== 'category' && !own.has(`${x.field}:${x.value}`));
  if (look.filters.length === 0 && read.length === 0) return nothing;
  return html`<div class="chips">
    ${look.filters.map(
      (x) =>
        html`<button class="chip" aria-label=${w.t('filter.remove', { filter: valueName(f, x.field, x.value) })} @click=${() => f.go(toggled(look, x))}>${valueName(f, x.field, x.value)}${icon('close')}</button>`,
    )}
    ${read.length > 0 ? html`<span class="read">${w.t('understood')}</span>${read.map((x) => html`<span class="chip">${filterWords(w, x)}</span>`)}` : nothing}
    ${look.filters.length > 1 ? html`<button class="link" @click=${() => f.go({ filters: [] })}>${w.t('filters.clear')}</button>` : nothing}
  </div>`;
}

function head(f: Front): TemplateResult {
  const { words: w, catalogue: c, look } = f;
  const title = look.q
    ? w.t('results.for', { q: look.q })
    : look.category
      ? f.aisle(look.category)
      : w.t('aisle.all');
  const corrected = look.q && c.fresh ? c.understood?.corrected : undefined;
  return html`<div class="listhead">
    <h1 tabindex="-1">${title}</h1>
    <span class="n" role="status">${c.list === 'ready' ? w.t('count', { n: c.total }) : ''}</span>
    <label class="sort"><span>${w.t('sort')}</span>
      <select @change=${(e: Event) => f.go({ sort: (e.target as HTMLSelectElement).value })}>
        ${sorts.map((s) => html`<option value=${s} ?selected=${s === look.sort}>${w.any(`sort.${s || 'relevance'}`, s)}</option>`)}
      </select></label>
    ${corrected ? html`<p class="corrected">${icon('search')}<span>${w.t('corrected', { query: corrected })}</span></p>` : nothing}
  </div>`;
}

function empty(f: Front): TemplateResult {
  const { words: w, look } = f;
  return html`<div class="state">
    ${icon('search', 20)}
    <h2>${w.t('empty.title')}</h2>
    <p>${w.t('empty.text')}</p>
    <div class="acts">
      <button class="button" @click=${() => f.clear()}>${w.t('empty.clear')}</button>
      <button class="button primary" @click=${() => f.ask(look.q ? w.t('empty.say', { q: look.q }) : undefined)}>${icon('chat')}${w.t('empty.ask')}</button>
    </div>
  </div>`;
}

export function listView(f: Front): TemplateResult {
  const { words: w, catalogue: c } = f;
  const first = c.list === 'loading';
  return html`<div class="columns">
    ${side(f)}
    <main id="main" tabindex="-1" aria-busy=${first || !c.fresh}>
      ${head(f)}
      ${chips(f)}
      ${
        c.list === 'failed'
          ? trouble(f, w.t('error.title'))
          : c.list === 'ready' && c.shown.length === 0
            ? empty(f)
            : html`<ul class="tiles ${!first && !c.fresh ? 'stale' : ''}">
                ${
                  first
                    ? Array.from({ length: 12 }, boneTile)
                    : repeat(
                        c.shown,
                        (p) => p.id,
                        (p) => tile(f, p),
                      )
                }
              </ul>`
      }
      ${
        c.list === 'ready' && c.hasMore
          ? html`<div class="onward">
              ${c.more === 'failed' ? html`<p>${w.t('more.failed')}</p>` : nothing}
              <button class="button" ?disabled=${c.more === 'loading'} @click=${() => f.more()}>
                ${w.t(c.more === 'loading' ? 'loading' : c.more === 'failed' ? 'error.retry' : 'more')}</button>
              <span class="n">${w.t('shown', { shown: c.shown.length, n: c.total })}</span>
            </div>`
          : nothing
      }
    </main>
  </div>`;
}

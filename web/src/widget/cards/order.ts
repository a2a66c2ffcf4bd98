import { html, nothing, type TemplateResult } from 'lit';
import type { Order, Shipment } from '../../shared/cards';
import { dateExact, dateWords, money } from '../../shared/format';
import { icon } from '../../shared/icons';
import { safeURL } from '../../shared/url';
import type { Ui } from '../ui';

const tones: Record<string, string> = {
  pending: 'warn',
  shipped: 'info',
  delivered: 'good',
  cancelled: 'bad',
  return_requested: 'warn',
};

interface Step {
  at: string;
  text: string;
  place?: string;
  next?: boolean;
}

/** Newest first, what is still to come before all. */
export function steps(ui: Pick<Ui, 't' | 'any' | 'lang' | 'now'>, o: Order, s: Shipment | undefined): Step[] {
  const out: Step[] = [];
  const done = s?.state === 'delivered' || s?.state === 'returned' || o.status === 'cancelled';
  if (s?.expected && !done) {
    out.push({
      at: s.expected,
      text: ui.t('order.expected', { when: dateWords(s.expected, ui.lang, ui.now) }),
      next: true,
    });
  }
  for (const e of [...(s?.events ?? [])].reverse()) {
    const text = ui.lang === 'zh-CN' && e.text_zh ? e.text_zh : e.text;
    out.push(e.place ? { at: e.at, text, place: e.place } : { at: e.at, text });
  }
  out.push({ at: o.placed, text: ui.t('order.placed') });
  return out;
}

export function orderCard(ui: Ui, o: Order): TemplateResult {
  const items = o.items ?? [];
  const shown = items.slice(0, 3);
  const shipments: (Shipment | undefined)[] = o.shipments?.length > 0 ? o.shipments : [undefined];
  return html`<article class="card order">
    <header>
      <h3>${ui.t('order.label', { id: o.id })}</h3>
      <span class="tag ${tones[o.status] ?? ''}">${ui.any(`status.${o.status}`, o.status)}</span>
    </header>
    ${shipments.map(
      (s) => html`
        ${
          s
            ? html`<p class="carrier">${icon('truck')}<span>${ui.t('order.tracking', { carrier: s.carrier, tracking: s.tracking })}</span></p>`
            : nothing
        }
        <ol class="timeline" aria-label=${ui.t('order.timeline')}>
          ${steps(ui, o, s).map(
            (e, i) => html`<li class=${e.next ? 'next' : i === 0 ? 'now' : ''}>
              <span class="what">${e.text}${e.place ? html`<span class="place">, ${e.place}</span>` : nothing}</span>
              ${e.next ? html`<time datetime=${e.at} title=${dateExact(e.at, ui.lang)}>${dateExact(e.at, ui.lang).replace(/[,， ]*(at )?\d{1,2}:\d{2}$/, '')}</time>` : html`<time datetime=${e.at} title=${dateExact(e.at, ui.lang)}>${dateWords(e.at, ui.lang, ui.now)}</time>`}
            </li>`,
          )}
        </ol>`,
    )}
    <ul class="items">
      ${shown.map(
        (i) => html`<li>
          <img src=${safeURL(`/img/${encodeURIComponent(i.product)}.svg`, ui.server)!} alt="" width="40" height="40" loading="lazy">
          <span class="name">${ui.lang === 'zh-CN' && i.title_zh ? i.title_zh : i.title}${
            i.options?.length
              ? html`<span class="options">${i.options.map((a) => a.value).join(' · ')}</span>`
              : nothing
          }</span>
          <span class="num">${i.qty > 1 ? `${ui.t('order.qty', { n: i.qty })} ` : ''}${money(i.price, ui.lang)}</span>
        </li>`,
      )}
    </ul>
    ${items.length > 3 ? html`<p class="rest">${ui.t('order.more', { n: items.length - 3 })}</p>` : nothing}
    <footer><span>${ui.t('order.total')}</span><span class="num">${money(o.total, ui.lang)}</span></footer>
  </article>`;
}

// The launcher, the panel, and what a screen reader hears.
import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../../shared/icons';
import type { ShopChat } from '../shop-chat';
import { footView } from './foot';
import { headView } from './head';
import { historyView } from './history';
import { mainView } from './log';

export function frameView(c: ShopChat): TemplateResult {
  const { ui } = c;
  const name = c.shopInfo?.name || ui.t('shop');
  return html`<section class="root" lang=${ui.lang} aria-label=${ui.t('assistant')} @keydown=${c.keys} @click=${c.outside}>
    <button class="launcher" ?hidden=${c.open} aria-haspopup="dialog" @click=${() => c.show()}>${icon('chat', 20)}<span>${ui.t('launcher')}</span>${
      c.unread ? html`<i class="dot"></i><span class="sr">${ui.t('launcher.unread')}</span>` : nothing
    }</button>
    ${
      c.open
        ? html`<div class="panel" role="dialog" aria-label=${ui.t('panel', { shop: name })}>
            ${headView(c)}${c.view === 'history' ? historyView(c) : html`${mainView(c)}${footView(c)}`}
          </div>`
        : nothing
    }
    <div class="sr" aria-live="polite" aria-atomic="false">${c.said.map((s) => html`<p>${s}</p>`)}</div>
  </section>`;
}

import { html, type TemplateResult } from 'lit';
import { dateExact, dateWords } from '../../shared/format';
import { icon } from '../../shared/icons';
import type { ShopChat } from '../shop-chat';
import { confirmView } from './log';

export function historyView(c: ShopChat): TemplateResult {
  const { ui } = c;
  const past = c.past;
  return html`<div class="main">
    <div class="history">
      ${
        past === 'loading'
          ? html`<div aria-hidden="true">${[1, 2, 3].map(() => html`<div class="bone"></div>`)}</div>`
          : past === 'failed'
            ? html`<div class="empty"><p>${ui.t('history.error')}</p>
                <button class="button" @click=${() => c.showHistory()}>${ui.t('problem.retry')}</button></div>`
            : past.length === 0
              ? html`<p class="empty">${ui.t('history.empty')}</p>`
              : html`<ul>${past.map((e) => {
                  const title = e.title || ui.t('history.untitled');
                  return html`<li aria-current=${e.id === c.conversation.id ? 'true' : 'false'}>
                    <button @click=${() => c.showPast(e.id)}>
                      <span class="name">${title}</span>
                      <time datetime=${e.updated} title=${dateExact(e.updated, ui.lang)}>${dateWords(e.updated, ui.lang, ui.now)}</time>
                    </button>
                    <button class="icon-button" aria-label=${ui.t('history.delete', { title })} title=${ui.t('confirm.yes')}
                      @click=${() => c.confirm(e.id)}>${icon('trash')}</button>
                  </li>`;
                })}</ul>`
      }
    </div>
    ${c.confirming ? confirmView(c, c.confirming) : ''}
  </div>`;
}

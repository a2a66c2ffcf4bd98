// Where the shopper writes. The input keeps the focus whatever the assistant does.
import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { icon } from '../../shared/icons';
import { picture } from '../../shared/product';
import { limit, type ShopChat } from '../shop-chat';
import type { Key } from '../ui';

const questions: Key[] = ['about.stock', 'about.coupons', 'about.similar'];

function aboutView(c: ShopChat): TemplateResult | typeof nothing {
  const { ui, subject } = c;
  if (!subject) return nothing;
  return html`<div class="about">
    <div class="what">${picture(ui, subject, 32)}<span>${ui.t('about')} ${subject.title}</span>
      <button class="icon-button" aria-label=${ui.t('about.remove')} title=${ui.t('about.remove')} @click=${() => c.about(undefined)}>${icon('close')}</button></div>
    <div class="chips quick">${questions.map((k) => html`<button class="chip" @click=${() => c.say(ui.t(k))}>${ui.t(k)}</button>`)}</div>
  </div>`;
}

export function footView(c: ShopChat): TemplateResult {
  const { ui } = c;
  const over = [...c.draft].length - limit;
  const empty = c.draft.trim() === '' && !c.photos?.ready;
  const halting = c.conversation.busy && empty;
  const stopping = c.conversation.phase === 'stopping';
  return html`<footer class="foot">
    ${aboutView(c)}${c.photos?.tray()}
    <form class="composer" @submit=${c.submitted}>${c.photos?.button()}
      <textarea rows="1" aria-label=${ui.t('composer')} placeholder=${ui.t('composer.hint')} enterkeyhint="send" autocomplete="off"
        aria-describedby="footnote" aria-invalid=${over > 0} .value=${live(c.draft)} @input=${c.typed} @keydown=${c.composerKeys}></textarea>
      ${
        halting
          ? html`<button type="button" class="go halt" aria-label=${ui.t('stop')} title=${ui.t('stop')} ?disabled=${stopping}
              @click=${() => c.halt()}>${icon('stop')}</button>`
          : html`<button class="go" aria-label=${ui.t('send')} title=${ui.t('send')} ?disabled=${empty || over > 0 || c.photos?.busy}>${icon('send', 20)}</button>`
      }
    </form>
    <p class="footnote" id="footnote"><span>${ui.t('footnote')}</span>${
      over > 0 ? html`<span class="bad">${ui.t('composer.long', { n: over })}</span>` : nothing
    }</p>
  </footer>`;
}

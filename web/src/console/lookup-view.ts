// The dialog of look-ups.
import { html, nothing, type TemplateResult } from 'lit';
import { ref } from 'lit/directives/ref.js';
import { Refused } from '../admin/api';
import { money } from '../shared/format';
import { icon } from '../shared/icons';
import type { Console } from './console';
import { ways } from './lookup';
import { speakQuality } from './quality-words';
import type { Customer } from './types';

const modal = (e?: Element): void =>
  queueMicrotask(() => {
    // it is in the page by then
    const dialog = e as HTMLDialogElement | undefined;
    if (dialog?.isConnected && !dialog.open) dialog.showModal();
  });

/** Keys that are pressed in it are none of the page's. */
export function lookupDialog(d: Console): TemplateResult {
  const l = d.lookup;
  const { t } = speakQuality(d.words.lang);
  const field = (name: string, label: string, type = 'text'): TemplateResult =>
    html`<label class="field">${label}<input name=${name} type=${type} required maxlength="200" autocomplete="off" ?autofocus=${name !== 'postcode'}></label>`;
  return html`<dialog class="lookup" aria-labelledby="lookup-title" ${ref(modal)} @close=${() => l.close()} @keydown=${(e: Event) => e.stopPropagation()}>
    <div class="head"><h2 class="title" id="lookup-title">${t('lookup.title')}</h2>
      <button class="icon-button" aria-label=${t('lookup.close')} @click=${() => l.close()}>${icon('close', 20)}</button></div>
    <p class="lead">${t('lookup.lead')}</p>
    <div class="views" role="group" aria-label=${t('lookup.by')}>
      ${ways.map((w) => html`<button type="button" aria-pressed=${l.way === w} @click=${() => l.by(w)}>${t(`lookup.${w}`)}</button>`)}
    </div>
    <form @submit=${(e: SubmitEvent) => {
      e.preventDefault();
      void l.go(new FormData(e.target as HTMLFormElement));
    }}>
      ${
        l.way === 'order'
          ? field('order', t('lookup.order.is'))
          : l.way === 'email'
            ? field('email', t('lookup.email.is'), 'email')
            : html`<div class="pair">${field('name', t('lookup.name'))}${field('postcode', t('lookup.postcode'))}</div>`
      }
      <label class="field">${t('lookup.reason')}<input name="reason" required minlength="5" maxlength="500" autocomplete="off" placeholder=${t('lookup.reason.hint')}></label>
      <button class="button go" ?disabled=${l.busy}>${t('lookup.go')}</button>
    </form>
    ${l.failure ? html`<p class="bad" role="alert">${said(d, l.failure)}</p>` : nothing}
    <div role="status">${
      l.found
        ? html`<p>${l.found.length > 0 ? html`<b>${t('lookup.found', { n: l.found.length })}</b>` : t('lookup.none')}</p>`
        : nothing
    }</div>
    ${l.found?.length ? html`<ul class="matches">${l.found.map((c) => html`<li>${match(d, c)}</li>`)}</ul>` : nothing}
  </dialog>`;
}

function said(d: Console, e: unknown): string {
  const known = e instanceof Refused ? speakQuality(d.words.lang).any(`error.${e.code}`, '') : '';
  return known || d.say(e);
}

function match(d: Console, c: Customer): TemplateResult {
  const { t } = speakQuality(d.words.lang);
  const { any, lang } = d.words;
  return html`<h3>${c.name || c.id}</h3>
    <p class="lead">${[c.email, c.level ? d.words.t('level', { n: c.level }) : ''].filter(Boolean).join(' · ')}</p>
    ${
      c.orders?.length
        ? html`<ul class="plain">${c.orders.map(
            (
              o,
            ) => html`<li><b>${o.id}</b> <span class="tag">${any(`status.${o.status}`, o.status.replaceAll('_', ' '))}</span>
              <span class="num">${money(o.total, lang)}</span><br><span class="lead">${o.items.map((i) => (lang === 'zh-CN' && i.title_zh) || i.title).join(', ')}</span></li>`,
          )}</ul>`
        : html`<p class="lead">${t('lookup.orders.none')}</p>`
    }
    ${c.coupons?.length ? html`<ul class="plain">${c.coupons.slice(0, 5).map((x) => html`<li>${icon('ticket')} ${x.title}${x.code ? html` <code>${x.code}</code>` : nothing}</li>`)}</ul>` : nothing}`;
}

// What was said, from the first message down, and what stands there before there is one.
import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../../shared/icons';
import { quickReplies } from '../quick';
import type { ShopChat } from '../shop-chat';
import type { Problem, UserMessage } from '../turn';
import type { Ui } from '../ui';
import { answerView, bones } from './answer';

export function unsent(ui: Ui, p: Problem): string {
  if (p.kind === 'limited' && p.retry) return ui.t('unsent.limited.wait', { n: Math.ceil(p.retry) });
  return ui.t(`unsent.${p.kind}`);
}

const reference = (ui: Ui, p: Problem | undefined): TemplateResult | typeof nothing =>
  p?.request && (p.kind === 'failed' || p.kind === 'invalid')
    ? html`<small>${ui.t('problem.request', { id: p.request })}</small>`
    : nothing;

function userView(c: ShopChat, m: UserMessage): TemplateResult {
  const ui = c.ui;
  const p = m.problem;
  const resend = p?.kind !== 'denied' && p?.kind !== 'gone' && p?.kind !== 'invalid';
  return html`<div class="user ${m.state}">
    <span class="sr">${ui.t('you')}</span>
    ${m.photos && c.photos ? c.photos.shown(m) : nothing}${m.text ? html`<div class="bubble" dir="auto">${m.text}</div>` : nothing}
    ${m.state === 'queued' ? html`<div class="meta">${icon('clock')}<span>${ui.t('queued')}</span></div>` : nothing}
    ${
      m.state === 'failed'
        ? html`<div class="trouble">
            <span><span class="sign">${icon('alert')}</span>${p ? unsent(ui, p) : ui.t('unsent')}
              ${p?.kind === 'invalid' && p.detail ? html`<small>${p.detail}</small>` : nothing}${reference(ui, p)}</span>
            ${
              p?.kind === 'gone'
                ? html`<button class="button" @click=${() => c.newChat()}>${ui.t('menu.new')}</button>`
                : resend
                  ? html`<button class="button" ?disabled=${c.conversation.busy} @click=${() => c.conversation.retry(m.id)}>
                      ${ui.t(p?.kind === 'busy' ? 'unsent.interrupt' : 'unsent.retry')}</button>`
                  : nothing
            }
          </div>`
        : nothing
    }
  </div>`;
}

function welcome(c: ShopChat): TemplateResult {
  const { ui } = c;
  const known = c.shopInfo?.starters;
  const starters = ((ui.lang === 'en' ? known?.en : known?.zh) ?? []).slice(0, 4);
  return html`<div class="welcome">
    <p>${ui.t('greeting')}</p>
    ${
      c.shopState === 'loading'
        ? html`<div class="starters" aria-hidden="true">${[1, 2, 3, 4].map(() => html`<span class="bone"></span>`)}</div>`
        : starters.length > 0
          ? html`<div class="starters" role="group" aria-label=${ui.t('starters')}>
              ${starters.map((s) => html`<button @click=${() => c.say(s)}>${s}</button>`)}</div>`
          : nothing
    }
  </div>`;
}

/** One line over the log: the state of the connection, or what could not be done. */
function strip(c: ShopChat): TemplateResult | typeof nothing {
  const { ui, conversation } = c;
  if (c.offline) return html`<p class="strip">${icon('offline')}<span>${ui.t('offline')}</span></p>`;
  if (conversation.phase === 'reconnecting') {
    return html`<p class="strip">${icon('offline')}<span>${ui.t('reconnecting')}</span></p>`;
  }
  const p = conversation.problem;
  if (p) {
    return html`<div class="strip" role="alert">${icon('alert')}<span>${ui.t('problem.load')}${reference(ui, p)}</span>
      <button class="link" @click=${() => c.conversation.show(conversation.id)}>${ui.t('problem.retry')}</button></div>`;
  }
  if (c.note) return html`<p class="strip note" role="status">${icon('info')}<span>${c.note}</span></p>`;
  if (c.shopState === 'failed') {
    return html`<div class="strip">${icon('alert')}<span>${ui.t('problem.session')}</span>
      <button class="link" @click=${() => c.loadShop()}>${ui.t('problem.retry')}</button></div>`;
  }
  return nothing;
}

export function mainView(c: ShopChat): TemplateResult {
  const { ui, conversation } = c;
  const ms = conversation.messages;
  const loading = conversation.phase === 'loading';
  const last = ms.at(-1);
  const waiting = conversation.phase === 'sending' && last?.role === 'user';
  const quick =
    ui.idle &&
    last?.role === 'assistant' &&
    last.ending === 'completed' &&
    conversation.owner.kind === 'assistant'
      ? quickReplies(last)
      : [];
  return html`<div class="main">
    ${strip(c)}
    <div class="log" role="log" aria-live="off" aria-label=${ui.t('log')} aria-busy=${conversation.busy} tabindex="0" @scroll=${c.following.scrolled}>
      <div class="lines">${
        loading
          ? html`<div class="bones" aria-hidden="true"><span class="bone side"></span><span class="bone"></span><span class="bone short"></span><span class="bone tall"></span></div>`
          : ms.length === 0
            ? welcome(c)
            : html`${ms.map((m, i) => (m.role === 'user' ? userView(c, m) : answerView(ui, m, i === ms.length - 1)))}
                ${waiting ? html`<div class="answer">${bones(ui.t('said.working'))}</div>` : nothing}
                ${
                  quick.length > 0
                    ? html`<div class="chips quick" role="group" aria-label=${ui.t('quick')}>
                        ${quick.map((k) => html`<button class="chip" @click=${() => c.say(ui.t(k))}>${ui.t(k)}</button>`)}</div>`
                    : nothing
                }`
      }</div>
    </div>
    ${
      c.following.away
        ? html`<button class="jump" @click=${() => c.toEnd()}>${icon('end')}<span>${ui.t('jump')}</span></button>`
        : nothing
    }
    ${c.confirming ? confirmView(c, c.confirming) : nothing}
  </div>`;
}

export function confirmView(c: ShopChat, id: string): TemplateResult {
  const { ui } = c;
  return html`<div class="confirm" role="alertdialog" aria-label=${ui.t('confirm.delete')}>
    <p>${ui.t('confirm.delete')}</p>
    <div>
      <button class="button bad" @click=${() => c.discard(id)}>${ui.t('confirm.yes')}</button>
      <button class="button keep" @click=${() => c.confirm(undefined)}>${ui.t('confirm.no')}</button>
    </div>
  </div>`;
}

import { html, nothing, type TemplateResult } from 'lit';
import type { Assistant } from '../api';
import type { Desk } from '../desk';
import { loaded, mark, when } from './parts';

export const assistants = (d: Desk): TemplateResult =>
  html`<p class="lead">${d.words.t('assistants.lead')}</p>
    ${loaded(d, d.data.assistants, (all) => html`<div class="aliases">${all.map((a) => one(d, a))}</div>`, 1)}`;

function one(d: Desk, a: Assistant): TemplateResult {
  const { t, lang } = d.words;
  const s = d.switching?.name === a.name ? d.switching : undefined;
  return html`<section class="card">
    <div class="line">
      <h2><code>${a.name}</code></h2>
      ${mark(a.on ? 'good' : 'bad', t(a.on ? 'on' : 'off'))}
      ${s ? nothing : html`<button class="button" @click=${() => d.askSwitch(a.name, !a.on)}>${t(a.on ? 'turn.off' : 'turn.on')}</button>`}
    </div>
    ${a.since ? html`<p class="n">${t('since', { time: when(a.since, lang), by: a.by ?? '' })}</p>` : nothing}
    ${a.reason ? html`<p>${t('because', { reason: a.reason })}</p>` : nothing}
    ${
      s
        ? html`<form
            class="sure"
            @submit=${(e: Event) => {
              e.preventDefault();
              void d.confirmSwitch();
            }}
          >
            <p><strong>${t(s.on ? 'sure.on' : 'sure.off', { name: a.name })}</strong></p>
            <label>
              ${t('reason')}
              <input maxlength="500" autofocus .value=${s.reason} @input=${(e: Event) => {
                s.reason = (e.target as HTMLInputElement).value;
              }}>
            </label>
            ${s.trouble ? html`<p class="bad" role="alert">${d.say(s.trouble)}</p>` : nothing}
            <div class="pair">
              <button class=${`button ${s.on ? 'go' : 'danger'}`} type="submit" aria-disabled=${s.busy}>${t(s.on ? 'yes.on' : 'yes.off')}</button>
              <button class="button" type="button" @click=${() => d.dropSwitch()}>${t('no')}</button>
            </div>
          </form>`
        : nothing
    }
  </section>`;
}

import { html, nothing, type TemplateResult } from 'lit';
import type { Coupon } from '../../shared/cards';
import { dateExact, dateWords, money } from '../../shared/format';
import { icon } from '../../shared/icons';
import type { Ui } from '../ui';

export function couponCard(ui: Ui, id: string, c: Coupon): TemplateResult {
  const early = c.starts && Date.parse(c.starts) > ui.now.getTime();
  const edge = early ? c.starts : c.ends;
  const when = edge ? dateWords(edge, ui.lang, ui.now) : '';
  return html`<article class="card couponcard ${c.applies ? '' : 'not'}">
    <div class="stub">${icon('ticket', 20)}</div>
    <div class="body">
      <p class="gives">${c.title}</p>
      ${c.saves ? html`<p class="saves">${ui.t('coupon.saves', { amount: money(c.saves, ui.lang) })}</p>` : nothing}
      ${
        c.conditions?.length > 0
          ? html`<ul class="conditions">${c.conditions.map((x) => html`<li>${x}</li>`)}</ul>`
          : nothing
      }
      <p class="state">
        ${
          c.applies
            ? html`<span class="yes">${icon('check')}${ui.t('coupon.applies')}</span>`
            : html`<span class="no">${icon('info')}${ui.any(`reason.${c.reason}`, ui.t('reason.other'))}</span>`
        }
        ${
          edge
            ? html`<time datetime=${edge} title=${dateExact(edge, ui.lang)}>${ui.t(early ? 'coupon.starts' : 'coupon.ends', { when })}</time>`
            : html`<span>${ui.t('coupon.noend')}</span>`
        }
      </p>
      ${
        c.code
          ? html`<button class="code" aria-label=${ui.t('coupon.copy', { code: c.code })} @click=${() => ui.copy(c.code!, id)}>
              <code>${c.code}</code>${icon(ui.copied(id) ? 'check' : 'copy')}
            </button>`
          : nothing
      }
    </div>
  </article>`;
}

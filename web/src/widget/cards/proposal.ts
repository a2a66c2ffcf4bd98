import { html, nothing, type TemplateResult } from 'lit';
import type { Proposal, ProposalView } from '../../shared/cards';
import { dateExact, money } from '../../shared/format';
import type { Ui } from '../ui';

type Out = TemplateResult | typeof nothing;

const tones: Record<string, string> = {
  open: 'info',
  awaiting_second: 'warn',
  confirmed: 'warn',
  unclear: 'warn',
  done: 'good',
  refused: 'bad',
};

/** How it stands now: one that nobody answered in time is too old, whatever the server said when it was shown. */
export const standing = (p: Proposal, now: Date): Proposal['state'] =>
  p.state === 'open' && Date.parse(p.expires) <= now.getTime() ? 'expired' : p.state;

const address = (a: ProposalView['address']): string =>
  [a?.name, a?.line1, a?.line2, a?.city, [a?.region, a?.postal].filter(Boolean).join(' '), a?.country]
    .filter(Boolean)
    .join(', ');

/** One side of the change, line by line. */
export function lines(ui: Pick<Ui, 'any' | 't' | 'lang'>, v: ProposalView): string[] {
  const out: string[] = [];
  if (v.status) out.push(ui.any(`status.${v.status}`, v.status));
  if (v.address) out.push(address(v.address));
  for (const i of v.items ?? []) {
    const title = ui.lang === 'zh-CN' && i.title_zh ? i.title_zh : i.title;
    const form = (i.options ?? []).map((a) => String(a.value)).join(' · ');
    out.push(`${i.qty > 1 ? `${i.qty} × ` : ''}${title}${form ? ` (${form})` : ''}`);
  }
  if (v.total) out.push(ui.t('proposal.total', { amount: money(v.total, ui.lang) }));
  if (v.payment) out.push(v.payment);
  for (const r of v.refund ?? [])
    out.push(ui.t('proposal.refund', { amount: money(r.amount, ui.lang), method: r.method }));
  if (v.fee) out.push(ui.t('proposal.fee', { amount: money(v.fee, ui.lang) }));
  if (v.invoice) out.push([v.invoice.name, v.invoice.tax_id].filter(Boolean).join(', '));
  if (v.expected) out.push(ui.t('order.expected', { when: dateExact(v.expected, ui.lang) }));
  return out;
}

function delta(ui: Ui, p: Proposal): Out {
  const m = p.money_delta;
  if (m.minor === 0) return nothing;
  const amount = money({ ...m, minor: Math.abs(m.minor) }, ui.lang);
  return html`<p class="delta">${ui.t(m.minor > 0 ? 'proposal.pay' : 'proposal.back', { amount })}</p>`;
}

function side(name: string, all: string[]): Out {
  return all.length === 0
    ? nothing
    : html`<div class="side"><dt>${name}</dt>${all.map((l) => html`<dd>${l}</dd>`)}</div>`;
}

/** A change that waits for a yes; once it was answered it is the receipt. */
export function proposalCard(ui: Ui, p: Proposal): TemplateResult {
  const state = standing(p, ui.now);
  const busy = ui.answering(p.id);
  return html`<article class="card order proposal">
    <header>
      <h3>${p.summary}</h3>
      <span class="tag ${tones[state] ?? ''}">${ui.any(`proposal.state.${state}`, state)}</span>
    </header>
    <dl class="change">
      ${side(ui.t('proposal.before'), lines(ui, p.before))}
      ${side(ui.t('proposal.after'), lines(ui, p.after))}
    </dl>
    ${delta(ui, p)}
    ${p.note ? html`<p>${p.note}</p>` : nothing}
    ${
      state === 'open'
        ? html`<p class="until">${ui.t('proposal.until', { when: dateExact(p.expires, ui.lang) })}</p>
          <div class="answers">
            <button class="button primary" ?disabled=${busy} @click=${() => ui.answer(p.id, true)}>${ui.t('proposal.yes')}</button>
            <button class="button" ?disabled=${busy} @click=${() => ui.answer(p.id, false)}>${ui.t('proposal.no')}</button>
          </div>`
        : nothing
    }
    ${ui.refusal(p.id) ? html`<p class="refusal" role="alert">${ui.refusal(p.id)}</p>` : nothing}
  </article>`;
}

// How suggested replies look: the text first, then what proves it, then what it would change.
import { html, nothing, type TemplateResult } from 'lit';
import { money } from '../shared/format';
import { icon } from '../shared/icons';
import { lines } from '../widget/cards/proposal';
import type { Console } from './console';
import { pieces, reasons, type Suggestion } from './tray';
import type { Row } from './types';

type Out = TemplateResult | typeof nothing;

const tones = { grounded: 'good', check: 'warn', unsure: 'bad' } as const;

function words(d: Console, x: Suggestion, chosen: boolean): TemplateResult {
  const { t } = d.words;
  return html`<p class="words">${pieces(x).map((p) =>
    typeof p === 'string'
      ? p
      : chosen
        ? html`<button type="button" class="foot" aria-expanded=${d.tray.opened === `${x.id}/${p}`} aria-label=${t('tray.source', { n: p })} @click=${() => d.tray.note(`${x.id}/${p}`)}>${p}</button>`
        : html`<sup>${p}</sup>`,
  )}</p>`;
}

function sources(d: Console, x: Suggestion): Out {
  const { t } = d.words;
  if (x.citations.length === 0) return nothing;
  return html`<ul class="sources">${x.citations.map((c) => {
    const key = `${x.id}/${c.n}`;
    const open = d.tray.opened === key;
    return html`<li><button type="button" class="link" aria-expanded=${open} @click=${() => d.tray.note(key)}>${icon('book')}${c.n} · ${c.document}${c.section ? ` › ${c.section}` : ''}</button>
      <span class="lead">${t('tray.version', { version: c.version })}</span>
      ${open ? html`<blockquote>${c.quote}</blockquote>` : nothing}</li>`;
  })}</ul>`;
}

function change(d: Console, x: Suggestion): Out {
  const p = x.proposal;
  if (!p) return nothing;
  const { t, lang } = d.words;
  const m = p.money_delta;
  const ui = { any: d.cards.any, t: d.cards.t, lang };
  const was = lines(ui, p.before);
  const then = lines(ui, p.after);
  return html`<div class="planned"><p><b>${icon('check')}${t('tray.does')}</b> ${p.summary}</p>
    <dl>${was.length > 0 ? html`<dt>${d.cards.t('proposal.before')}</dt><dd>${was.join(' · ')}</dd>` : nothing}
    ${then.length > 0 ? html`<dt>${d.cards.t('proposal.after')}</dt><dd>${then.join(' · ')}</dd>` : nothing}</dl>
    ${m.minor === 0 ? nothing : html`<p class="num">${t(m.minor > 0 ? 'tray.pay' : 'tray.back', { amount: money({ ...m, minor: Math.abs(m.minor) }, lang) })}</p>`}
    <p class="lead">${t('tray.confirms')}</p></div>`;
}

function one(d: Console, x: Suggestion, i: number, chosen: boolean): TemplateResult {
  const { t, any } = d.words;
  const head = html`<span class="tag ${tones[x.band]}">${t(`tray.band.${x.band}`)}</span>
    <span class="lead">${any(`tray.from.${x.source}`, x.source)}${x.source === 'model' && x.rung ? ` (${x.rung})` : ''}</span>`;
  if (!chosen)
    return html`<li class="suggestion"><button type="button" class="pick" aria-expanded="false" @click=${() => d.tray.unfold(i)}>${head}${words(d, x, false)}</button></li>`;
  return html`<li class="suggestion chosen" aria-current="true">
    <p class="chips">${head}<span class="lead">${any(`tray.why.${x.band}`, '')}</span></p>
    ${words(d, x, true)}
    ${sources(d, x)}
    ${change(d, x)}
    <p class="acts">
      <button type="button" class="button small go" ?disabled=${d.busy} @click=${() => void d.sendSuggestion()}>${icon('send')}${t('send')}</button>
      <button type="button" class="button small" ?disabled=${d.busy} @click=${() => void d.insert()}>${t('tray.insert')}</button>
      <button type="button" class="button small" @click=${() => d.tray.dismiss(x)}>${t('tray.dismiss')}</button>
      <button type="button" class="button small" @click=${() => d.tray.dismiss(x, true)}>${t('tray.report')}</button>
    </p>
  </li>`;
}

/** What was thrown away a moment ago, and why. */
function leaving(d: Console): Out {
  const l = d.tray.leaving;
  if (!l) return nothing;
  const { t } = d.words;
  return html`<div class="leaving" role="status"><p>${t(l.report ? 'tray.report.why' : 'tray.dismissed')}</p>
    <p class="acts">${reasons.map((x) => html`<button type="button" class="button small" @click=${() => d.tray.because(x)}>${t(`tray.reason.${x}`)}</button>`)}
    <button type="button" class="link" @click=${() => d.tray.undo()}>${t('tray.undo')}</button></p></div>`;
}

export function tray(d: Console, r: Row): Out {
  const { t } = d.words;
  const { all, problem } = d.tray;
  const folded = d.tray.folded(r.id, d.draft(r.id)); // it is being written: what was found takes less room
  const waits = r.state === 'open' && r.owner.kind !== 'assistant' && r.waiting !== null;
  if (all.length === 0 && !d.tray.leaving && !problem && !waits) return nothing;
  return html`<section class="tray" aria-label=${t('tray')}>
    ${problem ? html`<p class="bad" role="alert">${problem}</p>` : nothing}
    ${leaving(d)}
    ${
      all.length > 0
        ? html`<h3>${t('tray')} <span class="hint">${t('tray.hint')}</span></h3><ol>${all.map((x, i) => one(d, x, i, i === d.tray.at && !folded))}</ol>`
        : nothing
    }
  </section>`;
}

/** The server would not send it: why, and that one may all the same. */
export function doubt(d: Console): Out {
  const { t } = d.words;
  const x = d.tray.doubt;
  if (!x) return nothing;
  return html`<div class="doubt" role="alert"><p>${icon('alert')}${x.text}</p>
    <button type="button" class="button small" ?disabled=${d.busy} @click=${() => void d.send(true)}>${t('tray.anyway')}</button></div>`;
}

/** Changes that wait for a person of the shop. */
export function approvals(d: Console): Out {
  const { t } = d.words;
  const all = (d.open?.proposals ?? []).filter((p) => p.may);
  if (all.length === 0) return nothing;
  return html`<section class="approvals" aria-label=${t('approvals')}>${all.map((p) => {
    const m = p.money_delta;
    return html`<article><p><b>${p.summary}</b>
      ${m.minor === 0 ? nothing : html`<span class="num">${t(m.minor > 0 ? 'tray.pay' : 'tray.back', { amount: money({ ...m, minor: Math.abs(m.minor) }, d.words.lang) })}</span>`}</p>
      <p class="lead">${t(p.may === 'second' ? 'approvals.second' : 'approvals.own')}</p>
      <p class="acts"><button class="button small go" ?disabled=${d.busy} @click=${() => void d.answer(p.id, true)}>${t(p.may === 'second' ? 'approve.second' : 'approve')}</button>
      <button class="button small" ?disabled=${d.busy} @click=${() => void d.answer(p.id, false)}>${t('decline')}</button></p></article>`;
  })}</section>`;
}

// What an agent says of a closed conversation, and the look-up of others, which is loaded when it is needed.
import { html, nothing, type TemplateResult } from 'lit';
import { dateExact } from '../shared/format';
import { icon } from '../shared/icons';
import type { Console } from './console';
import { speakReview } from './review-words';
import type { Row } from './types';

type Out = TemplateResult | typeof nothing;

let later: typeof import('./quality-page') | undefined;
let loading = false;
let failed = false;

/** What is not loaded yet is when it is first shown. */
function loaded(d: Console): typeof later {
  if (later || loading || failed) return later;
  loading = true;
  import('./quality-page')
    .then((page) => {
      later = page;
    })
    .catch(() => {
      failed = true;
    })
    .finally(() => {
      loading = false;
      d.redraw();
    });
  return undefined;
}

/** Browsers may remember what they could not load until the page is loaded again; what was written is kept. */
function unloaded(d: Console): TemplateResult {
  const { t } = d.words;
  return html`<p class="bad" role="alert">${t('unloaded')} <button class="button small" @click=${() => location.reload()}>${t('again')}</button></p>`;
}

export function lookupDialog(d: Console): Out {
  if (!d.lookup.shown) return nothing;
  return loaded(d)?.lookupDialog(d) ?? (failed ? unloaded(d) : nothing);
}

export function lookupButton(d: Console): TemplateResult {
  const { t } = speakReview(d.words.lang);
  return html`<button class="button small" @click=${() => d.lookup.open(d.open?.row.id)}>${icon('search')}${t('lookup')}</button>`;
}

const changing = new Set<string>(); // conversations of which somebody says something else

/** Of a closed conversation: whether it was resolved. */
export function review(d: Console, r: Row): Out {
  const said = d.open?.review;
  if (r.state !== 'closed' || !d.open) return nothing;
  const { t } = speakReview(d.words.lang);
  const change = (on: boolean): void => {
    if (on) changing.add(r.id);
    else changing.delete(r.id);
    d.redraw();
  };
  if (said && !changing.has(r.id))
    return html`<p class="review" title=${dateExact(said.at, d.words.lang)}>${icon(said.resolved ? 'check' : 'alert')}
      <span><b>${t(said.resolved ? 'review.said.yes' : 'review.said.no', { agent: said.by })}</b> ${said.note}</span>
      <button class="button small" @click=${() => change(true)}>${t('review.change')}</button></p>`;
  const act = async (e: Event, resolved: boolean): Promise<void> => {
    const note = (e.target as HTMLElement).closest('.review')!.querySelector('input')!.value.trim();
    if (await d.act('review', { resolved, note })) change(false);
  };
  return html`<div class="review" role="group" aria-label=${t('review.ask')}>
    <b>${t('review.ask')}</b>
    <input aria-label=${t('review.note')} placeholder=${t('review.note')} maxlength="2000">
    <button class="button small" ?disabled=${d.busy} @click=${(e: Event) => void act(e, true)}>${icon('check')}${t('review.yes')}</button>
    <button class="button small" ?disabled=${d.busy} @click=${(e: Event) => void act(e, false)}>${icon('alert')}${t('review.no')}</button>
    ${said ? html`<button class="button small" @click=${() => change(false)}>${t('review.keep')}</button>` : nothing}
  </div>`;
}

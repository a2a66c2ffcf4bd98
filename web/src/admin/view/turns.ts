import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../../shared/icons';
import type { Ending, Span, Turn } from '../api';
import { hops } from '../chart';
import { type Desk, turnAt, turnStates } from '../desk';
import { ordered, span } from '../shape';
import { choice, empty, figure, loaded, mark, when } from './parts';

const tones: Record<Ending, 'good' | 'warn' | 'bad' | 'quiet'> = {
  completed: 'good',
  truncated: 'warn',
  refused: 'warn',
  cancelled: 'quiet',
  failed: 'bad',
};

const ending = (d: Desk, t: Turn): TemplateResult =>
  mark(tones[t.ending] ?? 'quiet', d.words.any(`ending.${t.ending}`, t.ending));

export const turns = (d: Desk): TemplateResult => (d.opened ? one(d) : list(d));

function list(d: Desk): TemplateResult {
  const { t, lang } = d.words;
  return html`<p class="lead">${t('turns.lead')}</p>
    ${choice(
      t('turns.filter'),
      turnStates,
      d.turnState,
      (s) => t(`turns.${s}`),
      (s) => d.setTurnState(s),
    )}
    ${loaded(d, d.data.turns, (all) =>
      all.length === 0
        ? empty(t(`empty.turns.${d.turnState}`))
        : html`<div class="scroll card" tabindex="0" role="region" aria-label=${t('turns')}>
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">${t('time')}</th>
                  <th scope="col">${t('what')}</th>
                  <th scope="col">${t('rung.name')}</th>
                  <th scope="col">${t('ending')}</th>
                  <th scope="col" class="right">${t('took')}</th>
                  <th scope="col" class="right">${t('firstword')}</th>
                </tr>
              </thead>
              <tbody>
                ${all.map(
                  (x) =>
                    html`<tr>
                      <td><a href=${turnAt(x.id)} title=${t('open.turn')}>${when(x.at, lang)}</a></td>
                      <td>${x.assistant ?? x.alias ?? ''} <span class="n">${t(x.kind === 'turn' ? 'kind.turn' : 'raw')}</span></td>
                      <td>${x.rung ?? '—'}</td>
                      <td>${ending(d, x)}${x.error ? html` <span class="n">${x.error}</span>` : nothing}</td>
                      <td class="right">${span(x.duration_ms, lang)}</td>
                      <td class="right">${x.ttft_ms ? span(x.ttft_ms, lang) : '—'}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`,
    )}`;
}

const label = (d: Desk, s: Span): string =>
  s.kind === 'round' ? d.words.t('round') : `${d.words.t(`kind.${s.kind}`)} ${s.name}`;

const details = (s: Span): string =>
  Object.entries(s.attributes ?? {})
    .map(([k, v]) => `${k}: ${typeof v === 'number' ? Math.round(v * 100) / 100 : String(v)}`)
    .join(', ');

function one(d: Desk): TemplateResult {
  const { t, lang } = d.words;
  return html`<p>
      <a class="button" href="#/turns">${icon('back')}${t('back')}</a>
    </p>
    ${loaded(d, d.data.turn, (x) => {
      const spans = x.spans ?? [];
      const below = spans.filter((s) => s.kind === 'model' || s.kind === 'tool');
      const longest =
        below.reduce<Span | undefined>((a, s) => (a && a.duration_ms >= s.duration_ms ? a : s), undefined) ??
        spans[0];
      const order = ordered(spans);
      return html`<section class="card">
          <h2>${x.assistant ?? x.alias} ${ending(d, x)}</h2>
          <dl class="pairs">
            <div><dt>${t('time')}</dt><dd>${when(x.at, lang)}</dd></div>
            <div><dt>${t('took')}</dt><dd>${span(x.duration_ms, lang)}</dd></div>
            <div><dt>${t('firstword')}</dt><dd>${x.ttft_ms ? span(x.ttft_ms, lang) : '—'}</dd></div>
            <div><dt>${t('rung.name')}</dt><dd>${x.rung ?? '—'}</dd></div>
            ${x.conversation ? html`<div><dt>${t('conversation')}</dt><dd><code>${x.conversation}</code></dd></div>` : nothing}
            ${x.error ? html`<div><dt>${t('status.error')}</dt><dd>${x.error}</dd></div>` : nothing}
          </dl>
        </section>
        ${
          longest
            ? figure(d, {
                id: 'hops',
                title: t('hops'),
                says: t('hops.says', {
                  n: spans.length,
                  span: span(x.duration_ms, lang),
                  name: label(d, longest),
                  longest: span(longest.duration_ms, lang),
                }),
                chart: html`<div class="scroll" tabindex="0" role="region" aria-label=${t('hops')}>
                  ${hops({ title: t('hops'), spans, name: (s) => label(d, s), value: (ms) => span(ms, lang) })}
                </div>`,
                table: {
                  head: [t('hop'), t('begins'), t('took'), t('ending'), t('details')],
                  rows: order.map((i) => {
                    const s = spans[i]!;
                    return [label(d, s), s.start_ms, s.duration_ms, t(`status.${s.status}`), details(s)];
                  }),
                  shown: order.map((i) => {
                    const s = spans[i]!;
                    return [
                      label(d, s),
                      span(s.start_ms, lang),
                      span(s.duration_ms, lang),
                      mark(s.status === 'ok' ? 'good' : 'bad', t(`status.${s.status}`)),
                      details(s),
                    ];
                  }),
                },
              })
            : nothing
        }`;
    })}`;
}

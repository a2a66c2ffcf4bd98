import { html, nothing, type TemplateResult } from 'lit';
import type { Spend, SpendRow } from '../api';
import { bar } from '../chart';
import { type Desk, ranges, spendBy } from '../desk';
import { compact, nano, share } from '../shape';
import { choice, csvButton, empty, loaded, type Table } from './parts';

export const spend = (d: Desk): TemplateResult => {
  const { t } = d.words;
  return html`<p class="lead">${t('spend.lead')}</p>
    <div class="choices">
      ${choice(
        t('spend.by'),
        spendBy,
        d.by,
        (v) => t(`by.${v}`),
        (v) => d.setSpend(v, d.days),
      )}
      ${choice(
        t('range'),
        ranges,
        d.days,
        (v) => t(`range.${v}`),
        (v) => d.setSpend(d.by, v),
      )}
    </div>
    ${loaded(d, d.data.spend, (s) => (s.rows.length === 0 ? empty(t('empty.spend')) : shown(d, s)))}`;
};

function named(d: Desk, s: Spend, r: SpendRow): string {
  if (r.at)
    return new Intl.DateTimeFormat(d.words.lang === 'en' ? 'en-GB' : d.words.lang, {
      dateStyle: 'medium',
      timeZone: 'UTC',
    }).format(new Date(r.at));
  return r.name || d.words.t(s.by === 'assistant' ? 'raw' : 'nokey');
}

function shown(d: Desk, s: Spend): TemplateResult {
  const { t, lang } = d.words;
  const money = (v: number): string => nano(v, s.currency, lang);
  const top = s.rows.reduce((a, r) => (r.cost_nano > a.cost_nano ? r : a), s.rows[0]!);
  const title = `${t('spend')}: ${t(`by.${d.by}`)}`;
  const table: Table = {
    head: [t(`by.${d.by}`), t('money'), t('requests'), t('failed'), t('input'), t('cached'), t('output')],
    rows: s.rows.map((r) => [
      r.at ?? r.name,
      r.cost_nano / 1e9,
      r.requests,
      r.failed,
      r.input,
      r.cached,
      r.output,
    ]),
  };
  const cells = (r: SpendRow): TemplateResult =>
    html`<td class="right">${money(r.cost_nano)}</td>
      <td class="right">${compact(r.requests, lang)}</td>
      <td class="right">${compact(r.failed, lang)}</td>
      <td class="right">${compact(r.input, lang)}</td>
      <td class="right">${compact(r.cached, lang)}</td>
      <td class="right">${compact(r.output, lang)}</td>`;
  return html`<figure class="card">
    <figcaption>
      <h2>${title}</h2>
      <div class="tools">${csvButton(d, title, table, `spend-${s.by}`)}</div>
      <p>
        ${t('spend.says', { n: s.total.requests, money: money(s.total.cost_nano), tokens: compact(s.total.input + s.total.output, lang), failed: s.total.failed })}
        ${top.cost_nano > 0 ? t('spend.top', { name: named(d, s, top), money: money(top.cost_nano) }) : nothing}
      </p>
    </figcaption>
    <div class="scroll" tabindex="0" role="region" aria-label=${title}>
      <table class="spend">
        <thead>
          <tr>
            ${table.head.map((h, i) => html`<th scope="col" class=${i > 0 ? 'right' : ''}>${h}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${s.rows.map((r) => html`<tr><th scope="row"><span>${named(d, s, r)}</span>${bar(share(r, s.rows))}</th>${cells(r)}</tr>`)}
        </tbody>
        <tfoot>
          <tr><th scope="row">${t('total')}</th>${cells(s.total)}</tr>
        </tfoot>
      </table>
    </div>
  </figure>`;
}

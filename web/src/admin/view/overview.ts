import { html, nothing, type TemplateResult } from 'lit';
import type { Live, Point } from '../api';
import { lines, sparkline } from '../chart';
import type { Desk } from '../desk';
import { change, compact, nano, resting, span, sum } from '../shape';
import { clock, empty, figure, loaded } from './parts';

function tile(
  label: string,
  value: string,
  below: string,
  values?: (number | undefined)[],
  href?: string,
): TemplateResult {
  const body = html`<span class="label">${label}</span><span class="value">${value}</span>
    <span class="below">${below}</span>${values ? sparkline(values) : nothing}`;
  return href ? html`<a class="tile" href=${href}>${body}</a>` : html`<div class="tile">${body}</div>`;
}

function changed(d: Desk, c: number | undefined): string {
  if (c === undefined) return d.words.t('nocompare');
  const n = Math.round(Math.abs(c) * 100);
  if (n === 0) return d.words.t('same');
  return d.words.t(c > 0 ? 'more' : 'less', { n });
}

export const overview = (d: Desk): TemplateResult =>
  html`${loaded(d, d.data.live, (live) => shown(d, live), 6)}`;

function shown(d: Desk, live: Live): TemplateResult {
  const { t, lang } = d.words;
  const s = live.series;
  const requests = sum(s, (p) => p.requests);
  const failed = sum(s, (p) => p.failed);
  const tokens = sum(s, (p) => p.tokens);
  const paid = sum(s, (p) => p.cost_nano);
  const { ttft_p50_ms: p50, ttft_p95_ms: p95 } = live;
  const rest = d.data.targets.value ? resting(d.data.targets.value) : undefined;
  const percent = new Intl.NumberFormat(lang, { style: 'percent', maximumFractionDigits: 1 });
  const ended = Object.entries(live.by_ending);
  return html`<div class="tiles">
      ${tile(
        t('requests'),
        compact(requests, lang),
        changed(
          d,
          change(s, (p) => p.requests),
        ),
        s.map((p) => p.requests),
      )}
      ${tile(
        t('failed'),
        compact(failed, lang),
        t('failed.share', { share: percent.format(requests ? failed / requests : 0) }),
        s.map((p) => p.failed),
        '#/turns',
      )}
      ${tile(
        t('first'),
        p95 === undefined ? '—' : span(p95, lang),
        p95 === undefined ? t('empty.first') : t('first.p95'),
        s.map((p) => p.ttft_p95_ms),
      )}
      ${tile(
        t('tokens'),
        compact(tokens, lang),
        changed(
          d,
          change(s, (p) => p.tokens),
        ),
        s.map((p) => p.tokens),
      )}
      ${tile(
        t('money'),
        nano(paid, live.currency, lang),
        t('hour'),
        s.map((p) => p.cost_nano),
        '#/spend',
      )}
      ${tile(t('running'), compact(live.running, lang), t('running.hint'))}
      ${tile(t('resting'), rest === undefined ? '—' : compact(rest, lang), rest === undefined ? t('resting.unknown') : rest ? t('resting.some') : t('resting.none'), undefined, '#/targets')}
    </div>
    ${
      requests === 0
        ? empty(t('empty.live'))
        : html`<div class="figures">
            ${chart(d, s, {
              id: 'requests',
              title: t('chart.requests'),
              says: t('chart.requests.says', {
                n: requests,
                failed,
                most: Math.max(...s.map((p) => p.requests)),
              }),
              value: (v) => compact(v, lang),
              of: [
                [t('requests'), (p) => p.requests],
                [t('failed'), (p) => p.failed],
              ],
            })}
            ${
              p50 === undefined || p95 === undefined
                ? nothing
                : chart(d, s, {
                    id: 'first-word',
                    title: t('chart.first'),
                    says: t('chart.first.says', { p50: span(p50, lang), p95: span(p95, lang) }),
                    value: (v) => span(v, lang),
                    of: [
                      [t('first.p50'), (p) => p.ttft_p50_ms],
                      [t('first.p95'), (p) => p.ttft_p95_ms],
                    ],
                  })
            }
            ${chart(d, s, {
              id: 'tokens',
              title: t('chart.tokens'),
              says: t('chart.tokens.says', { n: tokens, money: nano(paid, live.currency, lang) }),
              value: (v) => compact(v, lang),
              of: [[t('tokens'), (p) => p.tokens]],
            })}
            <section class="card">
              <h2>${t('endings')}</h2>
              <dl class="pairs">
                ${ended.map(([e, n]) => html`<div><dt>${d.words.any(`ending.${e}`, e)}</dt><dd>${compact(n, lang)}</dd></div>`)}
              </dl>
            </section>
          </div>`
    }
    <p class="n">${t('updated', { time: clock(live.now, lang) })}</p>`;
}

function chart(
  d: Desk,
  s: Point[],
  o: {
    id: string;
    title: string;
    says: string;
    value: (v: number) => string;
    of: [string, (p: Point) => number | undefined][];
  },
): TemplateResult {
  return figure(d, {
    id: o.id,
    title: o.title,
    says: o.says,
    chart: lines({
      title: o.says,
      at: s.map((p) => p.at),
      time: (iso) => clock(iso, d.words.lang),
      value: o.value,
      lines: o.of.map(([name, of], i) => ({ name, tone: i === 0 ? 'one' : 'two', values: s.map(of) })),
    }),
    table: {
      head: [d.words.t('time'), ...o.of.map(([name]) => name)],
      rows: s.map((p) => [p.at, ...o.of.map(([, of]) => of(p))]),
      shown: s.map((p) => [
        clock(p.at, d.words.lang),
        ...o.of.map(([, of]) => {
          const v = of(p);
          return v === undefined ? '—' : o.value(v);
        }),
      ]),
    },
  });
}

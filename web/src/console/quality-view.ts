// The page of quality: how conversations came out, why they went to people, clocks, suggestions, ratings.
import { html, nothing, type TemplateResult } from 'lit';
import { live as kept } from 'lit/directives/live.js';
import { number } from '../shared/format';
import type { Console } from './console';
import { groups, lasted, type Quality, type Report, type Share, stretches } from './quality';
import { bar, columns, parts, table } from './quality-chart';
import { speakQuality } from './quality-words';

type Out = TemplateResult | typeof nothing;

interface Ways {
  d: Console;
  q: Quality;
  r: Report;
  t: ReturnType<typeof speakQuality>['t'];
  any: ReturnType<typeof speakQuality>['any'];
  n: (v: number) => string;
  pct: (v: number | null) => string;
}

export function quality(d: Console, q: Quality): TemplateResult {
  const { t, any } = speakQuality(d.words.lang);
  const lang = d.words.lang;
  const whole = new Intl.NumberFormat(lang, { style: 'percent' });
  const exact = (mode: 'trunc' | 'expand'): Intl.NumberFormat =>
    new Intl.NumberFormat(lang, { style: 'percent', maximumFractionDigits: 1, roundingMode: mode });
  const r = q.report;
  const w: Ways | undefined = r && {
    d,
    q,
    r,
    t,
    any,
    n: (v) => number(v, lang),
    // what is nearly all is not all, and what is nearly nothing is something
    pct: (v) => {
      if (v === null) return '–';
      if (v > 0 && v < 0.005) return exact('expand').format(v);
      return (v < 1 && v >= 0.995 ? exact('trunc') : whole).format(v);
    },
  };
  return html`<main class="quality" aria-busy=${q.busy}>
    <div class="within">
      <header class="asks">
        <h2 class="title">${t('quality')}</h2>
        ${choices(d, q)}
      </header>
      ${q.trouble ? html`<p class="bad" role="alert">${q.trouble} <button class="button small" @click=${() => void q.load()}>${t('again')}</button></p>` : nothing}
      ${w ? told(w) : q.trouble ? nothing : html`<div class="bones" aria-label=${t('loading')} role="status">${[1, 2, 3].map(() => html`<div class="bone"></div>`)}</div>`}
    </div>
  </main>`;
}

function choices(d: Console, q: Quality): TemplateResult {
  const { t } = speakQuality(d.words.lang);
  const day = (name: 'from' | 'to'): TemplateResult =>
    html`<label class="field">${t(name)}<input type="date" .value=${kept(q[name])} ?disabled=${!q.report}
      @change=${(e: Event) => q.choose({ [name]: (e.target as HTMLInputElement).value })}></label>`;
  return html`<div class="views" role="group" aria-label=${t('range')}>
      ${[7, 28, 90].map((n) => html`<button aria-pressed=${q.days === n} @click=${() => q.last(n)}>${t('last', { n })}</button>`)}
    </div>
    ${day('from')}${day('to')}
    <label class="field">${t('lang')}<select @change=${(e: Event) => q.speaks((e.target as HTMLSelectElement).value)}>
      ${(['', 'en', 'zh'] as const).map((v) => html`<option value=${v} ?selected=${q.only === v}>${t(`lang.${v}`)}</option>`)}</select></label>`;
}

const dayName = (w: Ways, day: string): string =>
  new Intl.DateTimeFormat(w.d.words.lang === 'en' ? 'en-GB' : w.d.words.lang, {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
  }).format(new Date(`${day}T00:00:00Z`));

const few = (w: Ways, s: { small: boolean }): Out =>
  s.small ? html` <span class="tag warn" title=${w.t('few.why')}>${w.t('few')}</span>` : nothing;

const counted = (w: Ways, s: Share): TemplateResult =>
  html`<span class="num"><b>${w.pct(s.share)}</b> ${w.t('of', { n: s.n, of: s.of })}</span>${s.of > 0 ? few(w, s) : nothing}`;

function told(w: Ways): TemplateResult {
  const { r, t } = w;
  return html`
    <p class="lead">${t('period', { from: r.from, to: r.to, zone: r.zone })}</p>
    ${
      r.conversations === 0
        ? html`<p class="card">${t('empty')}</p>`
        : html`${tiles(w)}
          <section class="card" aria-label=${t('byday')}>${daily(w)}</section>
          ${outcome(w)}
          ${handoffs(w)}`
    }
    ${clocks(w)} ${ratings(w)} ${worth(w)}`;
}

function tiles(w: Ways): TemplateResult {
  const { r, t, n, pct } = w;
  const tile = (name: string, value: string, more: unknown = nothing): TemplateResult =>
    html`<div class="tile"><dt>${name}</dt><dd><b class="big">${value}</b> ${more}</dd></div>`;
  const part = (s: Share): TemplateResult =>
    html`<span class="lead num">${t('of', { n: s.n, of: s.of })}</span>${few(w, s)}`;
  return html`<dl class="tiles">
    ${tile(t('tile.conversations'), n(r.conversations))}
    ${tile(t('tile.assistant'), pct(r.assistant.share), part(r.assistant))}
    ${tile(t('tile.people'), pct(r.people.share), part(r.people))}
    ${tile(t('tile.csat'), r.csat ? pct(r.csat.good.share) : '–', r.csat ? part(r.csat.good) : html`<span class="lead">${t('csat.off')}</span>`)}
  </dl>`;
}

/** Days, or weeks, as charts name them. */
function over(w: Ways) {
  const all = stretches(w.r.days);
  const weeks = all.length !== w.r.days.length;
  return {
    all,
    weeks,
    at: all.map((s) => dayName(w, s.day)),
    first: w.t(weeks ? 'week' : 'day'),
    table: w.t('table'),
    number: w.n,
  };
}

function daily(w: Ways): TemplateResult {
  const { r, t } = w;
  const o = over(w);
  return columns({
    ...o,
    title: t(o.weeks ? 'byweek' : 'byday'),
    series: [
      { name: t('assistant'), tone: 'one', values: o.all.map((s) => s.assistant) },
      { name: t('people'), tone: 'two', values: o.all.map((s) => s.people) },
    ],
    says: t('byday.says', { n: r.conversations, assistant: r.assistant.n, people: r.people.n }),
  });
}

const evidence = ['reviewed', 'confirmed', 'assumed'] as const;
const tones = { reviewed: 'one', confirmed: 'three', assumed: 'two' } as const;

function outcome(w: Ways): TemplateResult {
  const { q, r, t } = w;
  const out = q.outcome!;
  const o = over(w);
  return html`<section class="card" aria-labelledby="outcome">
    <div class="head"><h2 id="outcome">${t('outcome')}</h2>
      <div class="views" role="group" aria-label=${t('group')}>
        ${groups.map((g) => html`<button aria-pressed=${q.group === g} @click=${() => q.look(g)}>${t(`group.${g}`)}</button>`)}
      </div></div>
    <p class="lead">${t('outcome.lead')}</p>
    <ul class="kinds">${evidence.map(
      (e) => html`<li><h3>${t(e)}</h3>${bar(out[e].share, tones[e])}<p>${counted(w, out[e])}</p>
        <p class="lead">${t(`${e}.is`, { n: r.quiet_hours })}</p></li>`,
    )}</ul>
    <p class="lead">${t('rest', { reopened: out.reopened, unresolved: out.unresolved, open: out.open })}</p>
    <div class="trio">${evidence.map((e) =>
      columns({
        ...o,
        low: true,
        title: `${t(o.weeks ? 'outcome.byweek' : 'outcome.byday', { name: t(e) })}${q.group === 'all' ? '' : ` (${t('group.all')})`}`,
        series: [
          { name: t(`${e}.yes`), tone: tones[e], values: o.all.map((s) => s[e][0]) },
          { name: t(`${e}.no`), tone: 'rest', values: o.all.map((s) => s[e][1] - s[e][0]) },
        ],
      }),
    )}</div>
  </section>`;
}

function handoffs(w: Ways): TemplateResult {
  const { d, r, t, any } = w;
  const most = Math.max(1, ...r.handoffs.map((h) => h.n));
  return html`<section class="card" aria-labelledby="handoffs">
    <h2 id="handoffs">${t('handoffs')}</h2>
    ${
      r.handoffs.length === 0
        ? html`<p class="lead">${t('handoffs.none')}</p>`
        : html`<table class="bars">
          <thead class="unseen"><tr><th scope="col">${t('reason')}</th><th scope="col">${t('count')}</th></tr></thead>
          <tbody>${r.handoffs.map(
            (
              h,
            ) => html`<tr><th scope="row">${any(`reason.${h.reason}`, d.words.any(`reason.${h.reason}`, h.reason.replaceAll('_', ' ')))}</th>
              <td>${bar(h.n / most, 'two')}<span class="num"><b>${w.n(h.n)}</b> ${w.pct(h.share)}</span></td></tr>`,
          )}</tbody></table>`
    }
  </section>`;
}

function clocks(w: Ways): TemplateResult {
  const { r, t, any, pct } = w;
  const time = (s: number): string => lasted(s, (unit, n) => t(`unit.${unit}`, { n }));
  return html`<section class="card" aria-labelledby="clocks">
    <h2 id="clocks">${t('clocks')}</h2>
    ${r.clocks.length === 0 ? html`<p class="lead">${t('clocks.none')}</p>` : nothing}
    <ul class="kinds">${r.clocks.map((c) => {
      const kept = c.met.share !== null && c.threshold > 0 && c.met.share < c.threshold;
      return html`<li><h3>${any(`clock.${c.name}`, c.name)} <span class="lead">${c.seconds > 0 ? t('clock.within', { time: time(c.seconds) }) : ''}</span></h3>
        ${bar(c.met.share, kept ? 'two' : 'three', c.threshold)}
        ${
          c.met.of === 0
            ? html`<p class="lead">${t('clock.nothing')}</p>`
            : html`<p><b class="num">${pct(c.met.share)}</b> ${t('clock.met', { n: c.met.n, of: c.met.of })}${few(w, c.met)}</p>`
        }
        <p class="lead">${[
          c.threshold > 0 ? t('clock.wanted', { share: pct(c.threshold) }) : '',
          c.breached > 0 ? t('clock.late', { n: c.breached }) : '',
          c.running > 0 ? t('clock.running', { n: c.running }) : '',
        ]
          .filter(Boolean)
          .join(' · ')}</p>
        ${c.p50 !== null && c.p90 !== null ? html`<p class="lead">${t('clock.took', { p50: time(c.p50), p90: time(c.p90) })}</p>` : nothing}
      </li>`;
    })}</ul>
  </section>`;
}

const worths = [
  ['as_it_was', 'three'],
  ['edited', 'one'],
  ['dismissed', 'two'],
] as const;

function worth(w: Ways): TemplateResult {
  const { r, t, any, n, pct } = w;
  const s = r.suggestions;
  const seen = s.as_it_was.of;
  if (seen === 0)
    return html`<section class="card" aria-labelledby="worth"><h2 id="worth">${t('worth')}</h2><p class="lead">${t('worth.none')}</p></section>`;
  const left = Math.max(0, seen - s.as_it_was.n - s.edited.n - s.dismissed.n);
  const named = (x: string, of: 'intent' | 'source'): string => any(`${of}.${x}`, x.replaceAll('_', ' '));
  return html`<section class="card" aria-labelledby="worth">
    <h2 id="worth">${t('worth')}</h2>
    <p class="lead">${t('worth.lead', { n: seen, generated: s.generated })} ${s.distance === null ? '' : t('worth.distance', { share: pct(s.distance) })}</p>
    ${parts(seen, [...worths.map(([name, tone]) => ({ n: s[name].n, tone })), { n: left, tone: 'rest' as const }])}
    <ul class="legend">
      ${worths.map(([name, tone]) => html`<li class=${`key ${tone}`}>${t(`worth.${name}`)} ${counted(w, s[name])}</li>`)}
      <li class="key rest">${t('worth.left')} <span class="num"><b>${pct(left / seen)}</b> ${t('of', { n: left, of: seen })}</span></li>
      <li>${t('worth.reported')} ${counted(w, s.reported)}</li>
    </ul>
    ${table({
      name: t('worth.table'),
      title: t('worth.table'),
      texts: 3,
      head: [
        t('intent'),
        t('source'),
        t('prompt'),
        t('seen'),
        ...worths.map(([name]) => t(`worth.${name}`)),
        t('changed'),
        t('worth.reported'),
      ],
      rows: r.worth.map((x) => [
        named(x.intent, 'intent'),
        named(x.source, 'source'),
        x.prompt,
        n(x.as_it_was.of),
        ...worths.map(([name]) => `${n(x[name].n)} (${pct(x[name].share)})`),
        pct(x.distance),
        n(x.reported.n),
      ]),
    })}
  </section>`;
}

function ratings(w: Ways): TemplateResult {
  const { d, r, t } = w;
  const c = r.csat;
  const mean = (v: number | null | undefined): string =>
    v == null ? '–' : new Intl.NumberFormat(d.words.lang, { maximumFractionDigits: 1 }).format(v);
  if (!c || c.ratings === 0)
    return html`<section class="card whole" aria-labelledby="csat"><h2 id="csat">${t('csat')}</h2><p class="lead">${t(c ? 'csat.empty' : 'csat.none')}</p></section>`;
  const most = Math.max(1, ...c.stars);
  const o = over(w);
  return html`<section class="card whole" aria-labelledby="csat">
    <h2 id="csat">${t('csat')}</h2>
    <p>${t('csat.mean', { n: c.ratings, mean: mean(c.mean) })}${few(w, c.good)}</p>
    <div class="halves"><div>
    <table class="bars">
      <thead class="unseen"><tr><th scope="col">${t('csat')}</th><th scope="col">${t('count')}</th></tr></thead>
      <tbody>${[5, 4, 3, 2, 1].map((s) => html`<tr><th scope="row">${t('csat.stars', { n: s })}</th><td>${bar(c.stars[s - 1]! / most, 'one')}<span class="num">${w.n(c.stars[s - 1]!)}</span></td></tr>`)}</tbody>
    </table></div><div>
    ${columns({
      ...o,
      low: true,
      most: 5,
      title: t(o.weeks ? 'csat.byweek' : 'csat.byday'),
      number: (v) => mean(v),
      series: [{ name: t('csat.average'), tone: 'one', values: o.all.map((s) => s.stars) }],
    })}
    ${
      c.agents.length > 0
        ? table({
            name: t('csat.agents'),
            title: t('csat.agents'),
            head: [t('csat.agent'), t('count'), t('csat.average')],
            rows: c.agents.map((a) => [
              a.agent || t('csat.assistant'),
              w.n(a.n),
              `${mean(a.mean)}${a.small ? ` (${t('few')})` : ''}`,
            ]),
          })
        : nothing
    }</div></div>
  </section>`;
}

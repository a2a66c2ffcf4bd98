// Charts of the quality page: columns over days, bars of a share. The plot stretches; words beside it stay readable at every width.
import { html, nothing, svg, type TemplateResult } from 'lit';
import { steps } from '../admin/shape';

type Out = TemplateResult | typeof nothing;

export interface Series {
  name: string;
  tone: 'one' | 'two' | 'three' | 'rest';
  values: (number | undefined)[];
}

export interface Columns {
  title: string;
  at: string[]; // what each column is called
  first: string; // what the table calls them
  series: Series[]; // from the bottom up
  says?: string; // what the chart shows
  table: string; // "As a table"
  number: (v: number) => string;
  most?: number; // the axis ends here at least
  low?: boolean;
}

const gap = 0.12;

/** Columns from nought, one on top of the other, with their table. */
export function columns(o: Columns): TemplateResult {
  const n = o.at.length;
  const totals = o.at.map((_, i) => o.series.reduce((sum, s) => sum + (s.values[i] ?? 0), 0));
  const axis = steps(Math.max(o.most ?? 0, ...totals), o.low ? 2 : 4).filter((v) => Number.isInteger(v));
  const high = axis.at(-1) || 1;
  const stack = (i: number) => {
    let under = 0;
    return o.series.map((s) => {
      const v = s.values[i] ?? 0;
      const from = under;
      under += v;
      return v > 0
        ? svg`<rect class=${`fill ${s.tone}`} x=${i + gap} width=${1 - 2 * gap} y=${100 - (100 * under) / high} height=${(100 * (under - from)) / high} />`
        : nothing;
    });
  };
  const told = (i: number): string =>
    `${o.at[i]}: ${o.series.map((s) => `${s.name} ${s.values[i] === undefined ? '–' : o.number(s.values[i]!)}`).join(', ')}`;
  const marks = [...new Set([0, Math.floor((n - 1) / 2), n - 1])].filter((i) => i >= 0);
  return html`<figure class="fig">
    <figcaption>${o.title}</figcaption>
    ${o.series.length > 1 ? html`<p class="legend" aria-hidden="true">${o.series.map((s) => html`<span class=${`key ${s.tone}`}>${s.name}</span>`)}</p>` : nothing}
    <div class="plot ${o.low ? 'low' : ''}">
      <div class="ys" aria-hidden="true">${[...axis].reverse().map((v) => html`<span>${o.number(v)}</span>`)}</div>
      <svg viewBox="0 0 ${Math.max(1, n)} 100" preserveAspectRatio="none" role="img" aria-label=${o.says ? `${o.title}. ${o.says}` : o.title}>
        ${axis.map((v) => svg`<line class="grid" x1="0" x2=${n} y1=${100 - (100 * v) / high} y2=${100 - (100 * v) / high} />`)}
        ${o.at.map((_, i) => svg`<g class="col"><title>${told(i)}</title><rect class="hover" x=${i} width="1" y="0" height="100" />${stack(i)}</g>`)}
      </svg>
      <div class="xs" aria-hidden="true">${marks.map((i) => html`<span>${o.at[i]}</span>`)}</div>
    </div>
    ${o.says ? html`<p class="lead">${o.says}</p>` : nothing}
    ${table({
      name: o.table,
      title: o.title,
      head: [o.first, ...o.series.map((s) => s.name)],
      rows: o.at.map((day, i) => [
        day,
        ...o.series.map((s) => (s.values[i] === undefined ? '–' : o.number(s.values[i]!))),
      ]),
    })}
  </figure>`;
}

/** A table behind its name: the first column is text, the others are numbers. */
export function table(o: {
  name: string;
  title: string;
  head: string[];
  rows: string[][];
  texts?: number; // leading columns of text; 1
}): TemplateResult {
  const kind = (i: number): string => (i < (o.texts ?? 1) ? '' : 'num');
  return html`<details class="behind"><summary>${o.name}</summary>
    <div class="wide" tabindex="0" role="region" aria-label=${o.title}><table>
      <thead><tr>${o.head.map((h, i) => html`<th scope="col" class=${kind(i)}>${h}</th>`)}</tr></thead>
      <tbody>${o.rows.map((r) => html`<tr>${r.map((c, i) => (i === 0 ? html`<th scope="row">${c}</th>` : html`<td class=${kind(i)}>${c}</td>`))}</tr>`)}</tbody>
    </table></div></details>`;
}

/** A share from nought to all; the words beside it say the same. */
export const bar = (share: number | null, tone: Series['tone'] = 'one', mark?: number): TemplateResult =>
  html`<span class="meter" aria-hidden="true"><span class=${`fill ${tone}`} style=${`width:${pct(share ?? 0)}`}></span>${
    mark ? html`<span class="mark" style=${`inset-inline-start:${pct(mark)}`}></span>` : (nothing as Out)
  }</span>`;

/** Parts of a whole in one bar. */
export const parts = (of: number, all: { n: number; tone: Series['tone'] }[]): TemplateResult =>
  html`<span class="meter" aria-hidden="true">${all.map((p) => html`<span class=${`fill ${p.tone}`} style=${`width:${pct(of > 0 ? p.n / of : 0)}`}></span>`)}</span>`;

const pct = (v: number): string => `${(100 * Math.max(0, Math.min(1, v))).toFixed(2)}%`;

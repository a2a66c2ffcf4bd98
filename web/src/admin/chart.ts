// Charts as SVG: they take the page's colours, and print. Each has a sentence, a table and a CSV beside it (view/figure.ts).
import { html, nothing, svg, type TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import type { Span } from './api';
import { depth, ordered, pieces, steps } from './shape';

export interface Line {
  name: string;
  tone: 'one' | 'two';
  values: (number | undefined)[];
}

const W = 640;
const H = 200;
const left = 48;
const bottom = 24;
const top = 12;
const right = 8;

/** Lines over time, from nought. Labels stand at the lines' ends in the legend above, which also names their dashes. */
export function lines(o: {
  title: string;
  at: string[]; // of each value
  lines: Line[];
  value: (v: number) => string;
  time: (iso: string) => string;
}): TemplateResult {
  const n = Math.max(2, o.at.length);
  const most = Math.max(0, ...o.lines.flatMap((l) => l.values.map((v) => v ?? 0)));
  const axis = steps(most);
  const high = axis.at(-1)!;
  const x = (i: number): number => left + (i * (W - left - right)) / (n - 1);
  const y = (v: number): number => H - bottom - (v / high) * (H - bottom - top);
  const path = (l: Line): string =>
    pieces(l.values)
      .map((p) =>
        p.map(([i, v], k) => `${k === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(v).toFixed(1)}`).join(''),
      )
      .join('');
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((f) => Math.round(f * (o.at.length - 1))).filter((i) => i >= 0);
  return html`<div class="legend" aria-hidden="true">
      ${o.lines.map((l) => html`<span class=${`key ${l.tone}`}>${l.name}</span>`)}
    </div>
    <svg class="chart" viewBox=${`0 0 ${W} ${H}`} role="img" aria-label=${o.title}>
      ${axis.map(
        (v) => svg`<line class="grid" x1=${left} x2=${W - right} y1=${y(v)} y2=${y(v)} />
          <text class="tick" x=${left - 8} y=${y(v) + 4} text-anchor="end">${o.value(v)}</text>`,
      )}
      ${ticks.map(
        (i, k) =>
          svg`<text class="tick" x=${x(i)} y=${H - 6} text-anchor=${k === 0 ? 'start' : k === ticks.length - 1 ? 'end' : 'middle'}>${o.at[i] ? o.time(o.at[i]!) : ''}</text>`,
      )}
      ${o.lines.map((l) => svg`<path class=${`line ${l.tone}`} d=${path(l)} />`)}
      ${o.lines.map((l) =>
        pieces(l.values)
          .filter((p) => p.length === 1)
          .map(([p]) => svg`<circle class=${`dot ${l.tone}`} cx=${x(p![0])} cy=${y(p![1])} r="2.5" />`),
      )}
    </svg>`;
}

/** A line without axes, for tiles. */
export function sparkline(values: (number | undefined)[]): TemplateResult {
  const w = 120;
  const h = 28;
  const most = Math.max(1e-9, ...values.map((v) => v ?? 0));
  const d = pieces(values)
    .map((p) =>
      p
        .map(([i, v], k) => {
          const px = (i * w) / Math.max(1, values.length - 1);
          return `${k === 0 ? 'M' : 'L'}${px.toFixed(1)} ${(h - 2 - (v / most) * (h - 4)).toFixed(1)}`;
        })
        .join(''),
    )
    .join('');
  return html`<svg class="spark" viewBox=${`0 0 ${w} ${h}`} preserveAspectRatio="none" aria-hidden="true">
    <path d=${d} />
  </svg>`;
}

/** Hops over time, each on its own row. */
export function hops(o: {
  title: string;
  spans: Span[];
  name: (s: Span) => string;
  value: (ms: number) => string;
}): TemplateResult {
  const order = ordered(o.spans);
  const total = Math.max(1, ...o.spans.map((s) => s.start_ms + s.duration_ms));
  const row = 26;
  const names = 210;
  const w = 760;
  const h = order.length * row + 24;
  const axis = steps(total).filter((v) => v <= total);
  const x = (ms: number): number => names + (ms / total) * (w - names - 76);
  return html`<svg class="chart hops" viewBox=${`0 0 ${w} ${h}`} role="img" aria-label=${o.title}>
    ${axis.map(
      (v) => svg`<line class="grid" x1=${x(v)} x2=${x(v)} y1="0" y2=${h - 20} />
        <text class="tick" x=${x(v)} y=${h - 6} text-anchor="middle">${o.value(v)}</text>`,
    )}
    ${order.map((i, k) => {
      const s = o.spans[i]!;
      const y = k * row;
      const wide = Math.max(2, x(s.start_ms + s.duration_ms) - x(s.start_ms));
      const name = o.name(s);
      return svg`<text class="name" x=${depth(o.spans, i) * 14} y=${y + 17}>${name.length > 28 ? `${name.slice(0, 27)}…` : name}</text>
        <rect class=${`span ${s.kind} ${s.status}`} x=${x(s.start_ms)} y=${y + 5} width=${wide} height=${row - 10} rx="3" />
        <text class="tick" x=${x(s.start_ms) + wide + 6} y=${y + 17}>${s.status === 'error' ? '✕ ' : nothing}${o.value(s.duration_ms)}</text>`;
    })}
  </svg>`;
}

/** A share as a bar from nought, in a table's cell. */
export const bar = (share: number, tone = 'one'): TemplateResult =>
  html`<span class=${classMap({ bar: true, [tone]: true })} aria-hidden="true"
    ><span style=${`width:${(Math.max(0, Math.min(1, share)) * 100).toFixed(1)}%`}></span
  ></span>`;

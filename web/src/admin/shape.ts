// Numbers made ready to be shown. No DOM.
import type { Lang } from '../shared/i18n';
import type { Alias, Point, Span, SpendRow } from './api';

/** 1.2k, 3.4万: for axes and tiles. */
export const compact = (n: number, lang: Lang): string =>
  new Intl.NumberFormat(lang, { notation: 'compact', maximumFractionDigits: n < 1000 ? 2 : 1 }).format(n);

/** Money of models: 1e-9 of the currency's unit. Small sums keep two digits that say something. */
export function nano(v: number, currency: string, lang: Lang): string {
  const n = v / 1e9;
  const digits = n === 0 || Math.abs(n) >= 1 ? 2 : Math.min(9, 1 - Math.floor(Math.log10(Math.abs(n))) + 0);
  try {
    return new Intl.NumberFormat(lang, {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      minimumFractionDigits: 2,
      maximumFractionDigits: Math.max(2, digits),
    }).format(n);
  } catch {
    return `${n.toFixed(Math.max(2, digits))} ${currency}`;
  }
}

/** 850 ms, 1.2 s, 2 min. */
export function span(ms: number, lang: Lang): string {
  const of = (n: number, unit: string, digits: number): string =>
    new Intl.NumberFormat(lang, {
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    }).format(n);
  if (ms < 10) return of(ms, 'millisecond', 1);
  if (ms < 1000) return of(ms, 'millisecond', 0);
  if (ms < 60_000) return of(ms / 1000, 'second', ms < 10_000 ? 1 : 0);
  return of(ms / 60_000, 'minute', 1);
}

export const sum = (ps: readonly Point[], of: (p: Point) => number): number =>
  ps.reduce((n, p) => n + of(p), 0);

/** How the newer half of a series stands to the older one: a share, undefined when there is nothing to compare with. */
export function change(ps: readonly Point[], of: (p: Point) => number): number | undefined {
  const half = Math.floor(ps.length / 2);
  const before = sum(ps.slice(0, half), of);
  const now = sum(ps.slice(ps.length - half), of);
  return before === 0 ? undefined : now / before - 1;
}

/** Round steps for an axis from nought to at least max. */
export function steps(max: number, wanted = 4): number[] {
  if (!(max > 0)) return [0, 1];
  const rough = max / wanted;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * ten).find((s) => s >= rough)!;
  const out = [0];
  for (let i = 1; out.at(-1)! < max; i++) out.push(Number((i * step).toPrecision(12)));
  return out;
}

/** A line's pieces: it breaks where a value is missing. */
export function pieces(vs: readonly (number | undefined)[]): [number, number][][] {
  const out: [number, number][][] = [];
  let open: [number, number][] | undefined;
  vs.forEach((v, i) => {
    if (v === undefined) {
      open = undefined;
      return;
    }
    if (!open) {
      open = [];
      out.push(open);
    }
    open.push([i, v]);
  });
  return out;
}

/** CSV as RFC 4180 has it. A cell that a spreadsheet would run as a formula is quoted as text. */
export function csv(
  head: readonly string[],
  rows: readonly (readonly (string | number | undefined)[])[],
): string {
  const cell = (v: string | number | undefined): string => {
    if (typeof v === 'number') return String(v);
    const s = v ?? '';
    const safe = /^[=+\-@\t\r]/.test(s) ? `'${s}` : s;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `${[head, ...rows].map((r) => r.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** How deep a hop lies under the first one. */
export function depth(spans: readonly Span[], i: number): number {
  let d = 0;
  for (let at = spans[i]?.parent; at !== undefined && d < 8; at = spans[at]?.parent) d++;
  return d;
}

/** Hops in the order in which they began, each right behind what it belongs to. */
export function ordered(spans: readonly Span[]): number[] {
  const under = new Map<number | undefined, number[]>();
  spans.forEach((s, i) => {
    const p = s.parent !== undefined && s.parent < spans.length && s.parent !== i ? s.parent : undefined;
    under.set(p, [...(under.get(p) ?? []), i]);
  });
  const out: number[] = [];
  const walk = (p: number | undefined): void => {
    for (const i of (under.get(p) ?? []).sort((a, b) => spans[a]!.start_ms - spans[b]!.start_ms)) {
      if (out.includes(i)) continue;
      out.push(i);
      walk(i);
    }
  };
  walk(undefined);
  return out;
}

/** How many targets of all aliases do not serve at the moment; one that stands in several counts once. */
export function resting(aliases: readonly Alias[]): number {
  const bad = new Set<string>();
  for (const a of aliases)
    for (const r of a.rungs) for (const t of r.targets) if (t.state !== 'ready') bad.add(t.name);
  return bad.size;
}

export const share = (row: SpendRow, rows: readonly SpendRow[]): number => {
  const most = Math.max(...rows.map((r) => r.cost_nano));
  if (most > 0) return row.cost_nano / most;
  const asked = Math.max(1, ...rows.map((r) => r.requests));
  return row.requests / asked; // nothing cost anything: by how often
};

// Pieces that every section uses: states, figures with their table and CSV, buttons of a choice.
import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../../shared/icons';
import type { Refused } from '../api';
import type { Desk, Loaded } from '../desk';
import { csv } from '../shape';

export interface Table {
  head: string[];
  rows: (string | number | undefined)[][];
  shown?: (string | TemplateResult)[][]; // the rows as people read them; rows are what the CSV gets
}

/** A section's body: bones while it loads, what went wrong, or what is there; old data stays in sight below a failure. */
export function loaded<T>(d: Desk, l: Loaded<T>, show: (v: T) => TemplateResult, bones = 5): TemplateResult {
  const bad = l.trouble ? trouble(d, l.trouble, () => d.look(), l.value !== undefined) : nothing;
  if (l.value !== undefined) return html`${bad}${show(l.value)}`;
  if (l.trouble) return html`${bad}`;
  return html`<div class="bones" aria-busy="true">${Array.from({ length: bones }, () => html`<div class="bone"></div>`)}</div>`;
}

/** What went wrong, what was kept, one button. */
export const trouble = (d: Desk, r: Refused, retry: () => void, kept = false): TemplateResult =>
  html`<div class="state" role="alert">
    ${icon(navigator.onLine ? 'alert' : 'offline', 20)}
    <div>
      <p><strong>${d.say(r)}</strong></p>
      ${kept ? html`<p>${d.words.t('kept')}</p>` : nothing}
      ${r.request ? html`<p class="n">${d.words.t('request', { id: r.request })}</p>` : nothing}
    </div>
    <button class="button" @click=${retry}>${icon('retry')}${d.words.t('retry')}</button>
  </div>`;

export const empty = (text: string): TemplateResult => html`<p class="empty">${text}</p>`;

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export const csvButton = (d: Desk, title: string, t: Table, file: string): TemplateResult =>
  html`<button class="button small" aria-label=${d.words.t('csv.of', { what: title })} @click=${() => download(`${file}.csv`, csv(t.head, t.rows))}>
    ${icon('download')}${d.words.t('csv')}
  </button>`;

export function tableOf(title: string, t: Table): TemplateResult {
  const rows = t.shown ?? t.rows.map((r) => r.map((v) => (v === undefined ? '—' : String(v))));
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${title}>
    <table>
      <thead>
        <tr>
          ${t.head.map((h, i) => html`<th scope="col" class=${typeof t.rows[0]?.[i] === 'number' ? 'right' : ''}>${h}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (r, k) =>
            html`<tr>
              ${r.map((v, i) => html`<td class=${typeof t.rows[k]?.[i] === 'number' ? 'right' : ''}>${v}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** A chart with its name, its sentence, its table and its CSV. */
export function figure(
  d: Desk,
  o: { id: string; title: string; says: string; chart: TemplateResult; table: Table },
): TemplateResult {
  const open = d.tables.has(o.id);
  return html`<figure class="card">
    <figcaption>
      <h2>${o.title}</h2>
      <div class="tools">
        <button
          class="button small"
          aria-pressed=${open}
          aria-label=${d.words.t('table.of', { what: o.title })}
          @click=${() => d.toggleTable(o.id)}
        >
          ${icon('grid')}${d.words.t('table')}
        </button>
        ${csvButton(d, o.title, o.table, o.id)}
      </div>
      <p>${o.says}</p>
    </figcaption>
    ${open ? tableOf(o.title, o.table) : o.chart}
  </figure>`;
}

export function choice<T extends string | number>(
  name: string,
  options: readonly T[],
  now: T,
  label: (v: T) => string,
  pick: (v: T) => void,
): TemplateResult {
  return html`<div class="choice" role="group" aria-label=${name}>
    ${options.map((v) => html`<button aria-pressed=${v === now} @click=${() => pick(v)}>${label(v)}</button>`)}
  </div>`;
}

export const when = (iso: string | undefined, lang: string): string =>
  iso
    ? new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, {
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
      }).format(new Date(iso))
    : '';

export const clock = (iso: string, lang: string): string =>
  new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, { hour: '2-digit', minute: '2-digit' }).format(
    new Date(iso),
  );

/** A state as a word with a shape: colour is never alone. */
export const mark = (tone: 'good' | 'warn' | 'bad' | 'quiet', word: string): TemplateResult =>
  html`<span class=${`mark ${tone}`}><span aria-hidden="true">${{ good: '●', warn: '▲', bad: '✕', quiet: '○' }[tone]}</span>${word}</span>`;

// One answer: its text, its steps, its cards, how it ended, and what can be done with it.
import { html, nothing, type TemplateResult } from 'lit';
import type { Products } from '../../shared/cards';
import { icon } from '../../shared/icons';
import { card, safely } from '../cards/card';
import { rendered } from '../nodes';
import { filterWords, withoutFilter } from '../refine';
import type { Answer, CardPart, Part, TextPart, WorkPart } from '../turn';
import type { Ui } from '../ui';

export interface AnswerUi extends Ui {
  idle: boolean; // nothing is being asked: what sends a message may be shown
  vote: (id: string, value: 1 | -1) => void;
  again: () => void;
}

type Out = TemplateResult | typeof nothing;

const most: Record<string, number> = { coupon: 3, policy: 2, order: 3 };
const texts = new WeakMap<TextPart, { text: string; live: boolean; out: TemplateResult[] }>();

/** Text that did not change is not read again: with each piece only the part that grew costs anything. */
function prose(p: TextPart, live: boolean): TemplateResult[] {
  const old = texts.get(p);
  if (old && old.text === p.text && old.live === live) return old.out;
  const out = rendered(p.text, live);
  texts.set(p, { text: p.text, live, out });
  return out;
}

const line = (ui: Ui, w: WorkPart): string => {
  if (w.state === 'failed') return w.line ?? ui.t('work.failed');
  if (w.state === 'done' && w.line) return w.line;
  if (w.query && w.tool === 'search_products') return ui.t('work.search_products.q', { q: w.query });
  return ui.any(`work.${w.tool}`, ui.t('work.other'));
};

function conditions(ui: AnswerUi, cards: Products[]): Out {
  const seen = new Map<string, TemplateResult>();
  for (const p of cards) {
    for (const f of p.understood?.filters ?? []) {
      const words = filterWords(ui, f);
      if (seen.has(words)) continue;
      seen.set(
        words,
        ui.idle
          ? html`<button class="chip" aria-label=${ui.t('understood.remove', { filter: words })}
              @click=${() => ui.say(withoutFilter(ui, f))}>${words}${icon('close')}</button>`
          : html`<span class="chip">${words}</span>`,
      );
    }
    const sort = p.understood?.sort;
    if (sort && !seen.has(sort)) {
      const words = ui.any(`sort.${sort}`, sort);
      seen.set(
        sort,
        ui.idle
          ? html`<button class="chip" aria-label=${ui.t('understood.remove', { filter: words })}
              @click=${() => ui.say(ui.t('refine.sort'))}>${words}${icon('close')}</button>`
          : html`<span class="chip">${words}</span>`,
      );
    }
  }
  return seen.size === 0
    ? nothing
    : html`<div class="chips" role="group" aria-label=${ui.t('understood')}>${[...seen.values()]}</div>`;
}

/** Steps of work are one quiet line; it opens to what was understood. */
function work(ui: AnswerUi, id: string, steps: WorkPart[], found: Products[]): TemplateResult {
  const running = steps.findLast((w) => w.state === 'running');
  if (running) {
    return html`<div class="work" aria-hidden="true"><span class="running">${line(ui, running)}…</span></div>`;
  }
  const lines = [...new Set(steps.map((w) => line(ui, w)))];
  const head = lines.at(-1) ?? ui.t('work.found', { n: found.at(-1)?.total ?? 0 });
  const chips = conditions(ui, found);
  const relaxed = found.flatMap((p) => p.understood?.relaxed ?? []).map((r) => r.reason);
  if (chips === nothing && lines.length < 2 && relaxed.length === 0) {
    return html`<div class="work"><span>${head}</span></div>`;
  }
  const open = ui.opened(id);
  return html`<div class="work">
    <button aria-expanded=${open} title=${ui.t('work.open')} @click=${() => ui.toggle(id)}>${head}${icon('expand')}</button>
    ${
      open
        ? html`<div class="opened">
            ${lines.length > 1 ? html`<ul class="steps">${lines.map((l) => html`<li>${l}</li>`)}</ul>` : nothing}
            ${relaxed.map((r) => html`<p>${r}</p>`)}
            ${chips}
          </div>`
        : nothing
    }
  </div>`;
}

interface Group {
  type: Part['type'];
  kind: string;
  parts: Part[];
}

/** Neighbours of one kind stand together: steps in one line, coupons in one list. */
export function groups(parts: Part[]): Group[] {
  const out: Group[] = [];
  for (const p of parts) {
    if (p.type === 'text' && p.text.trim() === '') continue;
    const kind = p.type === 'card' ? p.kind : '';
    const last = out.at(-1);
    if (last && last.type === p.type && last.kind === kind) last.parts.push(p);
    else out.push({ type: p.type, kind, parts: [p] });
  }
  return out;
}

function cards(ui: Ui, id: string, kind: string, parts: CardPart[]): TemplateResult {
  const max = most[kind] ?? parts.length;
  const open = parts.length <= max || ui.opened(id);
  const shown = open ? parts : parts.slice(0, max);
  return html`<div class="cards">
    ${shown.map((p) => safely(() => card(ui, `${id}/${p.id}`, p)))}
    ${
      open
        ? nothing
        : html`<button class="link" aria-expanded="false" @click=${() => ui.toggle(id)}>${ui.t('cards.all', { n: parts.length })}</button>`
    }
  </div>`;
}

function ending(ui: AnswerUi, a: Answer, last: boolean): Out {
  const act = (label: string, on: () => void): Out =>
    last && ui.idle ? html`<button class="button" @click=${on}>${label}</button>` : nothing;
  switch (a.ending) {
    case 'truncated':
      return html`<div class="trouble quiet"><span>${ui.t('ending.truncated')}</span>
        ${act(ui.t('ending.truncated.act'), () => ui.say(ui.t('ending.truncated.say')))}</div>`;
    case 'cancelled':
      return html`<div class="trouble quiet"><span>${ui.t('ending.cancelled')}</span>${act(ui.t('ending.again'), ui.again)}</div>`;
    case 'refused':
      return a.parts.some((p) => p.type === 'text' && p.text.trim() !== '')
        ? nothing
        : html`<div class="trouble quiet"><span>${ui.t('ending.refused')}</span></div>`;
    case 'failed':
      return html`<div class="trouble"><span><span class="sign">${icon('alert')}</span>${ui.t('ending.failed')}
        ${a.error ? html`<small>${a.error}</small>` : nothing}</span>${act(ui.t('ending.again'), ui.again)}</div>`;
    default:
      return nothing;
  }
}

function actions(ui: AnswerUi, a: Answer, last: boolean): Out {
  const hasText = a.parts.some((p) => p.type === 'text' && p.text.trim() !== '');
  const kept = !a.id.startsWith('new-');
  if (!hasText && !kept) return nothing;
  const button = (
    name: 'copy' | 'check' | 'up' | 'down' | 'retry',
    label: string,
    on: () => void,
    pressed?: boolean,
  ) =>
    html`<button class="icon-button" aria-label=${label} title=${label} aria-pressed=${pressed ?? nothing} @click=${on}>${icon(name)}</button>`;
  const copied = ui.copied(a.id);
  return html`<div class="actions">
    ${
      hasText
        ? button(copied ? 'check' : 'copy', copied ? ui.t('copied') : ui.t('copy'), () =>
            ui.copy(copyText(a), a.id),
          )
        : nothing
    }
    ${kept ? button('up', ui.t('good'), () => ui.vote(a.id, 1), a.vote === 1) : nothing}
    ${kept ? button('down', ui.t('bad'), () => ui.vote(a.id, -1), a.vote === -1) : nothing}
    ${last && ui.idle && a.ending === 'completed' ? button('retry', ui.t('again'), ui.again) : nothing}
    ${a.vote ? html`<span class="done">${ui.t('thanks')}</span>` : nothing}
  </div>`;
}

const copyText = (a: Answer): string =>
  a.parts
    .filter((p): p is TextPart => p.type === 'text')
    .map((p) => p.text.trim())
    .filter(Boolean)
    .join('\n\n');

export const bones = (label: string): TemplateResult =>
  html`<div class="bones" role="img" aria-label=${label}><span class="bone" style="width:72%"></span><span class="bone" style="width:46%"></span></div>`;

/** Whether nothing of the answer can be seen yet. */
const blank = (a: Answer): boolean => groups(a.parts).length === 0;

export function answerView(ui: AnswerUi, a: Answer, last: boolean): TemplateResult {
  const live = a.ending === undefined;
  const all = groups(a.parts);
  const lists = a.parts.filter((p): p is CardPart => p.type === 'card' && p.kind === 'products');
  const lastWork = all.findLastIndex((g) => g.type === 'work');
  const found = lists.slice(-1).map((p) => p.data as Products);
  const corrected = found[0]?.understood?.corrected;
  const nothingFound = !live && found.length > 0 && (found[0]!.shown?.length ?? 0) === 0;
  return html`<div class="answer ${last ? '' : 'past'}">
    ${a.author === undefined ? nothing : html`<p class="line">${icon('check')}<span>${ui.t('owner.agent')}</span></p>`}
    ${lastWork < 0 && found.length > 0 ? safely(() => work(ui, `${a.id}/w`, [], found)) : nothing}
    ${all.map((g, i) => {
      const id = `${a.id}/${i}`;
      switch (g.type) {
        case 'text':
          return html`<div class="prose" aria-hidden=${live ? 'true' : nothing}>${g.parts.map((p) => prose(p as TextPart, live))}</div>`;
        case 'work':
          return safely(() => work(ui, id, g.parts as WorkPart[], i === lastWork ? found : []));
        case 'notice':
          return g.parts.map(
            (p) => html`<p class="line">${icon('info')}<span>${p.type === 'notice' ? p.text : ''}</span></p>`,
          );
        default:
          return cards(ui, id, g.kind, g.parts as CardPart[]);
      }
    })}
    ${corrected ? html`<p class="line">${icon('search')}<span>${ui.t('corrected', { query: corrected })}</span></p>` : nothing}
    ${nothingFound ? safely(() => conditions(ui, found)) : nothing}
    ${
      live && (blank(a) || a.status)
        ? a.status
          ? html`<div class="work" aria-hidden="true"><span class="running">${a.status}</span></div>`
          : bones(ui.t('said.working'))
        : nothing
    }
    ${live ? nothing : ending(ui, a, last)}
    ${live || a.author !== undefined ? nothing : actions(ui, a, last)}
  </div>`;
}

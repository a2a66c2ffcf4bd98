// The composer's / menu: what is typed behind a slash finds macros, the arrows choose, Enter inserts.
import { html, nothing, type TemplateResult } from 'lit';
import type { Server } from '../admin/api';
import type { Words } from './words';

export interface Macro {
  id: string;
  title: string;
  text: string;
  version: string;
  gaps: string[];
}

/** What is typed behind a slash that begins a word, before the caret; undefined: no slash. */
export function slashed(text: string, caret: number): { from: number; query: string } | undefined {
  const m = /(?:^|\s)\/([^\s/]{0,60})$/.exec(text.slice(0, caret));
  return m ? { from: caret - m[1]!.length - 1, query: m[1]! } : undefined;
}

/** The text with a macro in the place of what was typed, and what is selected then: its first gap, or its end. */
export function inserted(
  text: string,
  from: number,
  to: number,
  macro: string,
): { text: string; select: [number, number] } {
  const out = text.slice(0, from) + macro + text.slice(to);
  const gap = /\{(?:customer|order|agent)\}/.exec(macro);
  const at = from + (gap ? gap.index : macro.length);
  return { text: out, select: [at, at + (gap ? gap[0].length : 0)] };
}

const shown = 8;

export class Macros {
  found: Macro[] | undefined; // undefined: the menu is closed
  at = 0;
  private place: { from: number; to: number } | undefined;
  private asked = 0;
  private readonly server: Server;
  private readonly changed: () => void;

  constructor(server: Server, changed: () => void) {
    this.server = server;
    this.changed = changed;
  }

  close(): void {
    this.asked++;
    if (!this.found) return;
    this.found = undefined;
    this.changed();
  }

  /** Something was typed in a conversation's composer. */
  async typed(field: HTMLTextAreaElement, conversation: string): Promise<void> {
    const s = slashed(field.value, field.selectionStart);
    if (!s) return this.close();
    this.place = { from: s.from, to: field.selectionStart };
    const mine = ++this.asked;
    try {
      const all = await this.server.get<Macro[]>(
        `/api/desk/macros?conversation=${encodeURIComponent(conversation)}&q=${encodeURIComponent(s.query)}`,
      );
      if (mine !== this.asked) return;
      this.found = all.slice(0, shown);
      this.at = 0;
    } catch {
      if (mine !== this.asked) return;
      this.found = undefined; // a slash is a slash then
    }
    this.changed();
  }

  /** The keys of the open menu; the others stay the composer's. */
  key(e: KeyboardEvent, write: (text: string) => void): void {
    if (!this.found || e.isComposing) return;
    const n = this.found.length;
    const does: Record<string, () => void> = {
      ArrowDown: () => this.move(1),
      ArrowUp: () => this.move(-1),
      Enter: () => this.insert(e.target as HTMLTextAreaElement, this.found![this.at]!, write),
      Tab: () => this.insert(e.target as HTMLTextAreaElement, this.found![this.at]!, write),
      Escape: () => this.close(),
    };
    const act = e.ctrlKey || e.metaKey || e.altKey || e.shiftKey ? undefined : does[e.key];
    if (!act || (n === 0 && e.key !== 'Escape')) return;
    e.preventDefault();
    e.stopPropagation();
    act();
  }

  private move(by: 1 | -1): void {
    const n = this.found!.length;
    this.at = (this.at + by + n) % n;
    this.changed();
    requestAnimationFrame(() =>
      document.querySelector('.macros [aria-selected=true]')?.scrollIntoView({ block: 'nearest' }),
    );
  }

  insert(field: HTMLTextAreaElement, m: Macro, write: (text: string) => void): void {
    const p = this.place!;
    const to = inserted(field.value, p.from, p.to, m.text);
    field.value = to.text;
    field.focus();
    field.setSelectionRange(...to.select);
    write(to.text);
    this.close();
  }

  /** What a reader of speech hears of the menu. */
  get active(): string | typeof nothing {
    return this.found?.length ? `macro-${this.at}` : nothing;
  }

  view({ t, any }: Words, write: (text: string) => void): TemplateResult | typeof nothing {
    if (!this.found) return nothing;
    if (this.found.length === 0) return html`<p class="macros none" role="status">${t('macros.none')}</p>`;
    const field = (e: Event): HTMLTextAreaElement =>
      (e.currentTarget as HTMLElement).closest('form')!.querySelector('textarea')!;
    return html`<ul class="macros" id="macros" role="listbox" tabindex="0" aria-label=${t('macros')}>${this.found.map(
      (m, i) => html`<li id="macro-${i}" role="option" aria-selected=${i === this.at}
        @mousedown=${(e: Event) => e.preventDefault()} @click=${(e: Event) => this.insert(field(e), m, write)}>
        <b>${m.title}</b>${
          m.gaps.length > 0
            ? html` <span class="tag warn">${t('macros.gap', { gaps: m.gaps.map((g) => any(`gap.${g}`, g)).join(', ') })}</span>`
            : nothing
        }
        <span class="said">${m.text}</span></li>`,
    )}</ul>`;
  }
}

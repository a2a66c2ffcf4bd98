// The suggested replies above the composer: which one is chosen, what became of it. What is inserted is remembered for the
// conversation, over a reload too: the reply then says which suggestion it was made of.
import type { Refused, Server } from '../admin/api';
import type { Proposal } from '../shared/cards';
import type { Vault } from '../shared/vault';

export interface Citation {
  n: number;
  document: string;
  section: string;
  version: string;
  quote: string;
}

export interface Suggestion {
  id: string;
  message: string;
  lang: string;
  intent: string;
  text: string;
  source: 'macro' | 'policy' | 'facts' | 'model' | 'question' | 'handoff';
  band: 'grounded' | 'check' | 'unsure';
  proof: { grounded: boolean; fresh: boolean; rule: boolean };
  citations: Citation[];
  proposal?: Proposal;
  rung?: string;
  state: string;
}

export const reasons = ['wrong', 'incomplete', 'tone', 'not_needed', 'unsafe', 'other'] as const;
export type Reason = (typeof reasons)[number];

/** What a customer reads of a suggestion: its footnotes are the agent's. */
export const plain = (text: string): string => text.replace(/\s?\[\d{1,3}\]/g, '').trim();

/** A text in pieces; numbers are footnotes that a citation stands behind. */
export function pieces(x: Suggestion): (string | number)[] {
  const out: (string | number)[] = [];
  let from = 0;
  for (const m of x.text.matchAll(/\[(\d{1,3})\]/g)) {
    const n = Number(m[1]);
    if (!x.citations.some((c) => c.n === n)) continue;
    out.push(x.text.slice(from, m.index), n);
    from = m.index + m[0].length;
  }
  out.push(x.text.slice(from));
  return out.filter((p) => p !== '');
}

const second = 1000;
/** How long a dismissed suggestion can be taken back, and told why. */
export const undo = 6 * second;

export interface Doubt {
  code: 'facts_changed' | 'unproven';
  text: string;
}

export class Tray {
  all: Suggestion[] = [];
  at = 0;
  opened: string | undefined; // the footnote whose quote is shown: suggestion/number
  leaving: { x: Suggestion; place: number; report: boolean } | undefined; // dismissed or reported, not told yet
  doubt: Doubt | undefined; // why the server would not send the text
  problem: string | undefined;
  private conversation = '';
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly told = new Set<string>(); // shown
  private readonly gone = new Set<string>(); // dismissed here, before the server says so
  private readonly server: Server;
  private readonly vault: Vault;
  private readonly changed: () => void;
  private readonly say: (e: unknown) => string;

  constructor(server: Server, vault: Vault, changed: () => void, say: (e: unknown) => string) {
    this.server = server;
    this.vault = vault;
    this.changed = changed;
    this.say = say;
  }

  get current(): Suggestion | undefined {
    return this.all[this.at];
  }

  /** The conversation that is open, and its suggestions; seen says that an agent looks at them. */
  take(conversation: string, all: Suggestion[], seen: boolean): void {
    if (conversation !== this.conversation) {
      this.flush();
      this.conversation = conversation;
      this.at = 0;
      this.opened = undefined;
      this.problem = undefined;
      this.doubt = undefined;
    }
    const id = this.current?.id;
    this.all = all.filter((x) => !this.gone.has(x.id));
    const again = this.all.findIndex((x) => x.id === id);
    this.at = Math.max(again, 0);
    if (!seen) return;
    for (const x of this.all) {
      if (x.state !== 'generated' || this.told.has(x.id)) continue;
      this.told.add(x.id);
      void this.post(x.id, 'shown').catch(() => this.told.delete(x.id));
    }
  }

  private post(id: string, act: string, body: unknown = {}): Promise<Suggestion> {
    return this.server.ask<Suggestion>('POST', `/api/suggestions/${encodeURIComponent(id)}/${act}`, body);
  }

  choose(i: number): void {
    if (this.all.length === 0) return;
    this.at = (i + this.all.length) % this.all.length;
    this.changed();
  }

  private unfolded = false;

  /** Whether only the beginnings of the suggestions are shown. */
  folded(conversation: string, draft: string): boolean {
    return !this.unfolded && draft !== '' && this.used(conversation) !== undefined;
  }

  /** Shows one whole, though something is being written. */
  unfold(i: number): void {
    this.unfolded = true;
    this.choose(i);
  }

  note(key: string): void {
    this.opened = this.opened === key ? undefined : key;
    this.changed();
  }

  /** Which suggestion the text of a conversation was made of. */
  used(conversation: string): string | undefined {
    return this.vault.get(`used:${conversation}`);
  }

  forget(conversation: string): void {
    this.vault.set(`used:${conversation}`, undefined);
    this.doubt = undefined;
  }

  /** Takes the chosen suggestion: its planned change becomes the agent's proposal. Gives the text to write. */
  async insert(x = this.current): Promise<string | undefined> {
    if (!x) return undefined;
    this.problem = undefined;
    try {
      const got = await this.post(x.id, 'insert');
      this.vault.set(`used:${this.conversation}`, x.id);
      this.unfolded = false;
      this.doubt = undefined;
      return plain(got.text);
    } catch (e) {
      this.problem = this.say(e);
      return undefined;
    } finally {
      this.changed();
    }
  }

  /** Takes the chosen one away; it can be undone for a moment, and told why. */
  dismiss(x = this.current, report = false): void {
    if (!x) return;
    this.flush();
    this.leaving = { x, place: this.all.indexOf(x), report };
    if (!report) {
      this.gone.add(x.id);
      this.all = this.all.filter((y) => y.id !== x.id);
      this.at = Math.min(this.at, Math.max(0, this.all.length - 1));
      this.timer = setTimeout(() => this.because('other'), undo);
    }
    this.changed();
  }

  because(reason: Reason): void {
    const l = this.leaving;
    if (!l) return;
    clearTimeout(this.timer);
    this.leaving = undefined;
    this.gone.add(l.x.id);
    this.all = this.all.filter((y) => y.id !== l.x.id);
    this.at = Math.min(this.at, Math.max(0, this.all.length - 1));
    if (this.used(this.conversation) === l.x.id) this.forget(this.conversation);
    const act = (how: string): Promise<unknown> => this.post(l.x.id, how, { reason });
    void (l.report ? act('report') : act('dismiss')).catch((e: Refused) => {
      if (e.code === 'suggestion_over') return; // it went by itself
      this.problem = this.say(e);
      this.changed();
    });
    this.changed();
  }

  undo(): void {
    const l = this.leaving;
    clearTimeout(this.timer);
    this.leaving = undefined;
    if (l && !l.report) {
      this.gone.delete(l.x.id);
      this.all.splice(l.place, 0, l.x);
      this.at = l.place;
    }
    this.changed();
  }

  /** Tells at once what was still to be told. */
  flush(): void {
    if (this.leaving?.report) this.leaving = undefined;
    else this.because('other');
  }

  /** The keys of the composer: Tab inserts into an empty one, Alt with an arrow chooses, Alt+Backspace dismisses. */
  key(e: KeyboardEvent, empty: boolean, insert: () => void): boolean {
    if (e.isComposing || this.all.length === 0) return false;
    const alone = !e.ctrlKey && !e.metaKey && !e.shiftKey;
    const n = /^Digit([1-3])$/.exec(e.code);
    if (e.key === 'Tab' && alone && !e.altKey && empty) insert();
    else if (alone && e.altKey && e.key === 'ArrowDown') this.choose(this.at + 1);
    else if (alone && e.altKey && e.key === 'ArrowUp') this.choose(this.at - 1);
    else if (alone && e.altKey && n && Number(n[1]) <= this.all.length) {
      this.choose(Number(n[1]) - 1);
      insert();
    } else if (alone && e.altKey && e.key === 'Backspace') this.dismiss();
    else return false;
    e.preventDefault();
    return true;
  }
}

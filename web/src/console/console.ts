// What the console knows: who is signed in, the list that is open, the conversation that is open, what is being written.
import { Refused, Server, type Session } from '../admin/api';
import { langs, pickLang } from '../shared/i18n';
import { Vault } from '../shared/vault';
import type { Ui } from '../widget/ui';
import { Bell, rings } from './bell';
import { cardsUi } from './cards';
import { live } from './live';
import { Lookup } from './lookup';
import { Macros } from './macros';
import { Pages } from './pages';
import { Tray } from './tray';
import { before, belongs, type Message, type Opened, type Page, type Row, type View } from './types';
import { speak, type Words } from './words';

export class Console {
  words: Words;
  theme: 'light' | 'dark';
  session: Session | undefined;
  missed = false; // nobody could be asked who is signed in
  refusal: string | undefined;
  view: View = 'queue';
  search = '';
  rows: Row[] | undefined;
  counts: Page['counts'] = {};
  next: number | undefined;
  trouble: string | undefined; // the list's, or an act's
  open: Opened | undefined;
  opening: string | undefined; // its id
  noting = false;
  busy = false;
  connected = true;
  help = false;
  now = Date.now();
  private event = '';
  private stop: AbortController | undefined;
  private readonly vault = new Vault('console');
  private readonly changed: () => void;
  readonly server: Server;
  readonly pages: Pages;
  readonly macros: Macros;
  readonly tray: Tray;
  readonly bell: Bell;
  readonly openCards = new Set<string>(); // parts of cards that are unfolded
  readonly lookup: Lookup;
  side = false; // the customer's pane is open on a small screen

  constructor(changed: () => void, server = new Server()) {
    this.changed = changed;
    this.server = server;
    this.pages = new Pages(this);
    this.macros = new Macros(server, changed);
    this.bell = new Bell(this.vault);
    this.tray = new Tray(server, this.vault, changed, (e) => this.say(e));
    this.lookup = new Lookup(server, changed, () => this.words.lang);
    this.words = speak(
      pickLang(new URLSearchParams(location.search).get('lang'), this.vault.get('lang'), navigator.language),
    );
    const kept = this.vault.get('theme');
    this.theme =
      kept === 'dark' || (kept !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
        ? 'dark'
        : 'light';
    window.addEventListener('offline', () => {
      this.connected = false;
      this.changed();
    });
    window.addEventListener('online', () => {
      if (this.staff) void this.list().then(() => this.reload());
      else void this.begin();
    });
    setInterval(() => {
      this.now = Date.now();
      if (this.now - this.saidAt > 8000) this.present('viewing');
      this.changed();
    }, 5000);
  }

  get cards(): Ui {
    return cardsUi(this.words.lang, this.now, this.openCards, this.changed);
  }

  get me(): string {
    return this.session?.id ?? '';
  }

  get staff(): boolean {
    return (
      this.session?.signed_in === true && (this.session.role === 'agent' || this.session.role === 'admin')
    );
  }

  redraw(): void {
    this.changed();
  }

  setLang(): void {
    const other = langs.find((l) => l !== this.words.lang)!;
    this.vault.set('lang', other);
    this.words = speak(other);
    this.changed();
  }

  setTheme(): void {
    this.theme = this.theme === 'dark' ? 'light' : 'dark';
    this.vault.set('theme', this.theme);
    this.changed();
  }

  async begin(): Promise<void> {
    try {
      this.take(await this.server.get<Session>('/api/login'));
      this.missed = false;
    } catch {
      this.missed = true;
    }
    this.changed();
    await this.arrive();
  }

  private async arrive(): Promise<void> {
    if (!this.staff) return;
    this.pages.forget();
    this.pages.follow();
    await this.list();
  }

  private take(s: Session): void {
    this.session = s;
    this.server.csrf = s.csrf ?? '';
  }

  async signIn(key: string): Promise<void> {
    if (!key.trim() || this.busy) return;
    this.busy = true;
    this.refusal = undefined;
    try {
      this.take(await this.server.ask<Session>('POST', '/api/login', { key: key.trim() }));
      if (!this.staff) this.refusal = this.words.t('not.staff');
    } catch (e) {
      this.refusal = this.say(e);
    }
    this.busy = false;
    this.changed();
    await this.arrive();
  }

  async signOut(): Promise<void> {
    this.stop?.abort();
    await this.server.ask('POST', '/api/logout').catch(() => undefined);
    this.session = { signed_in: false, methods: ['key'] };
    this.rows = undefined;
    this.open = undefined;
    this.opening = undefined;
    this.changed();
  }

  say(e: unknown): string {
    if (!(e instanceof Refused)) return this.words.t('trouble');
    if (e.status === 0) return this.words.t('unreachable');
    return this.words.any(`error.${e.code}`, e.message || this.words.t('trouble'));
  }

  /** Reads the open view, and listens from then on. */
  async list(): Promise<void> {
    this.stop?.abort();
    const stop = new AbortController();
    this.stop = stop;
    this.trouble = undefined;
    this.changed();
    try {
      const p = await this.server.get<Page>(
        `/api/desk/conversations?view=${this.view}&limit=1000${this.search ? `&q=${encodeURIComponent(this.search)}` : ''}`,
      );
      if (stop.signal.aborted) return;
      this.rows = p.conversations;
      this.counts = p.counts;
      this.next = p.next;
      this.event = p.event;
    } catch (e) {
      if (stop.signal.aborted) return;
      this.trouble = this.say(e);
      this.rows ??= [];
    }
    this.changed();
    void live({
      after: this.event,
      signal: stop.signal,
      changed: (r) => this.told(r),
      connected: (on) => {
        if (on && !this.connected) void this.recount();
        this.connected = on;
        this.changed();
      },
    });
  }

  private readonly heard = new Map<string, Row>(); // as it was told last

  async toggleBell(): Promise<void> {
    await this.bell.toggle();
    this.changed();
  }

  /** A conversation has changed. */
  told(r: Row): void {
    const rows = this.rows ?? [];
    const old = rows.find((x) => x.id === r.id);
    if (old && old.updated > r.updated) return;
    const was = this.heard.get(r.id) ?? old;
    this.heard.set(r.id, r);
    if (rings(was, r, this.me) && (document.hidden || this.opening !== r.id))
      this.bell.ring(
        r.id,
        r.customer.name || this.words.t('anonymous'),
        r.said || r.title,
        () => void this.show(r.id),
      );
    const rest = rows.filter((x) => x.id !== r.id);
    if (belongs(r, this.view, this.me) && (!this.search || old)) rest.push(r);
    this.rows = rest.sort(before);
    if (this.opening === r.id) void this.reload();
    void this.recount();
    this.changed();
  }

  private counting = false;
  private async recount(): Promise<void> {
    if (this.counting) return;
    this.counting = true;
    try {
      await new Promise((ok) => setTimeout(ok, 300));
      const p = await this.server.get<Page>(`/api/desk/conversations?view=${this.view}&limit=1`);
      this.counts = p.counts;
      this.changed();
    } catch {
      // counted again with the next change
    } finally {
      this.counting = false;
    }
  }

  setView(v: View): void {
    this.view = v;
    this.rows = undefined;
    void this.list();
  }

  find(text: string): void {
    this.search = text.trim();
    void this.list();
  }

  // What this agent does with the conversation is told to the others; it is forgotten unless it is said again.
  private doing = '';
  private saidAt = 0;
  private present(doing: 'viewing' | 'typing' | 'gone'): void {
    const id = this.opening;
    const now = Date.now();
    if (!id || (doing === this.doing && now - this.saidAt < 8000)) return;
    this.doing = doing;
    this.saidAt = now;
    this.server
      .ask('POST', `/api/desk/conversations/${encodeURIComponent(id)}/presence`, { doing })
      .catch(() => undefined); // told again soon
  }

  async show(id: string): Promise<void> {
    if (this.opening !== id) this.present('gone');
    this.opening = id;
    this.doing = '';
    this.present('viewing');
    if (this.open?.row.id !== id) this.open = undefined;
    this.trouble = undefined;
    this.noting = false;
    this.changed();
    await this.reload();
  }

  close(): void {
    this.present('gone');
    this.tray.flush();
    this.side = false;
    this.opening = undefined;
    this.open = undefined;
    this.changed();
  }

  private async reload(): Promise<void> {
    const id = this.opening;
    if (!id) return;
    try {
      const o = await this.server.get<Opened>(`/api/desk/conversations/${encodeURIComponent(id)}`);
      if (this.opening !== id) return;
      if (!this.open || this.open.row.id !== id || o.row.updated >= this.open.row.updated) this.open = o;
      this.tray.take(id, this.open.suggestions, !document.hidden);
    } catch (e) {
      if (this.opening === id) this.trouble = this.say(e);
    }
    this.changed();
  }

  /** The next or the one before, in the list. */
  move(by: 1 | -1): void {
    const rows = this.rows ?? [];
    const at = rows.findIndex((r) => r.id === this.opening);
    const to = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    if (to) void this.show(to.id);
  }

  // What is being written is kept for each conversation, over a reload too.
  draft(id: string): string {
    return this.vault.get(`draft:${id}`) ?? '';
  }

  write(id: string, text: string): void {
    if (text) this.present('typing');
    this.vault.set(`draft:${id}`, text || undefined);
  }

  /** One act on the open conversation; a refusal says why, and nothing that was written is lost. */
  async act(name: string, more: Record<string, unknown> = {}): Promise<boolean> {
    const o = this.open;
    if (!o || this.busy) return false;
    this.busy = true;
    this.trouble = undefined;
    this.changed();
    let done = false;
    try {
      const r = await this.server.ask<Row | { row: Row; message: Message } | Message>(
        'POST',
        `/api/desk/conversations/${encodeURIComponent(o.row.id)}/${name}`,
        { revision: o.row.revision, last_user: o.row.last_user, ...more },
      );
      if ('row' in r) this.told(r.row);
      else if ('revision' in r) this.told(r);
      done = true;
    } catch (e) {
      this.refused(e, o.row.id);
    }
    await this.reload();
    this.busy = false;
    this.changed();
    return done;
  }

  /** Why an act was not taken. A suggestion that is over is no longer what the text is made of. */
  private refused(e: unknown, conversation: string): void {
    const code = e instanceof Refused ? e.code : '';
    if (code === 'facts_changed' || code === 'unproven') {
      this.tray.doubt = { code, text: (e as Refused).message };
      return;
    }
    if (code === 'suggestion_over') this.tray.forget(conversation);
    this.trouble = this.say(e);
  }

  setSide(on: boolean): void {
    this.side = on;
    this.changed();
  }

  setHelp(on: boolean): void {
    this.help = on;
    this.changed();
  }

  /** Writes a note, or a reply, next. */
  note(on: boolean): void {
    this.noting = on;
    this.changed();
    requestAnimationFrame(() => document.querySelector<HTMLElement>('textarea')?.focus());
  }

  /** The chosen suggestion in the composer. */
  async insert(): Promise<boolean> {
    const id = this.open?.row.id;
    const text = await this.tray.insert();
    if (!id || text === undefined) return false;
    this.noting = false;
    this.write(id, text);
    this.changed();
    requestAnimationFrame(() => document.querySelector<HTMLElement>('textarea')?.focus());
    return true;
  }

  /** The chosen suggestion as it is. */
  async sendSuggestion(): Promise<void> {
    if (this.busy) return;
    if (await this.insert()) await this.send();
  }

  async send(anyway = false): Promise<void> {
    const id = this.open?.row.id;
    if (!id) return;
    const text = this.draft(id).trim();
    if (!text) {
      if (!this.noting && this.tray.current) await this.sendSuggestion();
      return;
    }
    const key = this.vault.get(`sending:${id}`) ?? crypto.randomUUID(); // the same words sent again are one reply
    this.vault.set(`sending:${id}`, key);
    const suggestion = this.tray.used(id);
    this.tray.doubt = undefined;
    const done = this.noting
      ? await this.act('notes', { text })
      : await this.act('reply', { id: key, text, ...(suggestion ? { suggestion, anyway } : {}) });
    if (done) {
      if (!this.noting) this.tray.forget(id);
      this.write(id, '');
      this.vault.set(`sending:${id}`, undefined);
      this.noting = false;
      this.changed();
    }
  }

  /** A yes or a no to a change that waits for a person of the shop. */
  async answer(proposal: string, yes: boolean): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.trouble = undefined;
    this.changed();
    try {
      await this.server.ask(
        'POST',
        `/api/proposals/${encodeURIComponent(proposal)}/${yes ? 'confirm' : 'decline'}`,
        {},
      );
    } catch (e) {
      this.trouble = this.say(e);
    }
    await this.reload();
    this.busy = false;
    this.changed();
  }
}

// What the page knows: who is signed in, which section is open, and each section's data as a state.
import { type Lang, langs, pickLang } from '../shared/i18n';
import { Vault } from '../shared/vault';
import {
  type Act,
  type Alias,
  type Assistant,
  type Live,
  Refused,
  Server,
  type Session,
  type Spend,
  type Turn,
} from './api';
import { speak, type Words } from './words';

export const sections = ['overview', 'targets', 'turns', 'spend', 'assistants', 'audit'] as const;
export type Section = (typeof sections)[number];
export const turnStates = ['all', 'slow', 'failed'] as const;
export const spendBy = ['key', 'assistant', 'target', 'day'] as const;
export const ranges = [1, 7, 30, 90] as const; // days

/** Data on its way, there, or not to be had. What was there stays while it is read again. */
export interface Loaded<T> {
  value?: T;
  loading: boolean;
  trouble?: Refused;
}

interface Data {
  live: Loaded<Live>;
  targets: Loaded<Alias[]>;
  turns: Loaded<Turn[]>;
  turn: Loaded<Turn>;
  spend: Loaded<Spend>;
  assistants: Loaded<Assistant[]>;
  audit: Loaded<Act[]>;
}

const nothing = (): Data => ({
  live: { loading: false },
  targets: { loading: false },
  turns: { loading: false },
  turn: { loading: false },
  spend: { loading: false },
  assistants: { loading: false },
  audit: { loading: false },
});

/** A turn's address within the page. */
export const turnAt = (id: string): string => `#/turns/${encodeURIComponent(id)}`;

const every = 5000; // ms between looks at what moves

export class Desk {
  words: Words;
  theme: 'light' | 'dark';
  session: Session | undefined; // undefined: not known yet
  missed: Refused | undefined; // why it is not known
  signing = false;
  refusal: string | undefined; // why nobody could sign in
  section: Section = 'overview';
  data: Data = nothing();
  turnState: (typeof turnStates)[number] = 'all';
  by: (typeof spendBy)[number] = 'key';
  days: (typeof ranges)[number] = 7;
  switching: { name: string; on: boolean; reason: string; busy: boolean; trouble?: Refused } | undefined;
  auditBefore: string | undefined; // there is more before
  readonly tables = new Set<string>(); // charts whose table is open
  private timer = 0;
  private readonly vault = new Vault('admin');
  private readonly changed: () => void;
  readonly server: Server;

  constructor(changed: () => void, server = new Server()) {
    this.changed = changed;
    this.server = server;
    this.words = speak(
      pickLang(new URLSearchParams(location.search).get('lang'), this.vault.get('lang'), navigator.language),
    );
    const refused = new URLSearchParams(location.search).get('refused');
    if (refused) this.refusal = this.words.any(`refused.${refused}`, this.words.t('refused.provider'));
    const kept = this.vault.get('theme');
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    this.theme = kept === 'light' || kept === 'dark' ? kept : dark ? 'dark' : 'light';
    this.arrive();
    window.addEventListener('hashchange', () => {
      this.arrive();
      this.look();
    });
    window.addEventListener('online', () => (this.session ? this.look() : void this.begin()));
    window.addEventListener('offline', () => this.changed());
    document.addEventListener('visibilitychange', () => {
      if (this.session) this.tick();
      else if (!document.hidden) void this.begin();
    });
  }

  /** The address says what is open: #/turns, #/turns/ID. */
  private arrive(): void {
    const [name = '', id] = decoded(location.hash.slice(1)).replace(/^\//, '').split('/');
    this.section = (sections as readonly string[]).includes(name) ? (name as Section) : 'overview';
    this.data.turn = { loading: false };
    this.opened = this.section === 'turns' ? id : undefined;
  }

  opened: string | undefined; // a turn's id

  setLang(): void {
    const other = langs.find((l) => l !== this.words.lang) as Lang;
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
    clearTimeout(this.timer);
    try {
      this.take(await this.server.get<Session>('/api/login'));
      this.missed = undefined;
    } catch (e) {
      this.missed = refused(e);
      this.timer = window.setTimeout(() => void this.begin(), every);
    }
    this.look();
  }

  private take(s: Session): void {
    this.session = s;
    this.server.csrf = s.csrf ?? '';
  }

  get admin(): boolean {
    return this.session?.signed_in === true && this.session.role === 'admin';
  }

  async signIn(key: string): Promise<void> {
    if (!key.trim() || this.signing) return;
    this.signing = true;
    this.refusal = undefined;
    this.changed();
    try {
      this.take(await this.server.ask<Session>('POST', '/api/login', { key: key.trim() }));
    } catch (e) {
      this.refusal = this.say(e);
    }
    this.signing = false;
    this.look();
  }

  async signOut(): Promise<void> {
    let why: string | undefined;
    try {
      await this.server.ask('POST', '/api/logout').catch(async (e) => {
        if (refused(e).code !== 'csrf') throw e;
        this.take(await this.server.get<Session>('/api/login')); // signed in anew in another tab
        await this.server.ask('POST', '/api/logout');
      });
    } catch (e) {
      if (refused(e).status !== 401) why = this.words.t('stillin'); // 401: the session was over already
    }
    this.leave(why);
    this.changed();
  }

  private leave(why?: string): void {
    this.session = { signed_in: false, methods: this.session?.methods ?? ['key'] };
    this.server.csrf = '';
    this.data = nothing();
    this.switching = undefined;
    this.refusal = why;
    clearTimeout(this.timer);
  }

  /** An error as a sentence: the server's own, or ours where it has none in the page's language. */
  say(e: unknown): string {
    const { t, any, lang } = this.words;
    const { status, code, message } = refused(e);
    if (!navigator.onLine && status === 0) return t('offline');
    const ours = any(`error.${code}`, '');
    if (status === 0) return ours || t('unreachable');
    const said = lang === 'en' && code !== 'csrf' ? message || ours : ours || message;
    return said || t('trouble', { status: String(status) });
  }

  /** Reads what the open section shows. */
  look(): void {
    this.changed();
    if (!this.admin) return;
    switch (this.section) {
      case 'overview':
        void this.read('live', () => this.server.get<Live>('/api/admin/live'));
        void this.readTargets();
        break;
      case 'targets':
        void this.readTargets();
        break;
      case 'turns':
        void this.read(
          'turns',
          async () =>
            (await this.server.get<{ turns: Turn[] }>(`/api/admin/turns?limit=100&state=${this.turnState}`))
              .turns,
        );
        if (this.opened && this.data.turn.value?.id !== this.opened)
          void this.read('turn', () =>
            this.server.get<Turn>(`/api/admin/turns/${encodeURIComponent(this.opened!)}`),
          );
        break;
      case 'spend':
        void this.read('spend', () => {
          const from = new Date(Date.now() - this.days * 86_400_000).toISOString();
          return this.server.get<Spend>(`/api/admin/spend?by=${this.by}&from=${encodeURIComponent(from)}`);
        });
        break;
      case 'assistants':
        void this.read(
          'assistants',
          async () =>
            (await this.server.get<{ assistants: Assistant[] }>('/api/admin/assistants')).assistants,
        );
        break;
      case 'audit':
        void this.read('audit', async () => {
          const newest = await this.server.get<AuditPage>('/api/admin/audit?limit=50');
          const shown = this.data.audit.value ?? [];
          const known = new Set(shown.map((a) => a.id));
          if (!newest.entries.some((a) => known.has(a.id))) return this.page(newest);
          return [...newest.entries.filter((a) => !known.has(a.id)), ...shown]; // older ones stay in sight
        });
        break;
    }
    this.tick();
  }

  private readTargets(): Promise<void> {
    return this.read(
      'targets',
      async () => (await this.server.get<{ aliases: Alias[] }>('/api/admin/targets')).aliases,
    );
  }

  private page(p: AuditPage): Act[] {
    this.auditBefore = p.before;
    return p.entries;
  }

  async older(): Promise<void> {
    const before = this.auditBefore;
    if (!before || this.data.audit.loading) return;
    const shown = this.data.audit.value ?? [];
    await this.read('audit', async () => [
      ...shown,
      ...this.page(
        await this.server.get<AuditPage>(`/api/admin/audit?limit=50&before=${encodeURIComponent(before)}`),
      ),
    ]);
  }

  private async read<K extends keyof Data>(
    what: K,
    ask: () => Promise<NonNullable<Data[K]['value']>>,
  ): Promise<void> {
    const into = this.data[what] as Loaded<unknown>;
    into.loading = true;
    this.changed();
    try {
      const value = await ask();
      if (this.data[what] !== into) return; // another session, another turn
      into.value = value;
      delete into.trouble;
    } catch (e) {
      if (this.data[what] !== into) return;
      const r = refused(e);
      if (r.status === 401) return this.lost();
      into.trouble = r;
      if (r.code === 'not_admin') void this.again();
    }
    into.loading = false;
    this.changed();
  }

  /** Reads who is signed in once more: in another tab it may be somebody else by now. */
  private async again(): Promise<void> {
    try {
      this.take(await this.server.get<Session>('/api/login'));
    } catch {
      return; // what is shown says already what is wrong
    }
    if (!this.admin) {
      this.data = nothing();
      this.switching = undefined;
    }
    this.changed();
  }

  private lost(): void {
    this.leave(this.words.t('signedout'));
    this.changed();
  }

  /** What moves is looked at again while somebody looks at it. */
  private tick(): void {
    clearTimeout(this.timer);
    if (!this.admin || document.hidden || !['overview', 'targets'].includes(this.section)) return;
    this.timer = window.setTimeout(() => {
      if (this.data.live.loading || this.data.targets.loading)
        this.tick(); // one at a time, also where the server is slow
      else this.look();
    }, every);
  }

  setTurnState(s: (typeof turnStates)[number]): void {
    this.turnState = s;
    this.data.turns = { loading: false };
    this.look();
  }

  setSpend(by: (typeof spendBy)[number], days: (typeof ranges)[number]): void {
    this.by = by;
    this.days = days;
    this.data.spend = { loading: false };
    this.look();
  }

  toggleTable(name: string): void {
    if (!this.tables.delete(name)) this.tables.add(name);
    this.changed();
  }

  askSwitch(name: string, on: boolean): void {
    this.switching = { name, on, reason: '', busy: false };
    this.changed();
  }

  dropSwitch(): void {
    this.switching = undefined;
    this.changed();
  }

  async confirmSwitch(): Promise<void> {
    const s = this.switching;
    if (!s || s.busy) return;
    s.busy = true;
    delete s.trouble;
    this.changed();
    try {
      await this.server.ask('PUT', `/api/admin/assistants/${encodeURIComponent(s.name)}`, {
        on: s.on,
        reason: s.reason,
      });
      this.switching = undefined;
    } catch (e) {
      const r = refused(e);
      if (r.status === 401) return this.lost();
      s.busy = false;
      s.trouble = r;
      if (r.code === 'csrf' || r.code === 'not_admin') await this.again();
    }
    this.look();
  }
}

const refused = (e: unknown): Refused => (e instanceof Refused ? e : new Refused(0, ''));

/** An address as it is meant; one that is not well formed says nothing. */
function decoded(s: string): string {
  try {
    return decodeURIComponent(s);
  } catch {
    return '';
  }
}

interface AuditPage {
  entries: Act[];
  before?: string;
}

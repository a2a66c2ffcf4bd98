// What the page of documents knows: the list, the document that is open, what is being written of it.
import { Refused, type Server } from '../admin/api';
import { apiLang, type Lang } from '../shared/i18n';
import { Vault } from '../shared/vault';
import { speakOf } from './knowledge-words';

export const kinds = ['policy', 'faq', 'macro'] as const;
export type Kind = (typeof kinds)[number];
export const states = ['draft', 'published', 'withdrawn', 'candidate'] as const;

export interface Entry {
  kind: Kind;
  id: string;
  lang: string;
  title: string;
  tags: string[];
  version: number;
  state: 'draft' | 'published' | 'withdrawn';
  in_force?: number;
  effective?: string;
  ends?: string;
  changed: string;
  origin?: string;
  candidate: boolean;
}

export interface Version extends Entry {
  phrases: string[];
  label?: string;
  cited: string;
  text: string;
  author?: string;
}

export type Standing = 'draft' | 'force' | 'later' | 'ended' | 'replaced' | 'withdrawn';

/** How a version stands at a time. */
export function standing(
  v: Pick<Version, 'state' | 'effective' | 'ends'> & { force: boolean },
  now: number,
): Standing {
  if (v.state !== 'published') return v.state;
  if (v.force) return 'force';
  if (v.effective && Date.parse(v.effective) > now) return 'later';
  return v.ends && Date.parse(v.ends) <= now ? 'ended' : 'replaced';
}

interface Opened {
  versions: (Omit<Version, 'in_force'> & { in_force: boolean })[];
  may_edit: boolean;
  may_publish: boolean;
}

/** What is being written. */
export interface Form {
  lang: string;
  title: string;
  tags: string;
  phrases: string;
  label: string;
  text: string;
  effective: string; // of the page's field: local time
  ends: string;
}

const blank: Form = {
  lang: '',
  title: '',
  tags: '',
  phrases: '',
  label: '',
  text: '',
  effective: '',
  ends: '',
};

const lines = (s: string, by: RegExp): string[] =>
  s
    .split(by)
    .map((x) => x.trim())
    .filter(Boolean);

/** An id of a title: letters and digits stay. */
export const idOf = (lang: string, title: string): string =>
  `${lang ? `${lang}-` : ''}${title}`
    .toLowerCase()
    .split(/[^\p{L}\p{N}._]+/u)
    .filter(Boolean)
    .join('-')
    .slice(0, 100);

const instant = (local: string): string | undefined => (local ? new Date(local).toISOString() : undefined);

/** The other way round: what the page's field shows. */
export function local(iso: string | undefined): string {
  if (!iso) return '';
  const at = new Date(iso);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export class Knowledge {
  filter = { kind: '', lang: '', state: '', q: '' };
  rows: Entry[] | undefined;
  candidates = 0;
  mayPublish = false;
  kind: Kind = 'macro';
  id: string | undefined; // of the open one; '' = a new one
  open: Opened | undefined;
  form: Form = { ...blank };
  dirty = false;
  tab: 'edit' | 'preview' | 'versions' = 'edit';
  compared = 0; // the version that is looked at
  busy = false;
  trouble: string | undefined;
  done: string | undefined;
  private readonly vault = new Vault('knowledge');
  private readonly server: Server;
  private readonly changed: () => void;
  private readonly lang: () => Lang;

  constructor(server: Server, changed: () => void, lang: () => Lang) {
    this.server = server;
    this.changed = changed;
    this.lang = lang;
  }

  private get t() {
    return speakOf(this.lang()).t;
  }

  get newest() {
    return this.open?.versions[0];
  }

  get mayEdit(): boolean {
    return this.id === '' ? this.mayPublish || this.kind === 'macro' : (this.open?.may_edit ?? false);
  }

  private get key(): string {
    return `${this.kind}/${this.id}`;
  }

  /** Goes where the address says: #/knowledge, #/knowledge/KIND/ID, #/knowledge/KIND/ (a new one). */
  follow([kind, ...rest]: string[]): void {
    this.trouble = undefined;
    this.done = undefined;
    if (this.rows === undefined) void this.list();
    if (kinds.includes(kind as Kind)) void this.show(kind as Kind, decodeURIComponent(rest.join('/')));
    else this.id = undefined;
    this.changed();
  }

  say(e: unknown): string {
    const w = speakOf(this.lang());
    if (e instanceof Refused && e.status !== 0) return w.any(`error.${e.code}`, e.message);
    return e instanceof Error && !(e instanceof Refused)
      ? e.message
      : this.lang() === 'en'
        ? 'The shop cannot be reached. What you wrote is kept.'
        : '无法连接店铺，您写的内容已保留。';
  }

  async list(): Promise<void> {
    const f = { ...this.filter };
    const query = new URLSearchParams(Object.entries(f).filter(([, v]) => v));
    try {
      const p = await this.server.get<{ documents: Entry[]; may_publish: boolean }>(
        `/api/knowledge?${query}`,
      );
      if (JSON.stringify(f) !== JSON.stringify(this.filter)) return;
      this.rows = p.documents;
      this.mayPublish = p.may_publish;
      const all =
        f.state === 'candidate' && !f.kind && !f.lang && !f.q
          ? p
          : await this.server.get<{ documents: Entry[] }>('/api/knowledge?state=candidate');
      this.candidates = all.documents.length;
    } catch (e) {
      this.trouble = this.say(e);
      this.rows ??= [];
    }
    this.changed();
  }

  choose(part: Partial<Knowledge['filter']>): void {
    Object.assign(this.filter, part);
    void this.list();
  }

  private async show(kind: Kind, id: string): Promise<void> {
    this.kind = kind;
    this.id = id;
    this.open = undefined;
    this.tab = 'edit';
    this.form = { ...blank, lang: apiLang(this.lang()) };
    this.restore();
    if (id) await this.reload();
  }

  private async reload(): Promise<void> {
    const key = this.key;
    try {
      const o = await this.server.get<Opened>(this.path());
      if (key === this.key) this.take(o);
    } catch (e) {
      if (key === this.key) this.trouble = this.say(e);
    }
    this.changed();
  }

  private path(act = ''): string {
    return `/api/knowledge/${this.kind}/${encodeURIComponent(this.id ?? '')}${act}`;
  }

  private take(o: Opened): void {
    this.open = o;
    this.mayPublish = o.may_publish;
    this.compared = o.versions[0]!.version;
    if (!this.dirty) this.fill(o.versions[0]!);
  }

  private fill(v: Opened['versions'][number]): void {
    this.form = {
      lang: v.lang,
      title: v.title,
      tags: v.tags.join(', '),
      phrases: v.phrases.join('\n'),
      label: v.state === 'draft' ? (v.label ?? '') : '', // a new version is not cited as the old one
      text: v.text,
      effective: v.state === 'draft' ? local(v.effective) : '',
      ends: v.state === 'draft' ? local(v.ends) : '',
    };
  }

  // What is being written is kept over a reload.
  write(part: Partial<Form>): void {
    Object.assign(this.form, part);
    this.dirty = true;
    this.done = undefined;
    this.vault.set(this.key, JSON.stringify(this.form));
    this.changed();
  }

  private restore(): void {
    const kept = this.vault.get(this.key);
    this.dirty = kept !== undefined;
    if (kept) this.form = { ...blank, ...(JSON.parse(kept) as Partial<Form>) };
  }

  private written(): void {
    this.vault.set(this.key, undefined);
    this.dirty = false;
  }

  /** Takes an old version's text into the editor: saved, it is a new version. */
  use(v: Opened['versions'][number]): void {
    this.fill(v);
    this.write({});
    this.tab = 'edit';
    this.done = this.t('taken', { n: v.version });
    this.changed();
  }

  look(tab: Knowledge['tab']): void {
    this.tab = tab;
    this.changed();
  }

  compare(version: number): void {
    this.compared = version;
    this.changed();
  }

  private async act(fn: () => Promise<string>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.trouble = undefined;
    this.done = undefined;
    this.changed();
    try {
      this.done = await fn();
    } catch (e) {
      this.trouble = this.say(e);
      if (e instanceof Refused && e.code === 'moved_on' && this.id)
        await this.reload(); // what was written stays, on top of the newest
      else if (e instanceof Refused && e.code === 'moved_on') this.trouble = this.t('error.exists');
    }
    this.busy = false;
    this.changed();
    void this.list();
  }

  private async store(): Promise<number> {
    const f = this.form;
    const fresh = this.id === '';
    const old = this.key;
    const id = fresh ? idOf(f.lang, f.title) : this.id!;
    const o = await this.server.ask<Opened>('PUT', `/api/knowledge/${this.kind}/${encodeURIComponent(id)}`, {
      base: fresh ? 0 : (this.newest?.version ?? 0),
      lang: f.lang,
      title: f.title,
      tags: lines(f.tags, /[,，]/),
      phrases: lines(f.phrases, /\n/),
      label: f.label,
      text: f.text,
      effective: instant(f.effective),
      ends: instant(f.ends),
    });
    this.vault.set(old, undefined);
    this.id = id;
    this.written();
    this.take(o);
    if (fresh) history.replaceState(null, '', `#/knowledge/${this.kind}/${encodeURIComponent(id)}`);
    return o.versions[0]!.version;
  }

  save(): Promise<void> {
    return this.act(async () => this.t('saved', { n: await this.store() }));
  }

  /** Publishes what is in the editor: saved first when it is new. */
  publish(): Promise<void> {
    return this.act(async () => {
      const version = this.dirty || this.newest?.state !== 'draft' ? await this.store() : this.newest.version;
      const { effective, ends } = this.form;
      this.take(
        await this.server.ask<Opened>('POST', this.path('/publish'), {
          version,
          effective: instant(effective),
          ends: instant(ends),
        }),
      );
      return this.t('published', { n: version });
    });
  }

  withdraw(version?: number): Promise<void> {
    return this.act(async () => {
      const o = await this.server.ask<Opened>('POST', this.path('/withdraw'), version ? { version } : {});
      this.take(o);
      return this.t('withdrawn');
    });
  }
}

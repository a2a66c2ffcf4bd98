// The demo storefront: a catalogue to look through, and the chat beside it. The address holds all state worth keeping.
import { render } from 'lit';
import type { Product } from '../shared/cards';
import { type Lang, langs, pickLang } from '../shared/i18n';
import { Vault } from '../shared/vault';
import type { ShopChat } from '../widget/shop-chat';
import { type Account, accounts } from './accounts';
import { Catalogue } from './catalogue';
import { addressOf, isFront, type Look, readLook } from './look';
import { frame } from './view/frame';
import { speak, type Words } from './words';

export class Front {
  look: Look = readLook(location.search);
  words: Words;
  theme: 'light' | 'dark';
  account: Account = 'guest'; // outside the demo there is no other
  filtersOpen = false; // on small screens, where they fold
  readonly longFacets = new Set<string>(); // facets that show all their values
  readonly catalogue: Catalogue;
  private readonly vault = new Vault('front');
  private readonly app = document.querySelector<HTMLElement>('#app')!;
  private readonly chat = document.querySelector<ShopChat>('shop-chat')!;
  private typing = 0;
  private drawing = false;
  private listAt = 0; // where the reader was in the list
  private focusNext: string | undefined;

  constructor() {
    const lang = pickLang(
      new URLSearchParams(location.search).get('lang'),
      this.vault.get('lang'),
      navigator.language,
    );
    this.words = speak(lang);
    const kept = this.vault.get('theme');
    this.theme =
      kept === 'light' || kept === 'dark'
        ? kept
        : matchMedia('(prefers-color-scheme: dark)').matches
          ? 'dark'
          : 'light';
    this.catalogue = new Catalogue(this.draw);
    this.catalogue.lang = lang;
    const account = this.vault.get('account');
    if (account && account !== 'guest') this.chat.setAttribute('key', account); // a demo, as the last visit found
    this.dress();
    this.listen();
    this.app.replaceChildren();
    this.draw();
    void this.loadShop();
    void this.catalogue.look(this.look);
    if (this.look.product) void this.catalogue.open(this.look.product);
  }

  private async loadShop(): Promise<void> {
    await this.catalogue.loadShop();
    if (!this.catalogue.shop?.demo) return;
    const kept = this.vault.get('account');
    this.setAccount(accounts.find((a) => a === kept) ?? accounts[0]);
  }

  private listen(): void {
    window.addEventListener('popstate', () => this.arrive(readLook(location.search)));
    window.addEventListener('online', () => {
      if (this.catalogue.list === 'failed') void this.catalogue.look(this.look);
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', (e) => {
      if (this.vault.get('theme')) return;
      this.theme = e.matches ? 'dark' : 'light';
      this.dress();
      this.draw();
    });
    document.addEventListener('shop-product', (e) => {
      const { product } = (e as CustomEvent<{ product: Product }>).detail;
      if (product.url && new URL(product.url, location.href).origin !== location.origin) return; // a shop's own page
      e.preventDefault();
      this.openProduct(product);
    });
    document.addEventListener('shop-lang', (e) =>
      this.setLang((e as CustomEvent<{ lang: Lang }>).detail.lang),
    );
    document.addEventListener('shop-toggle', (e) => {
      document.documentElement.classList.toggle(
        'chatting',
        (e as CustomEvent<{ open: boolean }>).detail.open,
      );
    });
    document.addEventListener('keydown', (e) => {
      if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey) return;
      const at = e.composedPath()[0];
      if (at instanceof HTMLElement && at.matches('input, textarea, select, [contenteditable]')) return;
      e.preventDefault();
      document.querySelector<HTMLInputElement>('#q')?.focus();
    });
  }

  /** What the page as a whole wears: language, colours, title. */
  private dress(): void {
    const root = document.documentElement;
    root.lang = this.words.lang;
    root.dataset.theme = this.theme;
    this.chat.setAttribute('lang', this.words.lang);
    this.chat.setAttribute('theme', this.theme);
  }

  draw = (): void => {
    if (this.drawing) return;
    this.drawing = true;
    queueMicrotask(() => {
      this.drawing = false;
      render(frame(this), this.app);
      const name = this.catalogue.shop?.name ?? '';
      const at = this.look.product
        ? this.catalogue.product?.title
        : this.look.q || this.aisle(this.look.category);
      document.title = [at, name].filter(Boolean).join(' · ') || 'Shop';
      const to = this.focusNext;
      this.focusNext = undefined;
      if (to) document.querySelector<HTMLElement>(to)?.focus({ preventScroll: true });
    });
  };

  /** A category in the reader's language. */
  aisle(name: string): string {
    if (!name || this.words.lang === 'en') return name;
    return this.catalogue.shop?.categories.find((c) => c.name === name)?.name_zh ?? name;
  }

  private arrive(l: Look): void {
    const old = this.look;
    this.look = l;
    const listed = (x: Look): string => addressOf({ ...x, product: '' });
    if (l.product && l.product !== old.product) {
      void this.catalogue.open(
        l.product,
        this.catalogue.shown.find((p) => p.id === l.product),
      );
      if (!old.product) this.listAt = scrollY;
      this.focusNext = 'h1';
      scrollTo(0, 0);
    }
    if (listed(l) !== listed(old)) void this.catalogue.look(l);
    this.draw();
    if (!l.product && old.product) {
      const at = listed(l) === listed(old) ? this.listAt : 0;
      queueMicrotask(() => queueMicrotask(() => scrollTo(0, at)));
      this.focusNext = `[data-id="${CSS.escape(old.product)}"]`;
    }
  }

  /** Goes on to another look; `quietly` while somebody types, so that the way back holds whole words only. */
  go(part: Partial<Look>, quietly = false): void {
    const l = { ...this.look, ...part };
    if (addressOf(l) === addressOf(this.look)) return;
    if (quietly) history.replaceState(null, '', addressOf(l));
    else history.pushState(null, '', addressOf(l));
    if (!part.product && !quietly && scrollY > 0) scrollTo(0, 0);
    this.arrive(l);
  }

  typed = (e: Event): void => {
    const input = e.target as HTMLInputElement;
    clearTimeout(this.typing);
    if ((e as InputEvent).isComposing) return;
    this.typing = setTimeout(
      () => this.seek(input.value.trim(), this.look.q !== ''),
      220,
    ) as unknown as number;
  };

  /** The search at the top is the whole shop's: what was narrowed before does not count for other words. */
  private seek(q: string, quietly = false): void {
    if (q === this.look.q) this.go({ product: '' }, quietly);
    else this.go({ q, category: '', filters: [], product: '' }, quietly);
  }

  searched = (e: Event): void => {
    e.preventDefault();
    clearTimeout(this.typing);
    const q = new FormData(e.target as HTMLFormElement).get('q');
    this.seek(String(q ?? '').trim());
  };

  openProduct(p: Product): void {
    this.go({ product: p.id });
    if (this.look.product === p.id && !this.catalogue.product) {
      this.catalogue.product = p;
      this.draw();
    }
  }

  clicked(e: MouseEvent, part: Partial<Look>): void {
    if (e.metaKey || e.ctrlKey || e.shiftKey || e.button !== 0) return;
    e.preventDefault();
    this.go(part);
  }

  clear(): void {
    this.go({ q: '', category: '', filters: [], sort: '' });
  }

  retry(): void {
    if (!this.catalogue.shop) void this.loadShop();
    void this.catalogue.look(this.look);
    if (this.look.product) void this.catalogue.open(this.look.product);
  }

  more(): void {
    void this.catalogue.next(this.look);
  }

  toggleFilters(): void {
    this.filtersOpen = !this.filtersOpen;
    this.draw();
  }

  toggleFacet(field: string): void {
    if (!this.longFacets.delete(field)) this.longFacets.add(field);
    this.draw();
  }

  setLang(lang: Lang): void {
    if (lang === this.words.lang) return;
    this.words = speak(lang);
    this.catalogue.lang = lang;
    this.vault.set('lang', lang);
    this.dress();
    this.draw();
    void this.catalogue.look(this.look);
    if (this.look.product) void this.catalogue.open(this.look.product, this.catalogue.product);
  }

  otherLang(): void {
    this.setLang(langs[(langs.indexOf(this.words.lang) + 1) % langs.length]!);
  }

  otherTheme(): void {
    this.theme = this.theme === 'dark' ? 'light' : 'dark';
    this.vault.set('theme', this.theme);
    this.dress();
    this.draw();
  }

  setAccount(a: Account): void {
    this.account = a;
    this.vault.set('account', a);
    if (a === 'guest') this.chat.removeAttribute('key');
    else this.chat.setAttribute('key', a);
    this.draw();
  }

  /** The widget is a script of its own and may still be on its way. */
  async ask(text?: string): Promise<void> {
    await customElements.whenDefined('shop-chat');
    if (text) this.chat.say(text);
    else this.chat.show();
  }

  async askAbout(p: Product): Promise<void> {
    await customElements.whenDefined('shop-chat');
    this.chat.about(p);
  }

  get front(): boolean {
    return isFront(this.look) && !this.look.product;
  }
}

new Front();

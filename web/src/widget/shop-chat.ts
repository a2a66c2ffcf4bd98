import { LitElement, type PropertyValues, unsafeCSS } from 'lit';
import type { Product, Shop } from '../shared/cards';
import { type Lang, langOf, langs, pickLang } from '../shared/i18n';
import product from '../shared/product.css?inline';
import tokens from '../shared/tokens.css?inline';
import { Vault } from '../shared/vault';
import { Announcer, countCards } from './announce';
import cardStyle from './cards.css?inline';
import { Client } from './client';
import { Conversation, type Entry } from './conversation';
import { Following } from './following';
import { moveInMenu, nextFrame, saveFile, wrapFocus } from './keys';
import { load, type Photos } from './photos';
import { serverOf } from './server';
import style from './style.css?inline';
import type { Answer, Photo } from './turn';
import { speak } from './ui';
import type { AnswerUi } from './view/answer';
import { frameView } from './view/frame';

export const limit = 4000; // characters of one message; the server's own bound is higher
const narrow = '(max-width: 480px)';

/**
 * `<shop-chat shop="shop.example" key="wk_…">`. Without `shop` it talks to the server that its script came from.
 * Also: `lang`, `theme` (light, dark), `open`; property `credential`, for shoppers who are signed in with the shop.
 * Events, all of them bubbling: `shop-product` {product} before a product's page is gone to, which preventDefault keeps from
 * happening; `shop-lang` {lang} after the shopper chose a language; `shop-toggle` {open} after it opened or closed.
 */
export class ShopChat extends LitElement {
  static override properties = {
    shop: {},
    key: {},
    lang: {},
    open: { type: Boolean, reflect: true },
    credential: { attribute: false },
  };
  static override styles = [tokens, style, product, cardStyle].map((s) => unsafeCSS(s));

  declare shop: string;
  declare key: string;
  declare lang: string;
  declare open: boolean;
  declare credential: (() => Promise<string>) | undefined;

  // What the views read. They change through the methods below only.
  ui!: AnswerUi;
  client!: Client;
  conversation!: Conversation;
  shopInfo: Shop | undefined;
  shopState: 'loading' | 'ready' | 'failed' = 'loading';
  view: 'chat' | 'history' = 'chat';
  past: Entry[] | 'loading' | 'failed' = 'loading';
  menu = false;
  confirming: string | undefined;
  draft = '';
  subject: Product | undefined;
  note = '';
  unread = false;
  photos: Photos | undefined; // once the second script is there

  private language: Lang = 'en';
  private vault!: Vault;
  private tab!: Vault; // forgets with the tab
  private readonly openParts = new Set<string>();
  private copiedID = '';
  private copyTimer = 0;
  private noteTimer = 0;
  said: string[] = [];
  private readonly announcer = new Announcer();
  private begun = false; // the stored conversation was asked for
  private backTo: HTMLElement | null = null;
  private focusNext: string | undefined; // selector of what takes the focus after the next drawing
  readonly following = new Following(
    () => this.renderRoot.querySelector<HTMLElement>('.log'),
    () => this.requestUpdate(),
  );

  constructor() {
    super();
    this.shop = '';
    this.key = '';
    this.lang = '';
    this.open = false;
  }

  get offline(): boolean {
    return this.conversation.offline;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.conversation) {
      this.build();
      this.reopen();
    }
    window.addEventListener('online', this.online);
    window.addEventListener('offline', this.changed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('online', this.online);
    window.removeEventListener('offline', this.changed);
    this.following.leave();
  }

  private build(): void {
    const server = serverOf(this.shop, import.meta.url, location.href);
    const scope = `${server}:${this.key}`;
    this.vault = new Vault(scope);
    this.tab = new Vault(scope, () => globalThis.sessionStorage);
    this.language = pickLang(
      this.vault.get('lang'),
      this.getAttribute('lang'),
      document.documentElement.lang,
      navigator.language,
    );
    const credential = this.credential;
    this.client = new Client({
      server,
      key: this.key,
      vault: this.vault,
      ...(credential ? { credential } : {}),
    });
    this.client.lang = this.language;
    this.conversation = new Conversation({
      client: this.client,
      vault: this.vault,
      changed: this.changed,
      heard: this.heard,
    });
  }

  private rebuild(): void {
    this.conversation.close();
    const lang = this.language;
    this.build();
    this.language = lang;
    this.client.lang = lang;
    this.shopInfo = undefined;
    this.shopState = 'loading';
    this.subject = undefined;
    this.said = [];
    this.openParts.clear();
    this.view = 'chat';
    this.begun = false;
    if (this.open) {
      this.tab.set('open', '1');
      this.wake();
    } else this.reopen();
  }

  /** A panel that was open before a reload is open after it; where it fills the screen it would be in the way. */
  private reopen(): void {
    if (this.tab.get('open') && !matchMedia(narrow).matches) this.open = true;
  }

  private changed = (): void => this.requestUpdate();

  private online = (): void => {
    this.requestUpdate();
    if (this.begun) void this.conversation.flush();
    if (this.open && this.shopState === 'failed') void this.loadShop();
  };

  /** While text streams in, one drawing a frame is enough; a page in the background draws by a timer. */
  protected override async scheduleUpdate(): Promise<void> {
    if (this.conversation?.phase === 'streaming' && this.open) {
      await nextFrame();
    }
    super.scheduleUpdate();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // Another key or server is another shopper or shop: nothing of the last one stays on the page.
    if (this.hasUpdated && (changed.has('key') || changed.has('shop') || changed.has('credential')))
      this.rebuild();
    const chosen = langOf(this.lang);
    if (changed.has('lang') && this.hasUpdated && chosen && chosen !== this.language) this.setLang(chosen);
    if (changed.has('open')) {
      this.tab.set('open', this.open ? '1' : undefined);
      if (this.open) this.wake();
      if (this.open || this.hasUpdated) this.emit('shop-toggle', { open: this.open });
    }
    this.ui = {
      ...speak(this.language),
      server: this.client.server,
      now: new Date(),
      idle: !this.conversation.busy && this.conversation.phase !== 'loading',
      opened: (id) => this.openParts.has(id),
      toggle: this.toggle,
      say: this.say,
      go: this.go,
      copy: this.copy,
      copied: (id) => this.copiedID === id,
      answer: (id, yes) => void this.conversation.answerProposal(id, yes),
      answering: (id) => this.conversation.answering.has(id),
      refusal: (id) => this.conversation.refusals.get(id),
      vote: (id, value) => void this.conversation.vote(id, value),
      again: () => {
        this.following.home();
        void this.conversation.regenerate();
        this.focusInput();
      },
    };
  }

  /** The first opening asks the server for the shop and the stored conversation; a closed widget asks for nothing. */
  private wake(): void {
    this.unread = false;
    if (this.begun) return;
    this.begun = true;
    void this.loadShop();
    void load(this);
    void this.conversation.restore().then(() => this.toEnd());
  }

  async loadShop(): Promise<void> {
    this.shopState = 'loading';
    this.requestUpdate();
    try {
      this.shopInfo = await this.client.shop();
      this.shopState = 'ready';
    } catch {
      this.shopState = 'failed';
    }
    this.requestUpdate();
  }

  // Doing
  /** Opens the panel; the focus goes to the input, and back to where it was when the panel closes. */
  show(): void {
    if (this.open) return;
    const at: Element | null = document.activeElement;
    this.backTo = at instanceof HTMLElement && !this.isSameNode(at) ? at : null;
    this.open = true;
    this.following.home();
    this.focusInput();
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.menu = false;
    this.confirming = undefined;
    const back = this.backTo;
    this.backTo = null;
    if (back?.isConnected && back !== document.body) back.focus();
    else this.focusNext = '.launcher';
  }

  /** What the shopper says next is about this product. */
  about(product: Product | undefined): void {
    this.subject = product;
    if (product) {
      this.view = 'chat';
      if (!this.open) this.show();
    }
    this.requestUpdate();
    this.focusInput();
  }

  say = (text: string, photos?: Photo[]): void => {
    const about = this.subject;
    const words = text.trim();
    if (!words && !photos) return;
    this.subject = undefined;
    this.following.home();
    this.view = 'chat';
    if (!this.open) this.show();
    this.hear([this.ui.t('said.working')]);
    void this.conversation.send(
      about ? this.ui.t('about.send', { title: about.title, text: words }) : words,
      photos,
    );
    this.requestUpdate();
    this.focusInput();
  };

  halt(): void {
    void this.conversation.stop();
    this.focusInput();
  }

  newChat(): void {
    this.subject = undefined;
    this.view = 'chat';
    this.conversation.newChat();
    this.focusInput();
  }

  showChat(): void {
    this.view = 'chat';
    this.confirming = undefined;
    this.following.home();
    this.requestUpdate();
    this.focusInput();
    void this.toEnd();
  }

  async showHistory(): Promise<void> {
    this.view = 'history';
    this.past = 'loading';
    this.focusNext = '.back';
    this.requestUpdate();
    try {
      this.past = await this.conversation.list();
    } catch {
      this.past = 'failed';
    }
    this.requestUpdate();
  }

  async showPast(id: string): Promise<void> {
    this.view = 'chat';
    this.following.home();
    this.focusInput();
    await this.conversation.show(id);
    void this.toEnd();
  }

  confirm(id: string | undefined): void {
    this.confirming = id;
    this.focusNext = id ? '.keep' : this.view === 'history' ? '.back' : 'textarea';
    this.requestUpdate();
  }

  async discard(id: string): Promise<void> {
    this.confirm(undefined);
    try {
      await this.conversation.remove(id);
      if (Array.isArray(this.past)) this.past = this.past.filter((e) => e.id !== id);
      this.tell(this.ui.t('deleted'));
    } catch {
      this.tell(this.ui.t('delete.error'));
    }
  }

  async download(): Promise<void> {
    try {
      saveFile(`chat-${new Date().toISOString().slice(0, 10)}.json`, await this.conversation.export());
    } catch {
      this.tell(this.ui.t('download.error'));
    }
  }

  switchLang(): void {
    const next = langs[(langs.indexOf(this.language) + 1) % langs.length]!;
    this.lang = next;
    this.setLang(next);
    this.emit('shop-lang', { lang: next });
  }

  /** False when somebody took it over by preventDefault. */
  private emit(name: string, detail: object): boolean {
    return this.dispatchEvent(
      new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }),
    );
  }

  private setLang(lang: Lang): void {
    this.language = lang;
    this.client.lang = lang;
    this.vault.set('lang', lang);
    this.requestUpdate();
  }

  private toggle = (id: string): void => {
    if (!this.openParts.delete(id)) this.openParts.add(id);
    this.requestUpdate();
  };

  private go = (e: MouseEvent, product: Product): void => {
    if (e.metaKey || e.ctrlKey || e.shiftKey || e.button !== 0) return;
    const small = matchMedia(narrow).matches;
    if (!this.emit('shop-product', { product })) e.preventDefault();
    if (small) this.close(); // the panel would lie over the product
  };

  private copy = (text: string, id: string): void => {
    navigator.clipboard?.writeText(text).then(
      () => {
        this.copiedID = id;
        this.hear([this.ui.t('copied')]);
        this.requestUpdate();
        clearTimeout(this.copyTimer);
        this.copyTimer = setTimeout(() => {
          this.copiedID = '';
          this.requestUpdate();
        }, 2000) as unknown as number;
      },
      () => {}, // the browser did not allow it: the text is still there to be marked
    );
  };

  private tell(text: string): void {
    this.note = text;
    this.requestUpdate();
    clearTimeout(this.noteTimer);
    this.noteTimer = setTimeout(() => {
      this.note = '';
      this.requestUpdate();
    }, 5000) as unknown as number;
  }

  // Hearing
  private heard = (a: Answer, ended: boolean): void => {
    const words = this.announcer.hear(a, ended);
    if (ended) {
      const n = countCards(a);
      if (n > 0) words.push(this.ui.t('said.cards', { n }));
      if (a.ending === 'failed') words.push(this.ui.t('said.failed'));
      if (a.ending === 'cancelled') words.push(this.ui.t('said.stopped'));
      if (!this.open) this.unread = true;
      void Promise.resolve().then(() => this.conversation.flush());
    }
    this.hear(words);
  };

  private hear(words: string[]): void {
    if (words.length === 0) return;
    this.said = [...this.said, ...words].slice(-12);
    this.requestUpdate();
  }

  // Writing
  typed = (e: InputEvent): void => {
    this.draft = (e.target as HTMLTextAreaElement).value;
    this.requestUpdate();
  };

  submitted = (e: Event): void => {
    e.preventDefault();
    const words = this.draft;
    if ([...words].length > limit || this.photos?.busy) return;
    const photos = this.photos?.take();
    if (words.trim() === '' && !photos) return;
    this.draft = '';
    this.say(words, photos);
  };

  composerKeys = (e: KeyboardEvent): void => {
    if (e.key !== 'Enter' || e.shiftKey || e.isComposing || e.keyCode === 229) return; // 229: an input method is choosing
    this.submitted(e);
  };

  // Keys and focus
  keys = (e: KeyboardEvent): void => {
    if (e.key === 'Escape' && !e.isComposing) {
      e.stopPropagation();
      if (this.menu) this.toggleMenu();
      else if (this.confirming) this.confirm(undefined);
      else if (this.view === 'history') this.showChat();
      else this.close();
      return;
    }
    if (e.key === 'Tab' && matchMedia(narrow).matches) wrapFocus(this.renderRoot, e);
  };

  toggleMenu(): void {
    this.menu = !this.menu;
    this.focusNext = this.menu ? '.menu button:enabled' : '#menu-button';
    this.requestUpdate();
  }

  menuKeys = (e: KeyboardEvent): void => {
    if (moveInMenu(this.renderRoot, e)) this.toggleMenu();
  };

  outside = (e: Event): void => {
    if (this.menu && !(e.target as Element).closest('.menu, #menu-button')) {
      this.menu = false;
      this.requestUpdate();
    }
  };

  private focusInput(): void {
    this.focusNext = 'textarea';
    this.requestUpdate();
  }

  async toEnd(): Promise<void> {
    this.following.home();
    await this.updateComplete;
    this.following.drawn();
  }

  protected override updated(): void {
    this.following.drawn();
    const to = this.focusNext;
    this.focusNext = undefined;
    if (to) this.renderRoot.querySelector<HTMLElement>(to)?.focus({ preventScroll: true });
  }

  protected override render() {
    return frameView(this);
  }
}

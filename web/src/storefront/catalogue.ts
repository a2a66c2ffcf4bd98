// The list and the product's page as states: what is there, what is on its way, what went wrong.
import type { Facet, Product, Products, Shop, Understood } from '../shared/cards';
import { apiLang, type Lang } from '../shared/i18n';
import { type Look, question } from './look';

export type State = 'loading' | 'ready' | 'failed';
const size = 24;

export class Refused extends Error {
  readonly status: number;
  readonly request: string;
  constructor(status: number, request: string) {
    super(`status ${status}`);
    this.status = status;
    this.request = request;
  }
}

export class Catalogue {
  lang: Lang = 'en';
  shop: Shop | undefined;
  shopless = false; // it could not be read, so nothing of it is on its way
  list: State = 'loading';
  shown: Product[] = [];
  total = 0;
  facets: Facet[] = [];
  understood: Understood | undefined;
  more: 'idle' | 'loading' | 'failed' = 'idle';
  fresh = false; // the list answers what is being looked at
  detail: State = 'loading';
  product: Product | undefined;
  similar: Product[] = [];
  trouble: Refused | undefined;

  private page = 1;
  private listing: AbortController | undefined;
  private reading: AbortController | undefined;
  private readonly changed: () => void;
  private readonly fetch: typeof fetch;

  constructor(changed: () => void, fetcher: typeof fetch = globalThis.fetch.bind(globalThis)) {
    this.changed = changed;
    this.fetch = fetcher;
  }

  private async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const r = await this.fetch(path, {
      headers: { 'Accept-Language': this.lang },
      ...(signal ? { signal } : {}),
    });
    if (!r.ok) throw new Refused(r.status, r.headers.get('x-request-id') ?? '');
    return (await r.json()) as T;
  }

  async loadShop(): Promise<void> {
    this.shopless = false;
    try {
      this.shop = await this.get<Shop>(`/api/shop?lang=${apiLang(this.lang)}`);
    } catch {
      this.shopless = true; // the list says what is wrong; without the shop's own words the page works all the same
    }
    this.changed();
  }

  /** Asks for the first page. What is shown stays until the answer is there, so that nothing jumps. */
  async look(l: Look): Promise<void> {
    this.listing?.abort();
    const mine = new AbortController();
    this.listing = mine;
    this.fresh = false;
    if (this.list === 'failed') this.list = 'loading';
    this.changed();
    try {
      const p = await this.get<Products>(question(l, apiLang(this.lang), 1, size), mine.signal);
      if (mine.signal.aborted) return;
      this.take(p);
      this.shown = p.shown ?? [];
      this.page = 1;
      this.list = 'ready';
    } catch (e) {
      if (mine.signal.aborted) return;
      this.trouble = e instanceof Refused ? e : undefined;
      this.list = 'failed';
    }
    this.fresh = true;
    this.changed();
  }

  private take(p: Products): void {
    this.total = p.total ?? 0;
    this.facets = p.facets ?? [];
    this.understood = p.understood;
    this.more = 'idle';
  }

  get hasMore(): boolean {
    return this.shown.length < this.total;
  }

  async next(l: Look): Promise<void> {
    if (this.more === 'loading' || !this.hasMore) return;
    const mine = this.listing;
    this.more = 'loading';
    this.changed();
    try {
      const p = await this.get<Products>(question(l, apiLang(this.lang), this.page + 1, size), mine?.signal);
      if (mine !== this.listing) return;
      const known = new Set(this.shown.map((x) => x.id));
      const added = (p.shown ?? []).filter((x) => !known.has(x.id));
      this.shown = [...this.shown, ...added];
      this.page++;
      if (added.length === 0) this.total = this.shown.length; // the server has no further page
      this.more = 'idle';
    } catch {
      if (mine !== this.listing) return;
      this.more = 'failed';
    }
    this.changed();
  }

  /** Reads a product's page; what a list already knew of it is shown meanwhile. */
  async open(id: string, known?: Product): Promise<void> {
    this.reading?.abort();
    const mine = new AbortController();
    this.reading = mine;
    this.product = known;
    this.similar = [];
    this.detail = 'loading';
    this.changed();
    try {
      const p = await this.get<Product>(
        `/api/products/${encodeURIComponent(id)}?lang=${apiLang(this.lang)}`,
        mine.signal,
      );
      if (mine.signal.aborted) return;
      this.product = p;
      this.detail = 'ready';
      this.changed();
      const near = await this.get<Products>(
        question(
          { q: '', category: p.category, sort: '-rating', filters: [], product: '' },
          apiLang(this.lang),
          1,
          5,
        ),
        mine.signal,
      );
      this.similar = (near.shown ?? []).filter((x) => x.id !== id).slice(0, 4);
    } catch (e) {
      if (mine.signal.aborted) return;
      if (this.detail === 'ready') return; // only what is similar is missing
      this.trouble = e instanceof Refused ? e : undefined;
      this.detail = 'failed';
    }
    this.changed();
  }
}

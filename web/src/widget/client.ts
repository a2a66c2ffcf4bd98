// The shop's API as the widget uses it: one browser token, renewed without a word when it runs out.
import type { Shop } from '../shared/cards';
import { apiLang, type Lang } from '../shared/i18n';
import type { Vault } from '../shared/vault';
import type { Problem } from './turn';

export interface Session {
  token: string;
  expires: string;
  shopper: { id: string; anonymous: boolean };
}

export class APIError extends Error {
  readonly problem: Problem;
  readonly status: number;
  constructor(problem: Problem, status = 0) {
    super(problem.detail ?? problem.kind);
    this.problem = problem;
    this.status = status;
  }
}

const kinds: Record<number, Problem['kind']> = {
  400: 'invalid',
  401: 'denied',
  403: 'denied',
  404: 'gone',
  409: 'busy',
  413: 'invalid',
  422: 'invalid',
  429: 'limited',
};

/** The server's refusal as a Problem; the body may be anything when a proxy answered. */
export async function problemOf(r: Response): Promise<Problem> {
  const p: Problem = { kind: kinds[r.status] ?? 'failed' };
  try {
    const body = (await r.json()) as { title?: string; detail?: string; request_id?: string };
    const detail = body.detail ?? body.title;
    if (typeof detail === 'string') p.detail = detail;
    if (typeof body.request_id === 'string') p.request = body.request_id;
  } catch {
    // no problem+json: the status is all there is
  }
  p.request ??= r.headers.get('x-request-id') ?? undefined;
  const wait = Number(r.headers.get('retry-after'));
  if (wait > 0) p.retry = wait;
  return p;
}

export interface ClientOptions {
  server: string; // origin, without a slash at the end
  key: string; // widget key; '' asks for the demo's own session
  vault: Vault;
  credential?: () => Promise<string>; // a shop's token for a shopper who is signed in; wins over the key
  fetch?: typeof fetch;
  now?: () => number;
}

export class Client {
  lang: Lang = 'en';
  readonly server: string;
  private readonly o: ClientOptions;
  private session: Session | undefined;
  private opening: Promise<Session> | undefined;

  constructor(o: ClientOptions) {
    this.o = o;
    this.server = o.server;
    try {
      this.session = JSON.parse(o.vault.get('session') ?? 'null') ?? undefined;
    } catch {
      this.session = undefined;
    }
  }

  get shopper(): Session['shopper'] | undefined {
    return this.session?.shopper;
  }

  private fetch(path: string, init: RequestInit): Promise<Response> {
    const f = this.o.fetch ?? globalThis.fetch.bind(globalThis);
    return f(this.server + path, init).catch((e: unknown) => {
      if (e instanceof DOMException && e.name === 'AbortError') throw e;
      throw new APIError({ kind: globalThis.navigator?.onLine === false ? 'offline' : 'unreachable' });
    });
  }

  private async open(stale?: string): Promise<Session> {
    const now = (this.o.now ?? Date.now)();
    const s = this.session;
    if (s && s.token !== stale && Date.parse(s.expires) - now > 10_000) return s;
    // Two requests that meet an old token share one renewal.
    this.opening ??= this.renew(s).finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  private async renew(old: Session | undefined): Promise<Session> {
    // The last token keeps an anonymous shopper the same person, even after it ran out. A shop that signs its shoppers in is
    // asked each time, for it alone knows whether they are still signed in.
    const named = this.o.credential;
    const headers: Record<string, string> = { 'Content-Type': 'application/json' };
    const bearer = named ? await named() : this.o.key;
    if (bearer) headers.Authorization = `Bearer ${bearer}`;
    const body = !named && old?.token ? { previous: old.token } : {};
    const r = await this.fetch('/api/session', { method: 'POST', headers, body: JSON.stringify(body) });
    if (!r.ok) throw new APIError(await problemOf(r), r.status);
    return this.keep(r);
  }

  /** Takes the session that a response brings. */
  async keep(r: Response): Promise<Session> {
    const s = (await r.json()) as Session;
    this.session = s;
    this.o.vault.set('session', JSON.stringify(s));
    return s;
  }

  /** Fetches with the token; a 401 renews it once. Any answer is returned, refusals too. */
  async raw(path: string, init: RequestInit = {}): Promise<Response> {
    let s = await this.open();
    for (let again = false; ; again = true) {
      const headers = new Headers(init.headers);
      headers.set('Authorization', `Bearer ${s.token}`);
      headers.set('Accept-Language', this.lang);
      if (init.body && !headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
      const r = await this.fetch(path, { ...init, headers });
      if (r.status !== 401 || again) return r;
      s = await this.open(s.token);
    }
  }

  async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    const r = await this.raw(path, init);
    if (!r.ok) throw new APIError(await problemOf(r), r.status);
    return r.status === 204 ? (undefined as T) : ((await r.json()) as T);
  }

  /** Open to all: no token. */
  async shop(): Promise<Shop> {
    const r = await this.fetch(`/api/shop?lang=${apiLang(this.lang)}`, {});
    if (!r.ok) throw new APIError(await problemOf(r), r.status);
    return (await r.json()) as Shop;
  }
}

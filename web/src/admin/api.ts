// The operator's routes as openapi.yaml describes them. Identity is the cookie's; a change also sends the session's token.

export interface Session {
  signed_in: boolean;
  methods: string[];
  tenant?: string;
  role?: 'agent' | 'merchant' | 'admin';
  id?: string;
  csrf?: string;
  expires?: string;
}

export interface Point {
  at: string;
  requests: number;
  failed: number;
  tokens: number;
  cost_nano: number;
  ttft_p50_ms?: number;
  ttft_p95_ms?: number;
}

export interface Live {
  now: string;
  running: number;
  currency: string;
  ttft_p50_ms?: number; // over all calls of the hour
  ttft_p95_ms?: number;
  by_ending: Record<string, number>;
  series: Point[];
}

export interface Key {
  name: string;
  state: 'ok' | 'parked';
  until?: string;
  why?: string;
}

export interface Target {
  name: string;
  provider?: string;
  state: 'ready' | 'cooling' | 'probing';
  why?: string;
  in_flight: number;
  queued: number;
  ttft_ms?: number;
  keys: Key[];
}

export interface Alias {
  name: string;
  rungs: { targets: Target[] }[];
}

export type Ending = 'completed' | 'truncated' | 'refused' | 'cancelled' | 'failed';

export interface Span {
  name: string;
  kind: 'turn' | 'round' | 'model' | 'tool';
  start_ms: number;
  duration_ms: number;
  parent?: number;
  status: 'ok' | 'error';
  attributes?: Record<string, unknown>;
}

export interface Turn {
  id: string;
  at: string;
  kind: 'turn' | 'call';
  assistant?: string;
  alias?: string;
  conversation?: string;
  key?: string;
  rung?: string;
  ending: Ending;
  duration_ms: number;
  ttft_ms?: number;
  error?: string;
  spans?: Span[];
}

export interface SpendRow {
  name: string;
  at?: string;
  requests: number;
  failed: number;
  input: number;
  cached: number;
  output: number;
  reasoning: number;
  cost_nano: number;
}

export interface Spend {
  by: string;
  from: string;
  to: string;
  currency: string;
  rows: SpendRow[];
  total: SpendRow;
}

export interface Assistant {
  name: string;
  on: boolean;
  since?: string;
  by?: string;
  reason?: string;
}

export interface Act {
  id: string;
  at: string;
  actor: string;
  act: string;
  object?: string;
  detail?: string;
}

/**
 * What went wrong: the server's own sentence, or none when it did not answer (status 0, code late when it took too long) or when what
 * answered is not the shop (code foreign), such as a proxy with a page of its own.
 */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly request: string;
  constructor(status: number, message: string, code = '', request = '') {
    super(message);
    this.status = status;
    this.code = code;
    this.request = request;
  }
}

const patience = 30_000; // ms until a server that does not answer counts as away

export class Server {
  csrf = '';
  private readonly fetch: typeof fetch;

  constructor(fetcher: typeof fetch = globalThis.fetch.bind(globalThis)) {
    this.fetch = fetcher;
  }

  async get<T>(path: string): Promise<T> {
    return this.ask<T>('GET', path);
  }

  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    let r: Response;
    let text: string;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), patience);
    try {
      r = await this.fetch(path, {
        method,
        credentials: 'same-origin',
        headers: {
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(method === 'GET' || !this.csrf ? {} : { 'X-CSRF-Token': this.csrf }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: late.signal,
      });
      text = await r.text();
    } catch {
      throw new Refused(0, '', late.signal.aborted ? 'late' : '');
    } finally {
      clearTimeout(timer);
    }
    if (r.status === 204) return undefined as T;
    let json: Record<string, unknown>;
    try {
      json = JSON.parse(text);
    } catch {
      throw new Refused(r.status, '', 'foreign');
    }
    if (!r.ok) {
      const str = (k: string): string => (typeof json?.[k] === 'string' ? (json[k] as string) : '');
      throw new Refused(r.status, str('detail'), str('code'), str('request_id'));
    }
    return json as T;
  }
}

// The conversation: what the shopper sees of it, and how it moves. Everything that can go wrong on the way is a state here.
import type { Proposal } from '../shared/cards';
import type { Vault } from '../shared/vault';
import { APIError, type Client, problemOf } from './client';
import { follow, type Owner, type Said } from './people';
import { frames } from './sse';
import {
  type Answer,
  apply,
  fromHistory,
  type Message,
  type Photo,
  type Problem,
  parsePart,
  restate,
  type UserMessage,
  unsettled,
} from './turn';

export type Phase = 'idle' | 'loading' | 'sending' | 'streaming' | 'reconnecting' | 'stopping';

export interface ConversationOptions {
  client: Client;
  vault: Vault;
  changed: () => void;
  /** Called with the answer after each piece of it, and once more when it has ended. */
  heard?: (answer: Answer, ended: boolean) => void;
  newID?: () => string;
  online?: () => boolean;
  sleep?: (ms: number) => Promise<void>;
}

export interface Entry {
  id: string;
  title: string;
  updated: string;
}

const waits = [400, 1000, 2000, 4000, 6000]; // within the server's grace for a lost connection

export class Conversation {
  id: string;
  messages: Message[] = [];
  phase: Phase = 'idle';
  problem: Problem | undefined;
  owner: Owner = { kind: 'assistant' };

  private listening: AbortController | undefined;
  private readonly o: ConversationOptions;
  private readonly client: Client;
  private last: string | undefined; // id of the last event read
  private reading: AbortController | undefined;

  constructor(o: ConversationOptions) {
    this.o = o;
    this.client = o.client;
    this.id = o.vault.get('conversation') ?? this.fresh();
  }

  private fresh(): string {
    return (this.o.newID ?? (() => crypto.randomUUID()))();
  }

  get busy(): boolean {
    return this.phase !== 'idle' && this.phase !== 'loading';
  }

  get offline(): boolean {
    return !(this.o.online ?? (() => globalThis.navigator?.onLine !== false))();
  }

  /** The answer that is being written, or was last. */
  get answer(): Answer | undefined {
    const m = this.messages.at(-1);
    return m?.role === 'assistant' ? m : undefined;
  }

  private set(phase: Phase): void {
    this.phase = phase;
    this.o.changed();
  }

  /** Brings back the stored conversation, and follows its turn when one is still running. */
  async restore(): Promise<void> {
    if (!this.o.vault.get('conversation')) {
      this.requeue();
      return;
    }
    await this.show(this.id);
    this.requeue();
    void this.flush();
  }

  /** Shows a conversation of the history. */
  async show(id: string): Promise<void> {
    this.leave();
    this.listening?.abort();
    this.listening = undefined;
    this.owner = { kind: 'assistant' };
    this.id = id;
    this.messages = [];
    this.problem = undefined;
    this.last = undefined;
    this.set('loading');
    try {
      this.messages = await this.fetchMessages();
      this.o.vault.set('conversation', id);
    } catch (e) {
      if (this.id !== id) return;
      const p = e instanceof APIError ? e.problem : { kind: 'failed' as const };
      if (p.kind === 'gone') this.forget();
      else this.problem = p;
      this.set('idle');
      return;
    }
    if (this.id !== id) return;
    this.attend();
    this.set('idle');
    await this.resume(true);
  }

  private async fetchMessages(): Promise<Message[]> {
    const c = await this.client.json<{ messages?: Parameters<typeof fromHistory>[0]; owner?: Owner }>(
      `/api/conversations/${encodeURIComponent(this.id)}`,
    );
    if (c.owner) this.take(c.owner);
    return fromHistory(c.messages ?? []);
  }

  private forget(): void {
    this.o.vault.set('conversation', undefined);
    this.id = this.fresh();
    this.messages = [];
  }

  /** Somebody else has the word now. While a person may answer, what they say is listened to. */
  private take(o: Owner): void {
    this.owner = o;
    this.attend();
  }

  /** Listens while a person may answer or it is not known what came of a proposal. */
  private attend(): void {
    if (this.owner.kind === 'assistant' && !unsettled(this.messages)) {
      this.listening?.abort();
      this.listening = undefined;
    } else if (!this.listening) {
      const l = new AbortController();
      this.listening = l;
      const sleep = this.o.sleep ?? ((ms: number) => new Promise<void>((ok) => setTimeout(ok, ms)));
      void follow(this.client, this.id, l.signal, (v) => this.told(v), sleep);
    }
  }

  private told(v: Owner | Said | Proposal): void {
    if ('kind' in v) this.take(v);
    else if ('tool' in v) {
      restate(this.messages, v.id, v);
      this.attend();
    } else if (v.role === 'agent' && !this.messages.some((m) => m.id === v.id)) {
      const [a] = fromHistory([v]);
      if (!a) return;
      this.messages.push(a);
      if (a.role === 'assistant') this.o.heard?.(a, true);
    } else return;
    this.o.changed();
  }

  /** Leaves the running stream; on the server its turn goes on for its grace time. */
  private leave(): void {
    this.reading?.abort();
    this.reading = undefined;
  }

  /** Nothing of it is wanted any more, here: what was being read is left. */
  close(): void {
    this.leave();
    this.take({ kind: 'assistant' });
  }

  newChat(): void {
    this.close();
    this.forget();
    this.problem = undefined;
    this.keepQueue();
    this.set('idle');
  }

  /** Another shopper at the same browser: nothing of the last one stays. */
  reset(): void {
    this.o.vault.set('queue', undefined);
    this.newChat();
  }

  async send(text: string, photos?: Photo[]): Promise<void> {
    const words = text.trim();
    if (!words && !photos) return;
    const m: UserMessage = { role: 'user', id: this.fresh(), text: words, state: 'sending', photos };
    this.messages.push(m);
    this.problem = undefined;
    if (this.offline) {
      m.state = 'queued';
      this.keepQueue();
      this.o.changed();
      return;
    }
    await this.post(m, this.busy);
  }

  /** Sends a message again that did not go out. Its id is the same, so that it cannot count twice. */
  async retry(id: string): Promise<void> {
    const m = this.messages.find((x): x is UserMessage => x.role === 'user' && x.id === id);
    if (!m || m.state === 'sent' || this.busy) return;
    const interrupt = m.problem?.kind === 'busy';
    m.state = 'sending';
    m.problem = undefined;
    await this.post(m, interrupt);
  }

  /** Asks for another answer to the last message. */
  async regenerate(): Promise<void> {
    if (this.busy) return;
    const at = this.messages.findLastIndex((m) => m.role === 'user');
    const m = this.messages[at] as UserMessage | undefined;
    if (!m) return;
    const old = this.messages.slice(at + 1);
    this.messages.length = at + 1;
    await this.post(m, false, old);
  }

  /** Messages that waited for the connection go out in order, one turn after another. */
  async flush(): Promise<void> {
    for (;;) {
      const m = this.messages.find((x): x is UserMessage => x.role === 'user' && x.state === 'queued');
      if (!m || this.offline || this.busy) return;
      m.state = 'sending';
      if (!(await this.post(m, false))) return;
      this.keepQueue();
    }
  }

  private keepQueue(): void {
    const waiting = this.messages.flatMap((m) =>
      m.role === 'user' && m.state === 'queued' ? [{ id: m.id, text: m.text, photos: m.photos }] : [],
    );
    this.o.vault.set('queue', waiting.length > 0 ? JSON.stringify(waiting) : undefined);
  }

  private requeue(): void {
    try {
      const waiting = JSON.parse(this.o.vault.get('queue') ?? '[]') as Pick<
        UserMessage,
        'id' | 'text' | 'photos'
      >[];
      for (const w of waiting) {
        if (this.messages.some((m) => m.id === w.id)) continue;
        this.messages.push({ role: 'user', ...w, state: 'queued' });
      }
    } catch {
      this.o.vault.set('queue', undefined);
    }
    if (this.messages.length > 0) this.o.changed();
  }

  /** Sends a message and reads its answer; false when it did not go out. */
  private async post(m: UserMessage, interrupt: boolean, replaced?: Message[]): Promise<boolean> {
    this.leave();
    const reading = new AbortController();
    this.reading = reading;
    // A question that comes in between ends the answer that was being written.
    for (const x of this.messages) if (x.role === 'assistant') x.ending ??= 'cancelled';
    this.o.vault.set('conversation', this.id);
    this.set('sending');
    const files = m.photos?.map((p) => ({ type: 'file', mediaType: p.type, url: p.url })) ?? [];
    const body: Record<string, unknown> = {
      id: this.id,
      messages: [{ id: m.id, role: 'user', parts: [{ type: 'text', text: m.text }, ...files] }],
      trigger: replaced ? 'regenerate-message' : 'submit-message',
    };
    const old = replaced?.findLast((x) => x.role === 'assistant');
    if (old) body.messageId = old.id;
    if (interrupt) body.interrupt = true;
    try {
      const r = await this.client.raw('/api/chat', {
        method: 'POST',
        body: JSON.stringify(body),
        signal: reading.signal,
      });
      if (!r.ok) throw new APIError(await problemOf(r), r.status);
      m.state = 'sent';
      await this.read(r, reading, this.begin());
      return true;
    } catch (e) {
      if (reading.signal.aborted) return m.state === 'sent';
      const p = e instanceof APIError ? e.problem : { kind: 'failed' as const };
      if (replaced) {
        this.messages.push(...replaced); // the old answer stays when no new one came
        this.problem = p;
      } else if (p.kind === 'offline') {
        m.state = 'queued';
        this.keepQueue();
      } else {
        m.state = 'failed';
        m.problem = p;
      }
      this.set('idle');
      return false;
    }
  }

  private begin(): Answer {
    const a: Answer = { role: 'assistant', id: `new-${this.fresh()}`, parts: [] };
    this.messages.push(a);
    this.last = undefined;
    return a;
  }

  /** Reads a turn's stream to its end; a stream that breaks off is taken up again where it stopped. */
  private async read(first: Response, reading: AbortController, a: Answer): Promise<void> {
    let r: Response | undefined = first;
    this.set('streaming');
    for (let tries = 0; ; ) {
      if (r?.body && r.status !== 204) {
        const before = this.last;
        try {
          for await (const f of frames(r.body)) {
            if (reading.signal.aborted) return;
            if (f.id !== undefined) this.last = f.id;
            const part = f.data === '[DONE]' ? undefined : parsePart(f.data);
            if (!part) continue;
            apply(a, part);
            if (part.type === 'data-owner') this.take(part.data as Owner);
            if (part.type === 'data-proposal') {
              restate(this.messages, String(part.id), part.data);
              this.attend();
            }
            this.o.heard?.(a, false);
            this.o.changed();
          }
        } catch {
          // cut: below
        }
        if (this.last !== before) tries = 0;
      } else if (r?.status === 204) {
        await this.settle(a);
      }
      if (reading.signal.aborted) return;
      if (a.ending) break;
      if (tries >= waits.length) {
        a.ending = 'failed';
        break;
      }
      this.set('reconnecting');
      await (this.o.sleep ?? ((ms) => new Promise((ok) => setTimeout(ok, ms))))(waits[tries++]!);
      if (reading.signal.aborted) return;
      const headers: Record<string, string> = this.last === undefined ? {} : { 'Last-Event-ID': this.last };
      r = await this.client
        .raw(`/api/chat/${encodeURIComponent(this.id)}/stream`, { headers, signal: reading.signal })
        .catch(() => undefined);
      if (reading.signal.aborted) return;
      if (r?.ok && r.status !== 204) this.set('streaming');
    }
    a.status = undefined;
    for (const p of a.parts) if (p.type === 'work' && p.state === 'running') p.state = 'failed';
    if (this.reading === reading) this.reading = undefined;
    // To a message that waits for a person nothing is said.
    if (a.parts.length === 0 && this.owner.kind !== 'assistant')
      this.messages.splice(this.messages.indexOf(a), 1);
    this.o.heard?.(a, true);
    this.set('idle');
  }

  /** Nothing runs any more: the history says how it ended. */
  private async settle(a: Answer): Promise<void> {
    try {
      const messages = await this.fetchMessages();
      const stored = messages.at(-1);
      if (stored?.role !== 'assistant') return;
      Object.assign(a, stored);
    } catch {
      // tried again by the caller until its tries are used up
    }
  }

  /** Follows a turn that runs on the server, after a reload. */
  private async resume(fromStart: boolean): Promise<void> {
    const id = this.id;
    const reading = new AbortController();
    this.reading = reading;
    const r = await this.client
      .raw(`/api/chat/${encodeURIComponent(id)}/stream`, { signal: reading.signal })
      .catch(() => undefined);
    if (reading.signal.aborted || this.id !== id) return;
    if (!r?.ok || r.status === 204) {
      this.reading = undefined;
      return;
    }
    const tail = this.answer;
    if (fromStart && tail) this.messages.pop(); // the stream tells it again from its start
    await this.read(r, reading, this.begin());
  }

  async stop(): Promise<void> {
    if (!this.busy || this.phase === 'stopping') return;
    const a = this.answer;
    this.set('stopping');
    try {
      const r = await this.client.raw(`/api/chat/${encodeURIComponent(this.id)}/stop`, { method: 'POST' });
      if (r.ok && a?.ending === undefined && this.reading) {
        // The stream itself says how the turn ended; a silent one is not waited for.
        const reading = this.reading;
        await (this.o.sleep ?? ((ms) => new Promise((ok) => setTimeout(ok, ms))))(1500);
        if (this.reading !== reading || a?.ending) return;
      }
    } catch {
      // the shopper wants it to stop, whether or not the server could be told
    }
    if (a?.ending) return;
    this.leave();
    if (a) {
      a.ending = 'cancelled';
      a.status = undefined;
      for (const p of a.parts) if (p.type === 'work' && p.state === 'running') p.state = 'failed';
      this.o.heard?.(a, true);
    } else {
      const m = this.messages.at(-1);
      if (m?.role === 'user' && m.state === 'sending') m.state = 'failed';
    }
    this.set('idle');
  }

  async vote(id: string, value: 1 | -1): Promise<void> {
    const a = this.messages.find((m): m is Answer => m.role === 'assistant' && m.id === id);
    if (!a) return;
    const old = a.vote;
    a.vote = value;
    this.o.changed();
    try {
      await this.client.json(`/api/conversations/${encodeURIComponent(this.id)}/feedback`, {
        method: 'POST',
        body: JSON.stringify({ message: id, value }),
      });
    } catch {
      a.vote = old;
      this.o.changed();
    }
  }

  readonly answering = new Set<string>();
  readonly refusals = new Map<string, string>();

  /** Answers a proposal. What comes back is how it stands; a refusal says why, and the card stays as it was. */
  async answerProposal(id: string, yes: boolean): Promise<void> {
    if (this.answering.has(id)) return;
    this.answering.add(id);
    this.refusals.delete(id);
    this.o.changed();
    try {
      const p = await this.client.json<unknown>(
        `/api/proposals/${encodeURIComponent(id)}/${yes ? 'confirm' : 'decline'}`,
        { method: 'POST' },
      );
      restate(this.messages, id, p);
      this.attend();
    } catch (e) {
      const p: Problem = e instanceof APIError ? e.problem : { kind: 'failed' };
      this.refusals.set(id, p.detail ?? p.kind);
      if (p.kind === 'busy' || p.kind === 'gone') await this.refresh();
    } finally {
      this.answering.delete(id);
      this.o.changed();
    }
  }

  /** Reads how the conversation's proposals stand now. */
  private async refresh(): Promise<void> {
    try {
      for (const m of await this.fetchMessages()) {
        if (m.role !== 'assistant') continue;
        for (const p of m.parts)
          if (p.type === 'card' && p.kind === 'proposal') restate(this.messages, p.id, p.data);
      }
    } catch {
      // the refusal stands beside the card as it is
    }
  }

  async list(): Promise<Entry[]> {
    const r = await this.client.json<{ conversations?: Entry[] } | Entry[]>('/api/conversations');
    return Array.isArray(r) ? r : (r.conversations ?? []);
  }

  /** The whole conversation as the server keeps it, as text of a file. */
  async export(): Promise<string> {
    const c = await this.client.json<unknown>(`/api/conversations/${encodeURIComponent(this.id)}`);
    return JSON.stringify(c, null, 2);
  }

  async remove(id = this.id): Promise<void> {
    try {
      await this.client.json(`/api/conversations/${encodeURIComponent(id)}`, { method: 'DELETE' });
    } catch (e) {
      if (!(e instanceof APIError && e.problem.kind === 'gone')) throw e;
    }
    if (id === this.id) this.reset();
  }
}

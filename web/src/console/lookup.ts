// Looking up a customer who is not the conversation's: what is asked, why, whom it found.
import type { Server } from '../admin/api';
import { apiLang, type Lang } from '../shared/i18n';
import type { Customer } from './types';

export const ways = ['order', 'email', 'person'] as const;

export class Lookup {
  shown = false;
  way: (typeof ways)[number] = 'order';
  found: Customer[] | undefined;
  busy = false;
  failure: unknown; // undefined: none
  private conversation: string | undefined;
  private readonly server: Server;
  private readonly changed: () => void;
  private readonly lang: () => Lang;

  constructor(server: Server, changed: () => void, lang: () => Lang) {
    this.server = server;
    this.changed = changed;
    this.lang = lang;
  }

  open(conversation: string | undefined): void {
    this.shown = true;
    this.conversation = conversation;
    this.found = undefined;
    this.failure = undefined;
    this.changed();
  }

  /** What was found is forgotten: whoever wants to see it again looks again. */
  close(): void {
    this.shown = false;
    this.found = undefined;
    this.changed();
  }

  by(way: Lookup['way']): void {
    this.way = way;
    this.found = undefined;
    this.failure = undefined;
    this.changed();
  }

  async go(form: FormData): Promise<void> {
    if (this.busy) return;
    const asked: Record<string, string> = { lang: apiLang(this.lang()) };
    for (const [k, v] of form) asked[k] = String(v).trim();
    if (this.conversation) asked.conversation = this.conversation;
    this.busy = true;
    this.found = undefined;
    this.failure = undefined;
    this.changed();
    try {
      const { matches } = await this.server.ask<{ matches: Customer[] }>('POST', '/api/desk/lookup', asked);
      if (this.shown) this.found = matches;
    } catch (e) {
      this.failure = e;
    }
    this.busy = false;
    this.changed();
  }
}

// What changes at the desk, as it changes. A lost connection goes on where it stopped.
import { frames } from '../widget/sse';
import type { Row } from './types';

export interface LiveOptions {
  after: string;
  changed: (r: Row) => void;
  connected: (on: boolean) => void;
  signal: AbortSignal;
  fetch?: typeof fetch;
  sleep?: (ms: number) => Promise<void>;
}

const longest = 8_000;

export async function live(o: LiveOptions): Promise<void> {
  const get = o.fetch ?? globalThis.fetch.bind(globalThis);
  const sleep = o.sleep ?? ((ms: number) => new Promise<void>((ok) => setTimeout(ok, ms)));
  let last = o.after;
  for (let wait = 250; !o.signal.aborted; wait = Math.min(wait * 2, longest)) {
    try {
      const r = await get('/api/desk/events', {
        credentials: 'same-origin',
        headers: { 'Last-Event-ID': last },
        signal: o.signal,
      });
      if (r.status === 401 || r.status === 403) return o.connected(false);
      if (r.ok && r.body) {
        o.connected(true);
        wait = 250;
        for await (const f of frames(r.body)) {
          if (f.id !== undefined) last = f.id;
          o.changed(JSON.parse(f.data) as Row);
        }
      }
    } catch {
      // cut, or the server is away: tried again
    }
    if (o.signal.aborted) return;
    o.connected(false);
    await sleep(wait);
  }
}

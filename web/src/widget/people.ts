// People of the shop: while one may answer, the conversation's own events are followed.
import type { Proposal } from '../shared/cards';
import type { Client } from './client';
import { frames } from './sse';

export interface Owner {
  kind: 'assistant' | 'queue' | 'agent';
  agent?: string;
}

/** A message as the events tell it. */
export interface Said {
  id: string;
  role: string;
  author?: string;
  text?: string;
}

const longest = 15_000;

/** Follows until the signal says stop; a stream that breaks off is asked for again, one that is refused is not. */
export async function follow(
  client: Client,
  conversation: string,
  signal: AbortSignal,
  told: (v: Owner | Said | Proposal) => void,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  for (let wait = 500; !signal.aborted; wait = Math.min(wait * 2, longest)) {
    const r = await client
      .raw(`/api/conversations/${encodeURIComponent(conversation)}/events`, { signal })
      .catch(() => undefined);
    if (r && r.status >= 400 && r.status < 500 && r.status !== 429) return;
    if (r?.ok && r.body) {
      wait = 500;
      try {
        for await (const f of frames(r.body)) {
          if (signal.aborted) return;
          told(JSON.parse(f.data) as Owner | Said | Proposal);
        }
      } catch {
        // cut: asked for again
      }
    }
    if (!signal.aborted) await sleep(wait);
  }
}

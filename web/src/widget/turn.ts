// One conversation as the widget keeps it, and what each part of the wire does to an answer. No DOM, no network.
import type { Products } from '../shared/cards';

export interface UserMessage {
  role: 'user';
  id: string;
  text: string;
  state: 'sending' | 'sent' | 'queued' | 'failed';
  problem?: Problem;
  photos?: Photo[] | undefined;
}

/** A photo that the shopper sent: the data of a card of the kind `attachment`. */
export interface Photo {
  id: string;
  type: string;
  width: number;
  height: number;
  url: string;
}

export interface TextPart {
  type: 'text';
  id: string;
  text: string;
}
export interface WorkPart {
  type: 'work';
  id: string;
  tool: string;
  query?: string; // what is being looked for, while it is
  line?: string; // what came of it
  state: 'running' | 'done' | 'failed';
}
export interface CardPart {
  type: 'card';
  kind: string;
  id: string;
  data: unknown;
}
export interface NoticePart {
  type: 'notice';
  text: string;
}
export type Part = TextPart | WorkPart | CardPart | NoticePart;

export type Ending = 'completed' | 'truncated' | 'refused' | 'cancelled' | 'failed';

export interface Answer {
  role: 'assistant';
  id: string;
  parts: Part[];
  ending?: Ending; // absent while it is being written
  error?: string; // the server's sentence when it failed
  status?: string; // what is going on right now; never kept
  rung?: string;
  vote?: 1 | -1;
  author?: string; // the person of the shop whose words these are
}

export type Message = UserMessage | Answer;

/** What went wrong, in a form that the interface words and mends. */
export interface Problem {
  kind: 'offline' | 'unreachable' | 'busy' | 'limited' | 'denied' | 'gone' | 'invalid' | 'failed';
  detail?: string; // the server's own sentence, safe to show
  request?: string; // id to quote
  retry?: number; // seconds to wait
}

const cardKinds = new Set(['products', 'product', 'compare', 'coupon', 'order', 'policy', 'proposal']);

type Wire = Record<string, unknown> & { type: string };
const str = (v: unknown): string | undefined => (typeof v === 'string' ? v : undefined);
const obj = (v: unknown): Record<string, unknown> =>
  typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Record<string, unknown>) : {};

/** Reads one `data:` line; undefined for what is no part of the wire. */
export function parsePart(data: string): Wire | undefined {
  try {
    const v: unknown = JSON.parse(data);
    return typeof obj(v).type === 'string' ? (v as Wire) : undefined;
  } catch {
    return undefined;
  }
}

const endings: Record<string, Ending> = {
  stop: 'completed',
  length: 'truncated',
  'content-filter': 'refused',
  error: 'failed',
};

function put<P extends Part>(a: Answer, same: (p: Part) => boolean, part: P): P {
  const i = a.parts.findIndex(same);
  if (i < 0) a.parts.push(part);
  else a.parts[i] = part;
  return part;
}

const textOf = (a: Answer, id: string): TextPart => {
  for (let i = a.parts.length - 1; i >= 0; i--) {
    const p = a.parts[i]!;
    if (p.type === 'text' && p.id === id) return p;
  }
  const p: TextPart = { type: 'text', id, text: '' };
  a.parts.push(p);
  return p;
};

/**
 * Applies one part. Replays are harmless: a known id is updated in place, and what this version does not know is skipped.
 * A resumed stream may begin in the middle of a text, so a delta needs no start before it.
 */
export function apply(a: Answer, part: Wire): void {
  switch (part.type) {
    case 'start':
      a.id = str(part.messageId) ?? a.id;
      return;
    case 'text-start':
      textOf(a, str(part.id) ?? '');
      return;
    case 'text-delta':
      textOf(a, str(part.id) ?? '').text += str(part.delta) ?? '';
      a.status = undefined;
      return;
    case 'tool-input-available': {
      const id = str(part.toolCallId) ?? '';
      const work: WorkPart = { type: 'work', id, tool: str(part.toolName) ?? '', state: 'running' };
      const query = str(obj(part.input).query);
      if (query) work.query = query;
      put(a, (p) => p.type === 'work' && p.id === id, work);
      return;
    }
    case 'tool-output-available':
    case 'tool-output-error': {
      const id = str(part.toolCallId) ?? '';
      const known = a.parts.find((p): p is WorkPart => p.type === 'work' && p.id === id);
      const failed = part.type === 'tool-output-error';
      const line = failed ? str(part.errorText) : str(obj(part.output).line);
      const work: WorkPart = {
        ...(known ?? { type: 'work', id, tool: '' }),
        state: failed ? 'failed' : 'done',
      };
      if (line) work.line = line;
      put(a, (p) => p.type === 'work' && p.id === id, work);
      return;
    }
    case 'tool-approval-request': // the card of the proposal says what it is
      a.parts = a.parts.filter((p) => p.type !== 'work' || p.id !== str(part.toolCallId));
      return;
    case 'error':
      a.ending = 'failed';
      a.error = str(part.errorText);
      return;
    case 'abort':
      a.ending = 'cancelled';
      return;
    case 'finish':
      a.ending ??= endings[str(part.finishReason) ?? 'stop'] ?? 'completed';
      return;
  }
  if (!part.type.startsWith('data-')) return;
  const kind = part.type.slice(5);
  const data = obj(part.data);
  switch (kind) {
    case 'notice': {
      const text = str(data.text);
      if (text && !a.parts.some((p) => p.type === 'notice' && p.text === text))
        a.parts.push({ type: 'notice', text });
      return;
    }
    case 'status':
      a.status = str(data.text);
      return;
    case 'rung':
      a.rung = str(data.rung) ?? a.rung;
      return;
  }
  if (cardKinds.has(kind)) {
    const id = str(part.id) ?? `${kind}-${a.parts.length}`;
    put(a, (p) => p.type === 'card' && p.kind === kind && p.id === id, {
      type: 'card',
      kind,
      id,
      data: part.data,
    });
  }
}

/** A proposal is one thing wherever it is shown: each of its cards says how it stands now. */
export function restate(messages: Message[], id: string, data: unknown): void {
  for (const m of messages) {
    if (m.role !== 'assistant') continue;
    for (const p of m.parts) if (p.type === 'card' && p.kind === 'proposal' && p.id === id) p.data = data;
  }
}

/** Whether what came of a proposal is not known yet. */
export const unsettled = (messages: Message[]): boolean =>
  messages.some(
    (m) =>
      m.role === 'assistant' &&
      m.parts.some(
        (p) =>
          p.type === 'card' &&
          p.kind === 'proposal' &&
          /^(confirmed|unclear)$/.test((p.data as { state: string }).state),
      ),
  );

/** The words of an answer, for copying. */
export const plainText = (a: Answer): string =>
  a.parts
    .filter((p) => p.type === 'text')
    .map((p) => p.text.trim())
    .filter(Boolean)
    .join('\n\n');

/** How many things an answer shows on cards: the products of a list count each. */
export const cardCount = (a: Answer): number =>
  a.parts.reduce((n, p) => {
    if (p.type !== 'card') return n;
    return n + (p.kind === 'products' ? ((p.data as Products).shown?.length ?? 0) : 1);
  }, 0);

interface Stored {
  id?: string;
  role?: string;
  author?: string;
  text?: string;
  calls?: { id: string; name: string; args?: unknown }[];
  call_id?: string;
  name?: string;
  failed?: boolean;
  line?: string;
  cards?: { kind: string; id: string; data: unknown }[];
  turn?: string;
  replaced?: boolean;
  ending?: Ending;
  rung?: string;
  feedback?: number;
}

/** A stored conversation as messages: the bot and tool messages of one turn become one answer; replaced ones stay out. */
export function fromHistory(stored: Stored[]): Message[] {
  const out: Message[] = [];
  let answer: Answer | undefined;
  let turn: string | undefined;
  for (const m of stored) {
    if (m.replaced) continue;
    if (m.role === 'user') {
      answer = undefined;
      const photos = m.cards?.map((c) => c.data as Photo);
      out.push({ role: 'user', id: m.id ?? '', text: m.text ?? '', state: 'sent', photos });
      continue;
    }
    if (m.role === 'agent' || m.role === 'notice') {
      answer = undefined;
      const text = m.text ?? '';
      const a: Answer = { role: 'assistant', id: m.id ?? '', parts: [], ending: 'completed' };
      if (m.role === 'agent') a.author = m.author ?? '';
      a.parts.push(m.role === 'agent' ? { type: 'text', id: a.id, text } : { type: 'notice', text });
      for (const c of m.cards ?? []) apply(a, { type: `data-${c.kind}`, id: c.id, data: c.data });
      out.push(a);
      continue;
    }
    if (m.role !== 'assistant' && m.role !== 'tool') continue;
    if (!answer || (m.turn && m.turn !== turn)) {
      answer = { role: 'assistant', id: m.id ?? '', parts: [] };
      turn = m.turn;
      out.push(answer);
    }
    for (const c of m.cards ?? []) apply(answer, { type: `data-${c.kind}`, id: c.id, data: c.data });
    if (m.role === 'assistant') {
      if (m.id) answer.id = m.id; // the last message of the turn is the one that feedback names
      if (m.text) answer.parts.push({ type: 'text', id: m.id ?? '', text: m.text });
      if (m.ending) answer.ending = m.ending;
      if (m.rung) answer.rung = m.rung;
      if (m.feedback === 1 || m.feedback === -1) answer.vote = m.feedback;
    }
  }
  for (const m of out) if (m.role === 'assistant') m.ending ??= 'completed';
  return out.filter((m) => m.role === 'user' || m.parts.length > 0 || m.ending !== 'completed');
}

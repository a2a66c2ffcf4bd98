// The desk's routes as openapi.yaml describes them.
import type { Coupon, Order, Proposal } from '../shared/cards';
import type { Suggestion } from './tray';

export interface Clock {
  name: string;
  definition: string;
  due: string;
  warns: string;
  state: 'running' | 'warned' | 'breached' | 'stopped';
}

export interface Viewer {
  agent: string;
  doing: 'viewing' | 'typing';
}

export interface Customer {
  id: string;
  anonymous: boolean;
  name?: string;
  email?: string;
  level?: number;
  orders?: Order[];
  coupons?: Coupon[];
  earlier?: { id: string; title: string; at: string }[];
}

export interface Row {
  id: string;
  lang: string;
  title: string;
  customer: Customer;
  owner: { kind: 'assistant' | 'queue' | 'agent'; agent?: string };
  state: 'open' | 'closed';
  revision: number;
  segment: number;
  last_user: string;
  said: string;
  waiting: string | null;
  reason?: string;
  summary?: string;
  priority: number;
  tags: string[];
  clocks: Clock[];
  updated: string;
  assigned?: string;
  merged?: string;
  viewers: Viewer[];
}

export interface Message {
  id: string;
  role: 'user' | 'assistant' | 'tool' | 'agent' | 'notice' | 'note';
  author?: string;
  text?: string;
  cards?: { kind: string; id: string; data: unknown }[];
  replaced?: boolean;
  ending?: string;
  at: string;
}

export interface Opened {
  row: Row;
  messages: Message[];
  customer: Customer;
  proposals: (Proposal & { may?: 'confirm' | 'second' })[];
  suggestions: Suggestion[];
  rating?: { stars: number; comment?: string; at: string } | null;
  review?: { resolved: boolean; note: string; by: string; at: string } | null;
}

export const views = ['queue', 'mine', 'others', 'assistant', 'closed'] as const;
export type View = (typeof views)[number];

export interface Page {
  conversations: Row[];
  counts: Partial<Record<View, number>>;
  event: string;
  next?: number;
}

/** Whether a row belongs to a view, as the server sorts them. */
export function belongs(r: Row, view: View, me: string): boolean {
  if (view === 'closed') return r.state === 'closed';
  if (r.state === 'closed') return false;
  if (view === 'mine') return r.owner.kind === 'agent' && r.owner.agent === me;
  if (view === 'others') return r.owner.kind === 'agent' && r.owner.agent !== me;
  return r.owner.kind === view;
}

/** Those who wait come first, by priority, the longest waiting one before all; then the last changed. */
export function before(a: Row, b: Row): number {
  const waits = Number(!a.waiting) - Number(!b.waiting);
  if (waits !== 0) return waits;
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.waiting && b.waiting) return a.waiting < b.waiting ? -1 : a.waiting > b.waiting ? 1 : 0;
  return a.updated > b.updated ? -1 : a.updated < b.updated ? 1 : 0;
}

/** The clock that matters now: the running one that is due first. */
export const ticking = (r: Row): Clock | undefined =>
  r.clocks
    .filter((c) => c.state !== 'stopped')
    .sort((a, b) => Date.parse(a.due) - Date.parse(b.due))
    .find((c) => c.state !== 'breached' || r.waiting !== null);

/** Time left in words: 3m, 2h 5m; the sign says whether it is over. */
export function left(due: string, now: number): { over: boolean; words: string } {
  const ms = Date.parse(due) - now;
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  const h = Math.floor(minutes / 60);
  const words =
    h >= 48
      ? `${Math.floor(h / 24)}d`
      : h > 0
        ? `${h}h ${minutes % 60}m`
        : minutes > 0
          ? `${minutes}m`
          : `${Math.floor(Math.abs(ms) / 1000)}s`;
  return { over: ms < 0, words };
}

import { expect, test } from 'vitest';
import { live } from './live';
import { before, belongs, left, type Row, ticking } from './types';

const row = (over: Partial<Row> = {}): Row => ({
  id: 'c',
  lang: 'en',
  title: 't',
  customer: { id: 's', anonymous: false },
  owner: { kind: 'queue' },
  state: 'open',
  revision: 1,
  segment: 0,
  last_user: 'u',
  said: '',
  waiting: null,
  priority: 0,
  tags: [],
  clocks: [],
  viewers: [],
  updated: '2026-11-27T10:00:00Z',
  ...over,
});

test('a row belongs to one view', () => {
  const views = (r: Row) =>
    (['queue', 'mine', 'others', 'assistant', 'closed'] as const).filter((v) => belongs(r, v, 'ana'));
  expect(views(row())).toEqual(['queue']);
  expect(views(row({ owner: { kind: 'agent', agent: 'ana' } }))).toEqual(['mine']);
  expect(views(row({ owner: { kind: 'agent', agent: 'bo' } }))).toEqual(['others']);
  expect(views(row({ owner: { kind: 'assistant' } }))).toEqual(['assistant']);
  expect(views(row({ state: 'closed' }))).toEqual(['closed']);
});

test('who waits longest comes first, priority before that, then the last changed', () => {
  const rows = [
    row({ id: 'old', updated: '2026-11-27T09:00:00Z' }),
    row({ id: 'new', updated: '2026-11-27T11:00:00Z' }),
    row({ id: 'late', waiting: '2026-11-27T08:00:00Z' }),
    row({ id: 'first', waiting: '2026-11-27T07:00:00Z' }),
    row({ id: 'urgent', waiting: '2026-11-27T09:00:00Z', priority: 2 }),
  ];
  expect(rows.sort(before).map((r) => r.id)).toEqual(['urgent', 'first', 'late', 'new', 'old']);
});

test('time left is words, and says when it is over', () => {
  const now = Date.parse('2026-11-27T10:00:00Z');
  expect(left('2026-11-27T10:02:30Z', now)).toEqual({ over: false, words: '2m' });
  expect(left('2026-11-27T10:00:30Z', now)).toEqual({ over: false, words: '30s' });
  expect(left('2026-11-27T07:55:00Z', now)).toEqual({ over: true, words: '2h 5m' });
  expect(left('2026-12-01T10:00:00Z', now)).toEqual({ over: false, words: '4d' });
});

test('the clock that matters runs and is due first', () => {
  const c = (name: string, due: string, state: 'running' | 'stopped') => ({
    name,
    definition: name,
    due,
    warns: due,
    state,
  });
  const r = row({
    waiting: 'x',
    clocks: [
      c('b', '2026-11-27T12:00:00Z', 'running'),
      c('a', '2026-11-27T11:00:00Z', 'running'),
      c('s', '2026-11-27T10:00:00Z', 'stopped'),
    ],
  });
  expect(ticking(r)?.name).toBe('a');
  expect(ticking(row())).toBeUndefined();
});

test('a lost connection goes on after the last event', async () => {
  const asked: (string | null)[] = [];
  const stop = new AbortController();
  const told: string[] = [];
  const states: boolean[] = [];
  await live({
    after: '5',
    signal: stop.signal,
    changed: (r) => told.push(r.id),
    connected: (on) => states.push(on),
    sleep: async () => undefined,
    fetch: (async (_: unknown, init?: RequestInit) => {
      asked.push(new Headers(init?.headers).get('last-event-id'));
      if (asked.length === 2) throw new TypeError('network');
      if (asked.length === 4) {
        stop.abort();
        return new Response('');
      }
      return new Response(
        `id: ${asked.length * 10}\nevent: conversation\ndata: {"id":"c${asked.length}"}\n\n`,
      );
    }) as typeof fetch,
  });
  expect(asked).toEqual(['5', '10', '10', '30']);
  expect(told).toEqual(['c1', 'c3']);
  expect(states[0]).toBe(true);
  expect(states).toContain(false);
});

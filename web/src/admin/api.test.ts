import { afterEach, expect, test, vi } from 'vitest';
import { Refused, Server } from './api';

afterEach(() => vi.useRealTimers());

const asked = (r: () => Promise<Response>): Promise<unknown> =>
  new Server(r)
    .get('/api/admin/live')
    .catch((e) => (e instanceof Refused ? [e.status, e.code, e.message] : e));

test('what went wrong is told apart', async () => {
  const json = (status: number, body: unknown): (() => Promise<Response>) => {
    return async () => new Response(JSON.stringify(body), { status });
  };
  expect(await asked(json(200, { now: 1 }))).toEqual({ now: 1 });
  expect(await asked(json(403, { detail: 'No.', code: 'not_admin' }))).toEqual([403, 'not_admin', 'No.']);
  expect(await asked(json(500, null))).toEqual([500, '', '']);
  expect(await asked(async () => Promise.reject(new TypeError('fetch')))).toEqual([0, '', '']);
  for (const status of [200, 502])
    expect(await asked(async () => new Response('<html>Sign in</html>', { status }))).toEqual([
      status,
      'foreign',
      '',
    ]);
});

test('a server that does not answer is given up', async () => {
  vi.useFakeTimers();
  const hangs: typeof fetch = (_, init) =>
    new Promise((_, no) => {
      init?.signal?.addEventListener('abort', () => no(new Error('aborted')));
    });
  const told = new Server(hangs).get('/api/admin/live').catch((e: Refused) => [e.status, e.code]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await told).toEqual([0, 'late']);
});

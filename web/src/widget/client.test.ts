import { expect, test, vi } from 'vitest';
import { Vault } from '../shared/vault';
import { APIError, Client, problemOf } from './client';

const memory = (): Vault =>
  new Vault('test', () => {
    throw new Error('forbidden');
  });
const session = (token: string, ms: number) => ({
  token,
  expires: new Date(ms).toISOString(),
  shopper: { id: 'anon-1', anonymous: true },
});
interface Seen {
  path: string;
  bearer: string | null;
  body: unknown;
}

/** A server that answers each path by a function, and what it saw. */
function server(answer: (s: Seen) => Response): { seen: Seen[]; fetch: typeof fetch } {
  const seen: Seen[] = [];
  return {
    seen,
    fetch: async (input, init) => {
      const s = {
        path: String(input).replace('http://shop', ''),
        bearer: new Headers(init?.headers).get('authorization'),
        body: init?.body ? JSON.parse(String(init.body)) : undefined,
      };
      seen.push(s);
      return answer(s);
    },
  };
}
const client = (f: typeof fetch, more: object = {}): Client =>
  new Client({ server: 'http://shop', key: 'wk', vault: memory(), fetch: f, now: () => 0, ...more });

test('one session for requests that start together', async () => {
  const s = server((r) => Response.json(r.path === '/api/session' ? session('t1', 9e5) : {}));
  const c = client(s.fetch);
  await Promise.all([c.raw('/api/a'), c.raw('/api/b')]);
  expect(s.seen.map((x) => [x.path, x.bearer])).toEqual([
    ['/api/session', 'Bearer wk'],
    ['/api/a', 'Bearer t1'],
    ['/api/b', 'Bearer t1'],
  ]);
});

test('a refused token is renewed once, as the same shopper', async () => {
  let n = 0;
  const s = server((r) => {
    if (r.path === '/api/session') return Response.json(session(`t${++n}`, 9e5));
    return r.bearer === 'Bearer t1' ? Response.json({}, { status: 401 }) : Response.json({ ok: true });
  });
  const c = client(s.fetch);
  expect(await c.json('/api/a')).toEqual({ ok: true });
  expect(s.seen.filter((x) => x.path === '/api/session').map((x) => x.body)).toEqual([
    {},
    { previous: 't1' },
  ]);
});

test('a token that is refused again is an error, not a loop', async () => {
  const s = server((r) =>
    r.path === '/api/session'
      ? Response.json(session('t', 9e5))
      : Response.json({ detail: 'no' }, { status: 401 }),
  );
  await expect(client(s.fetch).json('/api/a')).rejects.toMatchObject({
    problem: { kind: 'denied', detail: 'no' },
  });
  expect(s.seen.filter((x) => x.path === '/api/a')).toHaveLength(2);
});

test('an old token is renewed before it is used', async () => {
  let now = 0;
  let n = 0;
  const s = server((r) => Response.json(r.path === '/api/session' ? session(`t${++n}`, now + 60_000) : {}));
  const c = client(s.fetch, { now: () => now });
  await c.raw('/api/a');
  now = 55_000;
  await c.raw('/api/a');
  expect(s.seen.map((x) => x.bearer)).toEqual(['Bearer wk', 'Bearer t1', 'Bearer wk', 'Bearer t2']);
});

test('a shop that signs its shoppers in is asked each time, and no old token is shown', async () => {
  const credential = vi.fn(async () => 'j.w.t');
  let n = 0;
  const s = server((r) => {
    if (r.path === '/api/session') return Response.json(session(`t${++n}`, 9e5));
    return r.bearer === 'Bearer t1' ? Response.json({}, { status: 401 }) : Response.json({});
  });
  await client(s.fetch, { credential }).raw('/api/a');
  expect(credential).toHaveBeenCalledTimes(2);
  expect(s.seen.filter((x) => x.path === '/api/session').map((x) => [x.bearer, x.body])).toEqual([
    ['Bearer j.w.t', {}],
    ['Bearer j.w.t', {}],
  ]);
});

test('without a key the storefront’s own session is asked for', async () => {
  const s = server((r) => Response.json(r.path === '/api/session' ? session('t', 9e5) : {}));
  await client(s.fetch, { key: '' }).raw('/api/a');
  expect(s.seen[0]!.bearer).toBeNull();
});

test('a server that cannot be reached', async () => {
  const c = client(async () => {
    throw new TypeError('Failed to fetch');
  });
  const e = await c.raw('/api/a').catch((x: unknown) => x);
  expect(e).toBeInstanceOf(APIError);
  expect((e as APIError).problem.kind).toBe('unreachable');
});

test('refusals, also those of a proxy, become problems', async () => {
  expect(
    await problemOf(
      new Response('{"detail":"Slow down.","request_id":"r1"}', {
        status: 429,
        headers: { 'retry-after': '7' },
      }),
    ),
  ).toEqual({ kind: 'limited', detail: 'Slow down.', request: 'r1', retry: 7 });
  expect(await problemOf(new Response('<html>', { status: 502, headers: { 'x-request-id': 'r2' } }))).toEqual(
    { kind: 'failed', request: 'r2' },
  );
  expect((await problemOf(new Response('{}', { status: 409 }))).kind).toBe('busy');
  expect((await problemOf(new Response('{"detail":4}', { status: 404 }))).detail).toBeUndefined();
});

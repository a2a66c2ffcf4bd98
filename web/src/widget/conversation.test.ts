import { expect, test } from 'vitest';
import { Vault } from '../shared/vault';
import { Client } from './client';
import { Conversation } from './conversation';
import { type Answer, fromHistory, plainText, type UserMessage } from './turn';

interface Call {
  method: string;
  path: string;
  body: Record<string, unknown> | undefined;
  after: string | null;
  signal: AbortSignal | undefined;
}
type Reply = Response | Promise<Response>;

const sse = (...parts: object[]): string =>
  parts.map((p, i) => `id: ${i + 1}\ndata: ${JSON.stringify(p)}\n\n`).join('');
const start = { type: 'start', messageId: 'm1' };
const text = (delta: string) => ({ type: 'text-delta', id: 't', delta });
const finish = { type: 'finish', finishReason: 'stop' };
const whole = (words = 'Hello.'): Response => new Response(sse(start, text(words), finish));

/** A body whose pieces the test sends one by one. */
function open(): {
  response: Response;
  send: (s: string) => Promise<void>;
  end: () => Promise<void>;
  cut: () => Promise<void>;
} {
  let c!: ReadableStreamDefaultController<Uint8Array>;
  const response = new Response(
    new ReadableStream<Uint8Array>({
      start: (x) => {
        c = x;
      },
    }),
  );
  const settle = () => new Promise<void>((ok) => setTimeout(ok, 2));
  return {
    response,
    send: (s) => {
      c.enqueue(new TextEncoder().encode(s));
      return settle();
    },
    end: () => {
      c.close();
      return settle();
    },
    cut: () => {
      c.error(new TypeError('network'));
      return settle();
    },
  };
}

let ids = 0;
const stores = () => {
  const kept = new Map<string, string>();
  return () =>
    ({
      getItem: (k: string) => kept.get(k) ?? null,
      setItem: (k: string, v: string) => void kept.set(k, v),
      removeItem: (k: string) => void kept.delete(k),
    }) as unknown as Storage;
};

function world(answer: (c: Call) => Reply, store = stores()) {
  const calls: Call[] = [];
  const phases: string[] = [];
  const waited: number[] = [];
  const net = { online: true };
  const vault = new Vault('test', store);
  const client = new Client({
    server: '',
    key: 'wk',
    vault,
    fetch: async (input, init) => {
      const path = String(input);
      if (path === '/api/session') {
        return Response.json({
          token: 't',
          expires: new Date(Date.now() + 9e5).toISOString(),
          shopper: { id: 's', anonymous: true },
        });
      }
      const call: Call = {
        method: init?.method ?? 'GET',
        path,
        body: init?.body ? JSON.parse(String(init.body)) : undefined,
        after: new Headers(init?.headers).get('last-event-id'),
        signal: init?.signal ?? undefined,
      };
      calls.push(call);
      return answer(call);
    },
  });
  const heard: string[] = [];
  const conversation = new Conversation({
    client,
    vault,
    changed: () => {
      if (phases.at(-1) !== conversation.phase) phases.push(conversation.phase);
    },
    heard: (a, ended) => heard.push(`${plainText(a)}${ended ? '.end' : ''}`),
    newID: () => `id${++ids}`,
    online: () => net.online,
    sleep: async (ms) => void waited.push(ms),
  });
  return { conversation, calls, phases, waited, net, heard, vault, store };
}

const user = (w: ReturnType<typeof world>, i: number) => w.conversation.messages[i] as UserMessage;
const bot = (w: ReturnType<typeof world>, i: number) => w.conversation.messages[i] as Answer;

test('a message goes out, its answer comes in, the phases follow', async () => {
  const w = world(() => whole());
  await w.conversation.send('  hi ');
  expect(w.calls[0]!.body).toMatchObject({
    id: w.conversation.id,
    trigger: 'submit-message',
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  });
  expect(w.conversation.messages).toHaveLength(2);
  expect(user(w, 0).state).toBe('sent');
  expect(bot(w, 1)).toMatchObject({ id: 'm1', ending: 'completed' });
  expect(w.phases).toEqual(['sending', 'streaming', 'idle']);
  expect(w.heard.at(-1)).toBe('Hello..end');
});

test('photos go out with the words, alone, and from the queue', async () => {
  const photo = { id: 'p', type: 'image/png', width: 4, height: 3, url: '/api/attachments/p' };
  const part = { type: 'file', mediaType: 'image/png', url: '/api/attachments/p' };
  const w = world(() => whole());
  await w.conversation.send('', [photo]);
  expect(w.calls[0]!.body).toMatchObject({ messages: [{ parts: [{ type: 'text', text: '' }, part] }] });
  w.net.online = false;
  await w.conversation.send('broken', [photo]);
  w.net.online = true;
  const later = world(() => whole(), w.store);
  await later.conversation.restore();
  await later.conversation.flush();
  expect(later.calls.at(-1)!.body).toMatchObject({
    messages: [{ parts: [{ type: 'text', text: 'broken' }, part] }],
  });
});

test('an empty message is no message', async () => {
  const w = world(() => whole());
  await w.conversation.send(' \n ');
  expect(w.calls).toEqual([]);
});

test('a stream that breaks off is taken up where it stopped', async () => {
  const first = open();
  const w = world((c) => {
    if (c.path === '/api/chat') return first.response;
    return new Response(
      `id: 3\ndata: ${JSON.stringify(text('lo.'))}\n\nid: 4\ndata: ${JSON.stringify(finish)}\n\n`,
    );
  });
  const done = w.conversation.send('hi');
  await first.send(sse(start, text('Hel')));
  await first.cut();
  await done;
  expect(w.calls[1]).toMatchObject({
    method: 'GET',
    path: `/api/chat/${w.conversation.id}/stream`,
    after: '2',
  });
  expect(plainText(bot(w, 1))).toBe('Hello.');
  expect(w.phases).toEqual(['sending', 'streaming', 'reconnecting', 'streaming', 'idle']);
});

test('a stream that ends without an ending is taken up too', async () => {
  const w = world(
    (c) => new Response(c.path === '/api/chat' ? sse(start, text('Hel')) : sse(text('lo.'), finish)),
  );
  await w.conversation.send('hi');
  expect(plainText(bot(w, 1))).toBe('Hello.');
});

test('a turn that ended meanwhile is read from the history', async () => {
  const w = world((c) => {
    if (c.path === '/api/chat') return new Response(sse(start, text('Hel')));
    if (c.path.endsWith('/stream')) return new Response(null, { status: 204 });
    return Response.json({
      messages: [
        { id: 'id1', role: 'user', text: 'hi' },
        { id: 'm1', role: 'assistant', text: 'Hello.', turn: '1', ending: 'truncated' },
      ],
    });
  });
  await w.conversation.send('hi');
  expect(plainText(bot(w, 1))).toBe('Hello.');
  expect(bot(w, 1).ending).toBe('truncated');
});

test('a connection that stays away ends the answer as failed, after growing waits', async () => {
  const w = world((c) => {
    if (c.path === '/api/chat') return new Response(sse(start, text('Hel')));
    throw new TypeError('Failed to fetch');
  });
  await w.conversation.send('hi');
  expect(bot(w, 1).ending).toBe('failed');
  expect(w.waited.length).toBeGreaterThan(2);
  expect(w.waited).toEqual([...w.waited].sort((a, b) => a - b));
  expect(w.conversation.phase).toBe('idle');
});

test('refused: the message stays, with the reason, and goes out again under the same id', async () => {
  let refuse = true;
  const w = world(() =>
    refuse
      ? Response.json({ detail: 'Slow down.' }, { status: 429, headers: { 'retry-after': '7' } })
      : whole(),
  );
  await w.conversation.send('hi');
  expect(user(w, 0)).toMatchObject({ state: 'failed', problem: { kind: 'limited', retry: 7 } });
  const id = user(w, 0).id;
  refuse = false;
  await w.conversation.retry(id);
  expect(user(w, 0)).toMatchObject({ id, state: 'sent', problem: undefined });
  const ids = w.calls.map((c) => (c.body!.messages as { id: string }[])[0]!.id);
  expect(ids).toEqual([id, id]);
});

test('busy elsewhere: the second try interrupts', async () => {
  const w = world((c) => (c.body?.interrupt ? whole() : Response.json({}, { status: 409 })));
  await w.conversation.send('hi');
  expect(user(w, 0).problem?.kind).toBe('busy');
  await w.conversation.retry(user(w, 0).id);
  expect(user(w, 0).state).toBe('sent');
});

test('a question in between ends the answer that was being written', async () => {
  const first = open();
  const w = world((c) => (c.body?.interrupt ? whole('Second.') : first.response));
  const one = w.conversation.send('one');
  await first.send(sse(start, text('Fir')));
  await w.conversation.send('two');
  await first.end();
  await one;
  expect(w.conversation.messages.map((m) => m.role)).toEqual(['user', 'assistant', 'user', 'assistant']);
  expect(bot(w, 1).ending).toBe('cancelled');
  expect(plainText(bot(w, 3))).toBe('Second.');
});

test('offline: messages queue, survive a reload, and go out in order', async () => {
  const w = world(() => whole());
  w.net.online = false;
  await w.conversation.send('one');
  await w.conversation.send('two');
  expect(w.calls).toEqual([]);
  expect(w.conversation.messages.map((m) => (m as UserMessage).state)).toEqual(['queued', 'queued']);

  const later = world(
    (c) => (c.path === '/api/chat' ? whole() : Response.json({}, { status: 404 })),
    w.store,
  );
  await later.conversation.restore();
  expect(later.conversation.messages.map((m) => (m as UserMessage).text)).toEqual(['one', 'two']);
  await later.conversation.flush();
  const said = later.calls
    .filter((c) => c.path === '/api/chat')
    .map((c) => (c.body!.messages as { parts: { text: string }[] }[])[0]!.parts[0]!.text);
  expect(said).toEqual(['one', 'two']);
  expect(later.vault.get('queue')).toBeUndefined();
});

test('stop: the server is told, and its ending counts', async () => {
  const first = open();
  const w = world((c) => {
    if (c.path.endsWith('/stop')) {
      void first.send(`id: 9\ndata: ${JSON.stringify({ type: 'abort' })}\n\n`).then(first.end);
      return new Response(null, { status: 204 });
    }
    return first.response;
  });
  const done = w.conversation.send('hi');
  await first.send(sse(start, text('Hel')));
  await w.conversation.stop();
  await done;
  expect(bot(w, 1)).toMatchObject({ ending: 'cancelled' });
  expect(plainText(bot(w, 1))).toBe('Hel');
  expect(w.phases.at(-1)).toBe('idle');
});

test('stop while the server cannot be told: it stops here all the same', async () => {
  const first = open();
  const w = world((c) => {
    if (c.path.endsWith('/stop')) throw new TypeError('Failed to fetch');
    return first.response;
  });
  void w.conversation.send('hi');
  await first.send(
    sse(start, { type: 'tool-input-available', toolCallId: 'c', toolName: 'search_products' }),
  );
  await w.conversation.stop();
  expect(bot(w, 1)).toMatchObject({ ending: 'cancelled', parts: [{ state: 'failed' }] });
  expect(w.conversation.phase).toBe('idle');
});

test('another answer takes the place of the old one; when none comes the old one is back', async () => {
  let refuse = false;
  const w = world(() => (refuse ? Response.json({}, { status: 503 }) : whole()));
  await w.conversation.send('hi');
  await w.conversation.regenerate();
  expect(w.calls[1]!.body).toMatchObject({ trigger: 'regenerate-message', messageId: 'm1' });
  expect(w.conversation.messages).toHaveLength(2);
  refuse = true;
  await w.conversation.regenerate();
  expect(w.conversation.messages).toHaveLength(2);
  expect(plainText(bot(w, 1))).toBe('Hello.');
  expect(w.conversation.problem?.kind).toBe('failed');
});

test('after a reload a running turn is followed from its start', async () => {
  const w = world(() => whole());
  await w.conversation.send('hi');
  const later = world((c) => {
    if (c.path.endsWith('/stream')) return new Response(sse(start, text('Hello again.'), finish));
    return Response.json({ messages: [{ id: 'id1', role: 'user', text: 'hi' }] });
  }, w.store);
  await later.conversation.restore();
  expect(later.conversation.id).toBe(w.conversation.id);
  expect(later.conversation.messages.map((m) => m.role)).toEqual(['user', 'assistant']);
  expect(plainText(bot(later, 1))).toBe('Hello again.');
});

test('a conversation that is gone makes room for a new one; one that cannot be read stays', async () => {
  const w = world(() => whole());
  await w.conversation.send('hi');
  const gone = world(() => Response.json({}, { status: 404 }), w.store);
  const old = gone.conversation.id;
  await gone.conversation.restore();
  expect(gone.conversation.id).not.toBe(old);
  expect(gone.conversation.problem).toBeUndefined();

  const again = world(() => whole());
  await again.conversation.send('hi');
  const away = world(() => Response.json({}, { status: 503 }), again.store);
  await away.conversation.restore();
  expect(away.conversation.id).toBe(again.conversation.id);
  expect(away.conversation.problem?.kind).toBe('failed');
});

test('a vote that the server does not take is taken back', async () => {
  let refuse = false;
  const w = world((c) => {
    if (c.path.endsWith('/feedback')) return new Response(null, { status: refuse ? 500 : 204 });
    return whole();
  });
  await w.conversation.send('hi');
  await w.conversation.vote('m1', 1);
  expect(bot(w, 1).vote).toBe(1);
  expect(w.calls.at(-1)!.body).toEqual({ message: 'm1', value: 1 });
  refuse = true;
  await w.conversation.vote('m1', -1);
  expect(bot(w, 1).vote).toBe(1);
});

test('deleting: the conversation and what was kept of it go', async () => {
  const w = world((c) => (c.method === 'DELETE' ? new Response(null, { status: 204 }) : whole()));
  await w.conversation.send('hi');
  const id = w.conversation.id;
  await w.conversation.remove();
  expect(w.calls.at(-1)).toMatchObject({ method: 'DELETE', path: `/api/conversations/${id}` });
  expect(w.conversation.messages).toEqual([]);
  expect(w.vault.get('conversation')).toBeUndefined();
});

test('a proposal is answered once, and every card of it becomes the receipt', async () => {
  const open = { id: 'p1', tool: 'cancel_order', state: 'open' };
  const done = { ...open, state: 'done' };
  const w = world((c) =>
    c.path === '/api/proposals/p1/confirm'
      ? Response.json(done)
      : new Response(
          sse(start, { type: 'data-proposal', id: 'p1', data: open }, text('Confirm it.'), finish),
        ),
  );
  await w.conversation.send('cancel my order');
  await Promise.all([w.conversation.answerProposal('p1', true), w.conversation.answerProposal('p1', true)]);
  expect(w.calls.filter((c) => c.path.startsWith('/api/proposals/')).map((c) => c.path)).toEqual([
    '/api/proposals/p1/confirm',
  ]);
  const card = (w.conversation.messages.at(-1) as Answer).parts.find((p) => p.type === 'card');
  expect(card?.type === 'card' && card.data).toEqual(done);
  expect(w.conversation.answering.size).toBe(0);
});

test('an answer that is not taken says why and leaves the card as it stands on the server', async () => {
  const card = { id: 'p1', tool: 'cancel_order', state: 'open' };
  const w = world((c) => {
    if (c.path === '/api/proposals/p1/confirm')
      return Response.json({ detail: 'This proposal is too old; please ask again.' }, { status: 409 });
    if (c.method === 'GET')
      return Response.json({
        messages: [
          { id: 'u', role: 'user', text: 'cancel' },
          {
            id: 'm1',
            role: 'assistant',
            cards: [{ kind: 'proposal', id: 'p1', data: { ...card, state: 'expired' } }],
          },
        ],
      });
    return new Response(
      sse(start, { type: 'data-proposal', id: 'p1', data: card }, text('Confirm it.'), finish),
    );
  });
  await w.conversation.send('cancel my order');
  await w.conversation.answerProposal('p1', true);
  expect(w.conversation.refusals.get('p1')).toBe('This proposal is too old; please ask again.');
  const shown = (w.conversation.messages.at(-1) as Answer).parts.find((p) => p.type === 'card');
  expect(shown?.type === 'card' && shown.data).toEqual({ ...card, state: 'expired' });
});

test('while a person may answer, what they say arrives once, until the assistant has the word again', async () => {
  const events = open();
  const w = world((c) => {
    if (c.path.endsWith('/events')) return events.response;
    return new Response(sse(start, { type: 'data-owner', data: { kind: 'queue' } }, finish));
  });
  await w.conversation.send('a person please');
  expect(w.conversation.owner.kind).toBe('queue');
  expect(w.conversation.messages).toHaveLength(1); // nothing was said to it yet
  const event = (v: object) => events.send(`data: ${JSON.stringify(v)}\n\n`);
  await event({ kind: 'agent', agent: 'ana' });
  await event({ id: 'u1', role: 'user', text: 'a person please' });
  await event({ id: 'r1', role: 'agent', author: 'ana', text: 'Hello, I am Ana.' });
  await event({ id: 'r1', role: 'agent', author: 'ana', text: 'Hello, I am Ana.' });
  expect(w.conversation.owner).toEqual({ kind: 'agent', agent: 'ana' });
  expect(w.conversation.messages).toHaveLength(2);
  expect(plainText(bot(w, 1))).toBe('Hello, I am Ana.');
  expect(bot(w, 1).author).toBe('ana');
  await event({ kind: 'assistant' });
  expect(w.conversation.owner.kind).toBe('assistant');
  expect(w.calls.find((c) => c.path.endsWith('/events'))?.signal?.aborted).toBe(true);
});

test('a stored conversation shows what people and the system said', () => {
  const ms = fromHistory([
    { id: 'u', role: 'user', text: 'hi' },
    { id: 'm', role: 'assistant', turn: 't', ending: 'completed' },
    { id: 'n', role: 'notice', text: 'A person takes over.' },
    { id: 'r', role: 'agent', author: 'ana', text: 'Hello.' },
  ]);
  expect(ms.map((m) => [m.role, m.role === 'assistant' ? (m.parts[0]?.type ?? '') : m.text])).toEqual([
    ['user', 'hi'],
    ['assistant', 'notice'],
    ['assistant', 'text'],
  ]);
});

test('what came of a proposal whose outcome was not known arrives', async () => {
  const events = open();
  const card = {
    id: 'p1',
    state: 'unclear',
    tool: 'cancel_order',
    title: 'Cancel',
    expires: '2099-01-01T00:00:00Z',
  };
  const w = world((c) => {
    if (c.path.endsWith('/events')) return events.response;
    return new Response(
      sse(start, { type: 'data-proposal', id: 'p1', data: card }, text('Not clear yet.'), finish),
    );
  });
  await w.conversation.send('yes');
  const state = () => {
    const shown = (w.conversation.messages.at(-1) as Answer).parts.find((p) => p.type === 'card');
    return shown?.type === 'card' && (shown.data as typeof card).state;
  };
  expect(state()).toBe('unclear');
  await events.send(`data: ${JSON.stringify({ ...card, state: 'done' })}\n\n`);
  expect(state()).toBe('done');
  expect(w.calls.find((c) => c.path.endsWith('/events'))?.signal?.aborted).toBe(true);
});

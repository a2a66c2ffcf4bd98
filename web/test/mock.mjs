// A stand-in for the shop's server, for states that the real one is seldom in: slow, cut, refusing, degraded. It speaks the
// same wire, from the same built pages. `node test/mock.mjs` serves it to look at.
//
// What a message holds decides what happens: "slow" streams word by word, "crawl" hardly at all, "cut" breaks the connection once and goes on when
// asked again, "fail" ends as failed, "length" as truncated, "degraded" on a lower rung, "hang" says nothing until it is
// stopped. `state` of the returned server changes the rest: `delay` in ms before the catalogue answers, `refuse`: status by path.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { card, kinds, list, proposal, script, world } from './mock-data.mjs';

const dist = new URL('../dist/', import.meta.url);
const types = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' http: https: data:; connect-src 'self'";
const sleep = (ms) => new Promise((ok) => setTimeout(ok, ms));

export async function startMock(port = 0) {
  const state = { delay: 0, refuse: {}, turns: 0 };
  const conversations = new Map();
  const json = (res, status, body) => {
    res.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'mock-request' });
    res.end(JSON.stringify(body));
  };
  const problem = (res, status, detail) =>
    json(res, status, { title: 'Refused', status, detail, request_id: 'mock-request' });

  /** A turn is a list of frames that grows; whoever reads it waits for the next. */
  function begin(c, text, lang) {
    const turn = { frames: [], done: false, stop: false, wake: new Set(), cut: /\bcut\b/.test(text) };
    c.turn = turn;
    const put = (part) => {
      turn.frames.push(part);
      for (const w of turn.wake) w();
    };
    const answer = {
      id: `a-${++state.turns}`,
      role: 'assistant',
      text: '',
      cards: [],
      turn: `turn-${state.turns}`,
    };
    const run = async () => {
      put({ type: 'start', messageId: answer.id });
      put({ type: 'start-step' });
      if (/degraded/.test(text)) {
        put({ type: 'data-rung', data: { rung: 'rules' } });
        put({
          type: 'data-notice',
          id: 'n1',
          data: { text: 'The usual assistant cannot be reached; the built-in one answers.' },
        });
      }
      const slow = /slow|cut|crawl/.test(text);
      const pace = /crawl/.test(text) ? 1500 : slow ? 60 : 4;
      while (/hang/.test(text) && !turn.stop) await sleep(20);
      let n = 0;
      for (const p of script(text, lang)) {
        if (turn.stop) break;
        if (p.pause) await sleep(slow ? 300 : p.pause);
        else if (p.say) {
          const id = `text-${++n}`;
          put({ type: 'text-start', id });
          for (const w of p.say.match(lang === 'zh' ? /.{1,2}/gsu : /\S+\s*/g)) {
            if (turn.stop) break;
            await sleep(pace);
            if (/fail/.test(text) && answer.text.length > 60) break;
            answer.text += w;
            put({ type: 'text-delta', id, delta: w });
          }
          put({ type: 'text-end', id });
        } else {
          if (p.type.startsWith('data-'))
            answer.cards.push({ kind: p.type.slice(5), id: p.id, data: p.data });
          put(p);
        }
      }
      answer.ending = turn.stop
        ? 'cancelled'
        : /fail/.test(text)
          ? 'failed'
          : /length/.test(text)
            ? 'truncated'
            : 'completed';
      c.messages.push(answer);
      turn.done = true;
      if (answer.ending === 'cancelled') put({ type: 'abort' });
      else if (answer.ending === 'failed')
        put({
          type: 'error',
          errorText: 'The model stopped in the middle of the answer. (reference mock-1)',
        });
      else put({ type: 'finish', finishReason: answer.ending === 'truncated' ? 'length' : 'stop' });
    };
    void run();
    return turn;
  }

  async function follow(res, turn, after = -1) {
    res.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-vercel-ai-ui-message-stream': 'v1',
    });
    res.flushHeaders();
    let i = after + 1;
    let gone = false;
    res.on('close', () => {
      gone = true;
    });
    for (;;) {
      for (; i < turn.frames.length && !gone; i++) {
        res.write(`id: ${i}\ndata: ${JSON.stringify(turn.frames[i])}\n\n`);
        if (turn.cut && i === 14) {
          turn.cut = false;
          res.destroy();
          return;
        }
      }
      if (gone || (turn.done && i >= turn.frames.length)) break;
      await new Promise((ok) => {
        const w = () => {
          turn.wake.delete(w);
          ok();
        };
        turn.wake.add(w);
        setTimeout(w, 100);
      });
    }
    res.end('data: [DONE]\n\n');
  }

  const server = createServer(async (req, res) => {
    res.setHeader('access-control-allow-origin', '*');
    res.setHeader('access-control-allow-headers', '*');
    if (req.method === 'OPTIONS') return res.writeHead(204).end();
    const url = new URL(req.url, 'http://mock');
    const path = url.pathname;
    const lang = /^zh/.test(req.headers['accept-language'] ?? '') ? 'zh' : 'en';
    const body = async () => {
      let s = '';
      for await (const piece of req) s += piece;
      return s ? JSON.parse(s) : {};
    };
    for (const [prefix, status] of Object.entries(state.refuse)) {
      if (!path.startsWith(prefix)) continue;
      if (status === 429) res.setHeader('retry-after', '7');
      return problem(res, status, 'This was asked for by the test.');
    }
    if (path.startsWith('/img/')) {
      const hue = [...path].reduce((h, ch) => (h * 31 + ch.charCodeAt(0)) % 360, 7);
      res.writeHead(200, { 'content-type': 'image/svg+xml' });
      return res.end(
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200"><rect width="200" height="200" fill="hsl(${hue} 30% 92%)"/><circle cx="100" cy="100" r="52" fill="hsl(${hue} 45% 55%)"/></svg>`,
      );
    }
    if (path === '/api/session') {
      return json(res, 200, {
        token: 'a.b.c',
        expires: new Date(Date.now() + 9e5).toISOString(),
        shopper: { id: 'anon-1', anonymous: true },
      });
    }
    if (path === '/api/shop') {
      await sleep(state.delay);
      return json(res, 200, {
        name: 'Harbour & Pine',
        currency: 'USD',
        lang: 'en',
        languages: ['en', 'zh'],
        demo: true,
        categories: kinds.map(([name, name_zh]) => ({ name, name_zh, count: 15 })),
        starters: {
          en: [
            'Over-ear headphones under $200',
            'Where is my last order?',
            'Any coupons for me?',
            'How do returns work?',
          ],
          zh: ['200 元以下的头戴式耳机', '我最近的订单到哪了？', '有我能用的优惠券吗？', '怎么退货？'],
        },
      });
    }
    if (path === '/api/products') {
      await sleep(state.delay);
      return json(res, 200, list(url.searchParams));
    }
    if (path.startsWith('/api/products/')) {
      await sleep(state.delay);
      const p = world.find((x) => x.id === decodeURIComponent(path.slice(14)));
      const l = url.searchParams.get('lang');
      return p
        ? json(res, 200, {
            ...card(p, l),
            description:
              l === 'zh' ? '轻巧耐用，做工细致。' : 'Light, sturdy and carefully made.\n\nComes with a case.',
          })
        : problem(res, 404, 'This shop has no such product.');
    }
    if (path === '/api/chat' && req.method === 'POST') {
      const b = await body();
      const c = conversations.get(b.id) ?? { id: b.id, messages: [], updated: new Date().toISOString() };
      conversations.set(b.id, c);
      if (c.turn && !c.turn.done) {
        if (!b.interrupt) return problem(res, 409, 'An answer is still being written.');
        c.turn.stop = true;
        await sleep(80);
      }
      const last = b.messages.at(-1);
      const text = last.parts.map((p) => p.text).join('');
      if (b.trigger === 'regenerate-message')
        c.messages.findLast((m) => m.role === 'assistant').replaced = true;
      else c.messages.push({ id: last.id, role: 'user', text });
      c.title ??= text;
      return follow(res, begin(c, text, lang));
    }
    const chat = /^\/api\/chat\/([^/]+)\/(stream|stop)$/.exec(path);
    if (chat) {
      const c = conversations.get(chat[1]);
      if (chat[2] === 'stop') {
        if (c?.turn) c.turn.stop = true;
        return res.writeHead(204).end();
      }
      const after = req.headers['last-event-id'];
      if (!c?.turn || (c.turn.done && after === undefined)) return res.writeHead(204).end();
      return follow(res, c.turn, after === undefined ? -1 : Number(after));
    }
    if (path === '/api/conversations') {
      return json(res, 200, {
        conversations: [...conversations.values()].map(({ id, title, updated }) => ({ id, title, updated })),
      });
    }
    const answered = /^\/api\/proposals\/[^/]+\/(confirm|decline)$/.exec(path);
    if (answered) return json(res, 200, proposal(false, answered[1] === 'confirm' ? 'done' : 'declined'));
    const one = /^\/api\/conversations\/([^/]+)(\/feedback)?$/.exec(path);
    if (one) {
      const c = conversations.get(one[1]);
      if (!c) return problem(res, 404, 'There is no such conversation.');
      if (one[2]) return res.writeHead(204).end();
      if (req.method === 'DELETE') {
        conversations.delete(one[1]);
        return res.writeHead(204).end();
      }
      return json(res, 200, { id: c.id, title: c.title, messages: c.messages });
    }
    try {
      const name = path === '/' ? 'index.html' : path.slice(1);
      const data = await readFile(new URL(name, dist));
      res.writeHead(200, {
        'content-type': types[name.split('.').pop()] ?? 'application/octet-stream',
        'content-security-policy': policy,
      });
      res.end(data);
    } catch {
      problem(res, 404, 'There is nothing at this address.');
    }
  });
  await new Promise((ok) => server.listen(port, '127.0.0.1', ok));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    state,
    forget: () => conversations.clear(),
    close: () => {
      server.closeAllConnections();
      return new Promise((ok) => server.close(ok));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await startMock(Number(process.env.PORT ?? 0));
  console.log(mock.url);
}

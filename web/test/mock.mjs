// A stand-in for the shop's server, for states that the real one is seldom in: slow, cut, refusing, degraded. It speaks the
// same wire, from the same built pages. `node test/mock.mjs` serves it to look at.
//
// What a message holds decides what happens: "slow" streams word by word, "crawl" hardly at all, "cut" breaks the connection once and goes on when
// asked again, "fail" ends as failed, "length" as truncated, "degraded" on a lower rung, "hang" says nothing until it is
// stopped. `state` of the returned server changes the rest: `delay` in ms before the catalogue answers, `refuse`: status by path.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const dist = new URL('../dist/', import.meta.url);
const types = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' http: https: data:; connect-src 'self'";
const usd = (minor) => ({ minor, currency: 'USD' });
const sleep = (ms) => new Promise((ok) => setTimeout(ok, ms));

const kinds = [
  ['headphones', '耳机', ['Over-ear headphones', '头戴式耳机'], 'Lumo Aveno Sonarc'],
  ['keyboards', '键盘', ['Mechanical keyboard', '机械键盘'], 'Keyra Tactum'],
  ['kettles', '电水壶', ['Electric kettle 1.7 l', '1.7升电水壶'], 'Vesta Bryn'],
  ['backpacks', '背包', ['Travel backpack 28 l', '28升旅行背包'], 'Norrid Pell'],
];
const colours = [
  ['black', '黑色'],
  ['blue', '蓝色'],
  ['sand', '沙色'],
];
const world = kinds.flatMap(([category, , title, brands], k) =>
  Array.from({ length: 15 }, (_, i) => {
    const brand = brands.split(' ')[i % brands.split(' ').length];
    const [en, zh] = colours[i % 3];
    const price = 1999 + ((i * 37 + k * 11) % 90) * 250;
    return {
      id: `m-${k}-${i}`,
      titles: [`${brand} ${title[0]} ${i + 1}00, ${en}`, `${brand} ${title[1]} ${i + 1}00 ${zh}`],
      brand,
      category,
      price: usd(price),
      ...(i % 4 === 1 ? { was: usd(price + 2000) } : {}),
      ...(i % 5 === 4 ? {} : { rating: 3.4 + ((i * 7) % 16) / 10, reviews: 3 + i * 41 }),
      stock: i % 6 === 5 ? 0 : i % 6 === 2 ? 3 : 40,
      attributes: [
        { name: 'color', value: en },
        { name: 'weight', value: 180 + i * 12, unit: 'g' },
        { name: 'battery life', value: 20 + i, unit: 'h' },
        { name: 'material', value: 'aluminium' },
        { name: 'released', value: `${2020 + (i % 6)}` },
      ],
      ...(i % 7 === 0 ? { coupon: '10% off over $50' } : {}),
      image: `/img/m-${k}-${i}.svg`,
      url: `/?product=m-${k}-${i}`,
      why: i % 3 === 0 ? ['Well rated and under your price'] : [],
    };
  }),
);
const card = ({ titles, ...p }, lang) => ({ ...p, title: titles[lang === 'zh' ? 1 : 0] });

function list(q) {
  const lang = q.get('lang') ?? 'en';
  const words = (q.get('q') ?? '').toLowerCase();
  const filters = q.getAll('filter').map((f) => f.split(/:(.*)/s));
  let all = world.filter((p) => !q.get('category') || p.category === q.get('category'));
  if (words)
    all = all.filter(
      (p) => p.titles.some((t) => t.toLowerCase().includes(words)) || p.category.includes(words),
    );
  for (const [field, value] of filters) {
    all = all.filter(
      (p) => p[field] === value || p.attributes.some((a) => a.name === field && `${a.value}` === value),
    );
  }
  const by = {
    price: (p) => p.price.minor,
    '-price': (p) => -p.price.minor,
    '-rating': (p) => -(p.rating ?? 0),
  }[q.get('sort')];
  if (by) all = all.toSorted((a, b) => by(a) - by(b));
  const size = Number(q.get('size') ?? 24);
  const from = (Number(q.get('page') ?? 1) - 1) * size;
  const count = (of) =>
    [...all.reduce((m, p) => m.set(of(p), (m.get(of(p)) ?? 0) + 1), new Map())].map(([value, n]) => ({
      value,
      count: n,
    }));
  return {
    total: all.length,
    shown: all.slice(from, from + size).map((p) => card(p, lang)),
    facets: [
      { field: 'brand', values: count((p) => p.brand) },
      { field: 'color', values: count((p) => p.attributes[0].value) },
    ],
    understood: { query: words, filters: [], relaxed: [] },
  };
}

const orderCard = () => ({
  id: 'W2378156',
  status: 'shipped',
  placed: new Date(Date.now() - 4 * 864e5).toISOString(),
  items: [
    {
      product: 'm-0-1',
      title: world[1].titles[0],
      title_zh: world[1].titles[1],
      price: world[1].price,
      qty: 1,
      options: [{ name: 'color', value: 'blue' }],
    },
    {
      product: 'm-2-3',
      title: world[33].titles[0],
      title_zh: world[33].titles[1],
      price: world[33].price,
      qty: 2,
    },
  ],
  total: usd(world[1].price.minor + 2 * world[33].price.minor),
  shipments: [
    {
      carrier: 'Northline',
      tracking: 'NL4471902286',
      state: 'in_transit',
      expected: new Date(Date.now() + 1 * 864e5).toISOString(),
      events: [
        { at: new Date(Date.now() - 3 * 864e5).toISOString(), text: 'Label created', text_zh: '已创建运单' },
        {
          at: new Date(Date.now() - 2 * 864e5).toISOString(),
          text: 'Accepted by the carrier',
          text_zh: '承运商已揽收',
          place: 'Reno',
        },
        {
          at: new Date(Date.now() - 1 * 864e5).toISOString(),
          text: 'Arrived at the sorting centre',
          text_zh: '到达分拣中心',
          place: 'Denver',
        },
      ],
    },
  ],
  actions: [],
});
const coupons = () => [
  {
    id: 'c1',
    code: 'AUDIO10',
    title: '10% off headphones over $50',
    kind: 'percent',
    funding: 'platform',
    ends: new Date(Date.now() + 6 * 864e5).toISOString(),
    conditions: ['Orders over $50', 'Once per shopper'],
    applies: true,
    saves: usd(890),
  },
  {
    id: 'c2',
    title: '$15 off the first order',
    kind: 'amount',
    funding: 'platform',
    ends: null,
    conditions: ['First order only'],
    applies: false,
    reason: 'user_ineligible',
  },
];
const compare = (lang) => ({
  products: [card(world[0], lang), card(world[1], lang), card(world[4], lang)],
  rows: [
    { name: 'price', values: ['$19.99', '$112.49', '$164.99'], better: 0 },
    { name: 'rating', values: [3.4, 4.1, null], better: 1 },
    { name: 'weight', unit: 'g', values: [180, 192, 228], better: 0 },
    { name: 'battery life', unit: 'h', values: [20, 21, 24], better: 2 },
    { name: 'waterproof', values: ['IPX4', null, 'IPX5'] },
  ],
});
const passages = () => [
  {
    document: 'Returns',
    section: 'How long',
    version: '3',
    quote: 'You can send back anything within **30 days** of delivery. It must be unused and in its box.',
  },
];

/** The parts of one answer, in the order in which the real server sends them. */
function script(text, lang) {
  const say = (words) => ({ say: words });
  const call = (toolName, input, line, cards) => [
    { type: 'tool-input-available', toolCallId: `t-${toolName}`, toolName, input },
    { pause: 60 },
    ...cards.map(([kind, data], i) => ({ type: `data-${kind}`, id: `t-${toolName}-${i}`, data })),
    { type: 'tool-output-available', toolCallId: `t-${toolName}`, output: { line } },
  ];
  const zh = lang === 'zh';
  if (/order|订单/i.test(text)) {
    return [
      ...call('order_status', {}, zh ? '查到 1 个订单' : 'Looked up 1 order', [['order', orderCard()]]),
      say(zh ? '您的订单正在运输中，预计明天送达。' : 'Your order is on its way and should arrive tomorrow.'),
    ];
  }
  if (/coupon|优惠券/i.test(text)) {
    return [
      ...call(
        'find_coupons',
        {},
        zh ? '查到 2 个优惠' : 'Checked 2 offers',
        coupons().map((c) => ['coupon', c]),
      ),
      say(zh ? '其中一张您现在就能用。' : 'One of these applies to you now.'),
    ];
  }
  if (/compare|比较/i.test(text)) {
    return [
      ...call('compare_products', {}, zh ? '比较了 3 件商品' : 'Compared 3 products', [
        ['compare', compare(lang)],
      ]),
      say(zh ? '第一款最便宜。' : 'The first is the cheapest; the third **lasts longest** on a charge.'),
    ];
  }
  if (/return|退/i.test(text)) {
    return [
      ...call(
        'search_policies',
        {},
        zh ? '查阅了退货规则' : 'Read the return policy',
        passages().map((p) => ['policy', p]),
      ),
      say(zh ? '可以，签收后 30 天内可退。' : 'Yes: within 30 days of delivery.'),
    ];
  }
  if (/tell me more|介绍/i.test(text)) {
    return [
      ...call('get_product', {}, zh ? '查看了详情' : 'Read the details', [['product', card(world[1], lang)]]),
      say(zh ? '这是它的详情。' : 'Here is what the shop knows about it.'),
    ];
  }
  const shown = world
    .filter((p) => p.category === 'headphones')
    .slice(0, 6)
    .map((p) => card(p, lang));
  const filters = [
    { field: 'price', op: 'lt', value: usd(20000) },
    { field: 'color', op: 'ne', value: 'red' },
  ];
  return [
    ...call(
      'search_products',
      { query: 'headphones' },
      zh ? '搜索了 15 件 $200 以下的商品' : 'Searched 15 products under $200',
      [
        [
          'products',
          { total: 15, shown, facets: [], understood: { query: 'headphones', filters, relaxed: [] } },
        ],
      ],
    ),
    say(
      zh
        ? '这些是不到 $200 的头戴式耳机。前两款评分最高：\n\n1. **Lumo** 最轻\n2. **Aveno** 续航最长\n\n需要我比较它们吗？'
        : 'Here are over-ear headphones under $200, none of them red. The first two stand out:\n\n1. **Lumo** is the lightest\n2. **Aveno** lasts longest on a charge\n\nShall I compare them?',
    ),
  ];
}

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

// What the stand-in sells and says.
const usd = (minor) => ({ minor, currency: 'USD' });
export const kinds = [
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
export const world = kinds.flatMap(([category, , title, brands], k) =>
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
export const card = ({ titles, ...p }, lang) => ({ ...p, title: titles[lang === 'zh' ? 1 : 0] });

export function list(q) {
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

export const proposal = (zh, state = 'open') => ({
  id: 'pr1',
  tool: 'cancel_order',
  record: 'SK-10042',
  summary: zh ? '取消订单 SK-10042，退款 $61.80。' : 'Cancel order SK-10042 and refund $61.80.',
  before: { status: 'processed' },
  after: { status: 'cancelled', refund: [{ method: 'Visa 4242', amount: { minor: 6180, currency: 'USD' } }] },
  money_delta: { minor: -6180, currency: 'USD' },
  expires: new Date(Date.now() + 15 * 60_000).toISOString(),
  state,
});

/** The parts of one answer, in the order in which the real server sends them. */
export function script(text, lang) {
  const say = (words) => ({ say: words });
  const call = (toolName, input, line, cards) => [
    { type: 'tool-input-available', toolCallId: `t-${toolName}`, toolName, input },
    { pause: 60 },
    ...cards.map(([kind, data], i) => ({ type: `data-${kind}`, id: `t-${toolName}-${i}`, data })),
    { type: 'tool-output-available', toolCallId: `t-${toolName}`, output: { line } },
  ];
  const zh = lang === 'zh';
  if (/cancel|取消/i.test(text)) {
    return [
      { type: 'tool-input-available', toolCallId: 't-cancel', toolName: 'cancel_order', input: {} },
      { type: 'data-proposal', id: 'pr1', data: proposal(zh) },
      { type: 'tool-approval-request', approvalId: 'pr1', toolCallId: 't-cancel' },
      say(zh ? '我准备好了这个方案，请确认。' : 'I have prepared this; please confirm it.'),
    ];
  }
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

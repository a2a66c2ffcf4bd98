// Each page and state, in both widths, both appearances and both languages; axe looks at each of them too.
import { ask, axe, check, mock, openChat, picture, quiet, real, say, until, withPage } from './harness.mjs';

export const variants = [1280, 360].flatMap((width) =>
  [false, true].flatMap((dark) => [false, true].map((zh) => ({ width, dark, zh }))),
);
const named = (v) => `${v.width}-${v.dark ? 'dark' : 'light'}-${v.zh ? 'zh' : 'en'}`;
/** What axe can see differs by width and colours, not by language: it looks at one of each. */
const looked = (v) => v.dark === v.zh;
const tiles = (page) => page.locator('.tile .title').first().waitFor();
const close = async (page) => {
  if (await page.locator('.panel').isVisible()) await page.keyboard.press('Escape');
};

// [name, how to get there, from the real shop or the stand-in]
const states = [
  ['front', (p) => tiles(p)],
  [
    'aisle',
    async (p) => {
      await p.locator('.aisles a').nth(2).click();
      await until(() => p.evaluate(() => new URL(location).searchParams.has('category')), 'the aisle');
      await p.locator('main[aria-busy="false"]').waitFor();
    },
  ],
  [
    'results',
    async (p, v) => {
      await p.locator('#q').fill(v.zh ? '耳机' : 'headphones');
      await p.locator('#q').press('Enter');
      await p.locator('main[aria-busy="false"] .tile .title').first().waitFor();
    },
  ],
  [
    'empty',
    async (p) => {
      await p.locator('#q').fill('zxqvkjw');
      await p.locator('#q').press('Enter');
      await p.locator('.state').waitFor();
    },
  ],
  [
    'product',
    async (p) => {
      await p.locator('.brand').click();
      await p.locator('main[aria-busy="false"] .tile .title').first().click();
      await p.locator('.product-page h1').waitFor();
      await p.locator('.attributes').first().waitFor();
      await p.evaluate(() => scrollTo(0, 0));
    },
  ],
  [
    'about',
    async (p) => {
      await p.locator('.ask-big').click();
      await p.locator('.about').waitFor();
    },
  ],
  [
    'welcome',
    async (p) => {
      await p.locator('.about .icon-button').click();
      await p.locator('.starters button').first().waitFor();
    },
  ],
  ['chat-products', (p, v) => ask(p, v.zh ? '200元以下的耳机' : 'headphones under $200')],
  ['chat-understood', (p) => p.locator('.work button').last().click()],
  ['chat-compare', (p, v) => ask(p, v.zh ? '比较前两个' : 'compare the first two')],
  ['chat-detail', (p, v) => ask(p, v.zh ? '介绍一下第二个' : 'tell me more about the second one')],
  ['chat-coupons', (p, v) => ask(p, v.zh ? '有优惠券吗？' : 'any coupons for me?')],
  ['chat-order', (p, v) => ask(p, v.zh ? '我最近的订单到哪了？' : 'where is my last order?')],
  [
    'chat-proposal',
    async (p, v) => {
      await ask(p, v.zh ? '取消我的订单' : 'cancel my order');
      await p.locator('.proposal .answers').last().scrollIntoViewIfNeeded();
    },
  ],
  [
    'chat-receipt',
    async (p) => {
      await p.locator('.proposal .answers .button').last().click(); // "not now": the next picture asks again
      await p.locator('.proposal .answers').last().waitFor({ state: 'detached' });
    },
  ],
  ['chat-policy', (p, v) => ask(p, v.zh ? '怎么退货？' : 'how do returns work?')],
  [
    'menu',
    async (p) => {
      await p.locator('#menu-button').click();
      await p.locator('.menu').waitFor();
    },
  ],
  [
    'history',
    async (p) => {
      await p.locator('.menu [role=menuitem]').nth(1).click();
      await p.locator('.history li').first().waitFor();
    },
  ],
];

const hard = [
  [
    'loading',
    async (p) => {
      mock.state.delay = 60_000;
      await p.reload();
      await p.locator('.tiles .bone').first().waitFor();
      await p.waitForTimeout(250); // bones come after 150 ms
    },
  ],
  [
    'error',
    async (p) => {
      mock.state.delay = 0;
      mock.state.refuse = { '/api/products': 503 };
      await p.reload();
      await p.locator('.state').waitFor();
    },
  ],
  [
    'product-gone',
    async (p) => {
      mock.state.refuse = {};
      await p.goto(`${mock.url}/?product=nothing`);
      await p.locator('.state').waitFor();
    },
  ],
  [
    'welcome-loading',
    async (p) => {
      mock.state.delay = 60_000;
      await p.goto(mock.url);
      await openChat(p);
      await p.waitForTimeout(250);
    },
  ],
  [
    'welcome-error',
    async (p) => {
      mock.state.delay = 0;
      mock.state.refuse = { '/api/shop': 503 };
      await p.reload();
      await openChat(p);
      await p.locator('.strip').waitFor();
    },
  ],
  [
    'streaming',
    async (p) => {
      mock.state.refuse = {};
      await p.reload();
      await say(p, 'crawl, headphones');
      await p.locator('.answer .prose').last().waitFor();
      await p.locator('.answer .product').first().waitFor();
    },
  ],
  [
    'stopped',
    async (p) => {
      await p.locator('.go.halt').click();
      await quiet(p);
    },
  ],
  ['failed', (p) => ask(p, 'headphones, fail')],
  ['truncated', (p) => ask(p, 'headphones at length')],
  ['degraded', (p) => ask(p, 'headphones, degraded')],
  [
    'waiting',
    async (p) => {
      await say(p, 'hang on');
      await p.locator('.answer .bones').waitFor();
      await p.waitForTimeout(250);
    },
  ],
  [
    'limited',
    async (p) => {
      await p.locator('.go.halt').click();
      await quiet(p);
      mock.state.refuse = { '/api/chat': 429 };
      await say(p, 'once more');
      await p.locator('.user.failed').waitFor();
    },
  ],
  [
    'offline',
    async (p) => {
      mock.state.refuse = {};
      await p.context().setOffline(true);
      await say(p, 'are you there?');
      await p.locator('.user.queued').waitFor();
    },
  ],
  [
    'confirm',
    async (p) => {
      await p.context().setOffline(false);
      await p.locator('.user.queued').waitFor({ state: 'detached' });
      await quiet(p);
      await p.locator('#menu-button').click();
      await p.locator('.menu [role=menuitem]').last().click();
      await p.locator('.confirm').waitFor();
    },
  ],
  [
    'history-empty',
    async (p) => {
      await p.locator('.confirm .bad').click();
      mock.forget();
      await p.locator('#menu-button').click();
      await p.locator('.menu [role=menuitem]').nth(1).click();
      await p.locator('.history .empty').waitFor();
    },
  ],
];

async function walk(v, list, base, prefix) {
  const found = [];
  await withPage({ ...v, base }, async (page) => {
    for (const [name, go] of list) {
      try {
        await go(page, v);
      } catch (e) {
        throw new Error(`on the way to “${name}”: ${e?.message ?? e}`, { cause: e });
      }
      await picture(page, `${prefix}${name}-${named(v)}`);
      if (!looked(v)) continue;
      // Behind the open chat the page is the one that was looked at before.
      const part = (await page.locator('.panel').isVisible()) ? 'shop-chat' : undefined;
      await axe(page, name, part).catch((e) => found.push(e.message));
    }
    await close(page);
    if (found.length > 0) throw new Error(found.join('\n'));
  });
}

export async function pictures() {
  for (const v of variants.filter((x) => named(x).includes(process.env.VARIANT ?? ''))) {
    await check(`pictures and axe, ${named(v)}`, () => walk(v, states, real ?? mock.url, ''), 180_000);
    mock.forget();
    mock.state.delay = 0;
    mock.state.refuse = {};
    await check(`hard states, ${named(v)}`, () => walk(v, hard, mock.url, 'hard-'), 180_000);
    mock.forget();
    mock.state.delay = 0;
    mock.state.refuse = {};
  }
}

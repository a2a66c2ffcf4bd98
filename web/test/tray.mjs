// Suggested replies and changes to approve in the console, against the real shop: one that is edited and sent, one that is sent as it
// is, one that is dismissed, a text that nothing proves, a change that two people approve, and what the shopper's widget shows of it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { ask, axe, check, is, openChat, picture, real, truth, until, withPage } from './harness.mjs';
import { variants } from './pictures.mjs';

const named = (v) => `tray-${v.width}-${v.dark ? 'dark' : 'light'}-${v.zh ? 'zh' : 'en'}`;
/** The code in the last mail to an address; undefined: there is none yet. */
function codeTo(email) {
  const dir = `${process.env.SHOPKEEPER_DATA}/mail`;
  if (!existsSync(dir)) return undefined;
  for (const f of readdirSync(dir)) {
    const raw = readFileSync(`${dir}/${f}`, 'utf8');
    const code = /^ {4}(\d{6})/m.exec(raw)?.[1];
    if (code && raw.toLowerCase().includes(email.toLowerCase())) return code;
  }
  return undefined;
}

const headers = (key) => ({ 'Content-Type': 'application/json', Authorization: `Bearer ${key}` });
let n = 0;

async function signIn(page, key = 'demo-agent') {
  await page.locator('input[name=key]').fill(key);
  await page.locator('input[name=key]').press('Enter');
  await page.locator('.queue').waitFor();
}

/** A conversation that waits for a person, and what its customer said then. */
async function waiting(texts, key = 'demo-shopper') {
  const id = `tray-${process.pid}-${++n}`;
  for (const [i, text] of texts.entries()) {
    const r = await fetch(`${real}/api/chat`, {
      method: 'POST',
      headers: headers(key),
      body: JSON.stringify({
        id,
        messages: [{ id: `m${i}`, role: 'user', parts: [{ type: 'text', text }] }],
      }),
    });
    await r.text();
  }
  return id;
}

const desk = async (id, key = 'demo-agent') =>
  (await fetch(`${real}/api/desk/conversations/${id}`, { headers: headers(key) })).json();

async function open(page, text) {
  await page.locator('.row', { hasText: text }).first().click();
  await page.locator('.suggestion.chosen').waitFor();
}

export async function tray() {
  await check('tray: a suggestion is edited and sent, the next one goes as it is', () =>
    withPage({}, async (shop) => {
      await openChat(shop);
      await ask(shop, 'I want to talk to a person');
      await shop.locator('.head', { hasText: 'A person will answer' }).waitFor();
      await ask(shop, 'How long may I take to return a kettle, tray test?');
      await withPage({ path: '/console' }, async (page) => {
        await signIn(page);
        await open(page, 'tray test');
        await page.locator('.suggestion.chosen .tag', { hasText: /Proven|Check it/ }).waitFor();
        await page.locator('.suggestion.chosen .sources .link').first().click();
        await page.locator('.suggestion.chosen blockquote').waitFor();
        await axe(page, 'suggestions');
        await page.locator('textarea').focus();
        await page.keyboard.press('Tab');
        await until(
          async () => (await page.locator('textarea').inputValue()).length > 20,
          'the text inserted',
        );
        const text = await page.locator('textarea').inputValue();
        truth(!/\[\d\]/.test(text), `footnotes for the customer: ${text}`);
        await page.locator('textarea').press('End');
        await page.keyboard.press('Control+End');
        await page.keyboard.type(' We are glad to help.');
        await page.keyboard.press('Control+Enter');
        await page.locator('.said-by.agent', { hasText: 'We are glad to help.' }).waitFor();
        await shop.locator('.prose', { hasText: 'We are glad to help.' }).waitFor();
        await page.locator('.suggestion').first().waitFor({ state: 'detached' });
        // As it is: one keystroke in an empty composer.
        await ask(shop, 'where is my latest order?');
        await page.locator('.suggestion.chosen .words', { hasText: /order/i }).waitFor();
        await page.locator('textarea').focus();
        await page.keyboard.press('Control+Enter');
        await until(async () => (await page.locator('.said-by.agent').count()) === 2, 'the second reply');
      });
    }),
  );

  await check('tray: what nothing proves is held back, and goes all the same when the agent says so', () =>
    withPage({ path: '/console' }, async (page) => {
      await waiting(['a human please', 'where is my latest order, unproven test?']);
      await signIn(page);
      await open(page, 'unproven test');
      await page.locator('textarea').focus();
      await page.keyboard.press('Tab');
      await until(async () => (await page.locator('textarea').inputValue()).length > 10, 'the text inserted');
      await page.keyboard.press('Control+End');
      await page.keyboard.type(' It costs $913.77 more.');
      await page.keyboard.press('Control+Enter');
      await page.locator('.doubt', { hasText: '913.77' }).waitFor();
      is(await page.locator('.said-by.agent').count(), 0, 'replies');
      await axe(page, 'held back');
      await page.locator('.doubt .button').click();
      await page.locator('.said-by.agent', { hasText: '913.77' }).waitFor();
      is(await page.locator('.doubt').count(), 0, 'doubts');
    }),
  );

  await check('tray: one keystroke dismisses, it can be taken back, and the reason is kept', () =>
    withPage({ path: '/console' }, async (page) => {
      const id = await waiting(['a human please', 'how long does a refund take, dismissed test?']);
      await signIn(page);
      await open(page, 'dismissed test');
      const before = await page.locator('.suggestion').count();
      const first = await page.locator('.suggestion.chosen .words').innerText();
      await page.locator('textarea').focus();
      await page.keyboard.press('Alt+Backspace');
      await page.locator('.leaving').waitFor();
      is(await page.locator('.suggestion').count(), before - 1, 'suggestions');
      await page.locator('.leaving .link').click();
      await until(
        async () => (await page.locator('.suggestion.chosen .words').innerText()) === first,
        'the one taken back',
      );
      await page.locator('textarea').focus();
      await page.keyboard.press('Alt+Backspace');
      await page.locator('.leaving .button', { hasText: 'Incomplete' }).click();
      await until(async () => (await desk(id)).suggestions.length === before - 1, 'the server to know');
    }),
  );

  await check('tray: a planned change is proposed by the reply, and confirmed in the widget', () =>
    withPage({}, async (shop) => {
      await openChat(shop);
      await ask(shop, 'I want to talk to a person');
      await shop.locator('.head', { hasText: 'A person will answer' }).waitFor();
      await shop.locator('textarea').fill('I want to return my tablet, it is too small, planned test');
      await shop.locator('textarea').press('Enter');
      await withPage({ path: '/console' }, async (page) => {
        await signIn(page);
        await open(page, 'planned test');
        const folded = page.locator('.pick', { hasText: 'I have prepared' });
        if ((await folded.count()) > 0) await folded.click();
        await page.locator('.suggestion.chosen .planned').waitFor();
        await page.locator('.suggestion.chosen .button.go').click();
        await page.locator('.said-by.agent .proposal').waitFor();
        await page.locator('.approvals').waitFor();
        await shop.locator('.proposal .button.primary').click();
        await shop.locator('.proposal .tag', { hasText: 'Done' }).waitFor();
        await page.locator('.approvals').waitFor({ state: 'detached' });
        await page.locator('.said-by.agent .proposal .tag', { hasText: 'Done' }).waitFor();
      });
    }),
  );

  await check('tray: who was answered by a person gives stars, and the desk reads them', () =>
    withPage({}, async (shop) => {
      await openChat(shop);
      await ask(shop, 'I want to talk to a person, stars test');
      await shop.locator('.head', { hasText: 'A person will answer' }).waitFor();
      await withPage({ path: '/console' }, async (page) => {
        await signIn(page);
        await page.locator('.row', { hasText: 'stars test' }).first().click();
        await page.locator('textarea').fill('Glad to help.');
        await page.locator('textarea').press('Control+Enter');
        await shop.locator('.prose', { hasText: 'Glad to help.' }).waitFor();
        is(await shop.locator('.stars').count(), 0, 'stars before the end');
        await page.locator('.acts .button', { hasText: 'Close' }).click();
        await shop.locator('.stars .five button').nth(3).click();
        await picture(shop, 'tray-stars');
        await axe(shop, 'stars');
        await shop.locator('.stars input').fill('Very kind.');
        await shop.locator('.stars form .button').click();
        await shop.locator('.stars', { hasText: 'passed on' }).waitFor();
        await page.locator('.rated', { hasText: 'Very kind.' }).waitFor();
      });
    }),
  );

  await check('widget: a guest who asks for an order signs in by a code, and is answered', () =>
    withPage({ init: () => localStorage.setItem('shopkeeper:front:account', 'guest') }, async (shop) => {
      const { email } = (await desk(await waiting(['a human please']))).customer;
      await openChat(shop);
      await ask(shop, 'where is my last order?');
      await shop.locator('.signin .button').click();
      await shop.locator('.signin input[type=email]').fill(email);
      await picture(shop, 'signin-email');
      await shop.locator('.signin .button').click();
      await shop.locator('.signin input[autocomplete="one-time-code"]').fill('000000');
      await axe(shop, 'signing in');
      await shop.locator('.signin .button').click();
      await shop.locator('.signin [role=alert]').waitFor(); // no such code
      // The right one, out of the mail.
      const code = await until(() => codeTo(email), 'the mail');
      await shop.locator('.signin input[autocomplete="one-time-code"]').fill(code);
      await shop.locator('.signin .button').click();
      await shop.locator('.signin').waitFor({ state: 'detached' });
      await shop.locator('.card.order').first().waitFor(); // the question was asked again
    }),
  );

  await check('tray: above the limit a change takes two people', async () => {
    const admin = headers('demo-admin');
    const { rules } = await (await fetch(`${real}/api/rules`, { headers: admin })).json();
    const rule = rules.find((r) => r.id === 'cancel_order');
    const put = (more) =>
      fetch(`${real}/api/rules`, {
        method: 'PUT',
        headers: admin,
        body: JSON.stringify({ rules: [{ ...rule, ...more }] }),
      });
    const set = await put({ second_over: 1 });
    truth(set.ok, `rules: ${set.status} ${await set.text()}`);
    try {
      await withPage({ path: '/console' }, async (page) => {
        const before = await waiting(['a human please']);
        const order = (await desk(before)).customer.orders.find((o) =>
          ['paid', 'processed'].includes(o.status),
        );
        truth(order, 'the demo shopper has no order that can be cancelled');
        const id = await waiting(['a human please', `I want to cancel order ${order.id}, second test`]);
        await until(async () => (await desk(id)).suggestions.length > 0, 'suggestions');
        const x = (await desk(id)).suggestions.find((s) => s.proposal);
        truth(x, `no change is planned: ${JSON.stringify((await desk(id)).suggestions.map((s) => s.text))}`);
        await signIn(page);
        await open(page, 'second test');
        const folded = page.locator('.pick', { hasText: x.text.slice(0, 40) });
        if ((await folded.count()) > 0) await folded.click();
        await page.locator('.suggestion.chosen .planned').waitFor();
        await page.getByRole('button', { name: 'Insert' }).click();
        await page.locator('.approvals article').waitFor();
        await picture(page, 'tray-approvals');
        await axe(page, 'changes to approve');
        await page.locator('.approvals .button.go').click();
        await until(
          async () => (await desk(id)).proposals[0]?.state === 'awaiting_second',
          'a second person to be waited for',
        );
        await page.locator('.approvals').waitFor({ state: 'detached' });
        await withPage({ path: '/console' }, async (other) => {
          await signIn(other, 'demo-agent-2');
          await other.locator('.row', { hasText: 'second test' }).first().click();
          await other.locator('.approvals', { hasText: 'second person' }).waitFor();
          await other.locator('.approvals .button.go').click();
          await until(async () => (await desk(id)).proposals[0]?.state === 'done', 'the change to be done');
          await other.locator('.approvals').waitFor({ state: 'detached' });
        });
      });
    } finally {
      await put({});
    }
  });

  for (const v of variants.filter(
    (v) =>
      process.env.PICTURES !== 'off' &&
      (!process.env.VARIANT || `${v.width}-${v.dark ? 'dark' : 'light'}` === process.env.VARIANT),
  ))
    await check(named(v), () =>
      withPage({ path: `/console?lang=${v.zh ? 'zh-CN' : 'en'}`, ...v }, async (page) => {
        const said = v.zh
          ? '我最近的订单到哪了？还能退货吗，多久到账'
          : 'Where is my latest order, and how do I return it?';
        await waiting([v.zh ? '转人工' : 'a human please', said], v.zh ? 'demo-shopper-2' : 'demo-shopper');
        await signIn(page);
        await open(page, v.zh ? '到哪了' : 'how do I return it');
        await picture(page, `${named(v)}-suggestions`);
        await axe(page, 'suggestions');
        await page
          .locator('.suggestion.chosen .sources .link, .suggestion.chosen .foot')
          .first()
          .click({ timeout: 2000 })
          .catch(() => undefined);
        await page.locator('.suggestion.chosen .button', { hasText: v.zh ? '忽略' : 'Dismiss' }).click();
        await page.locator('.leaving').waitFor();
        await picture(page, `${named(v)}-dismissed`);
        await axe(page, 'dismissed');
        if (v.width < 1000) {
          await page.locator('.narrow-only').first().click();
          await page.locator('.context').waitFor();
          await picture(page, `${named(v)}-side`);
        }
      }),
    );
}

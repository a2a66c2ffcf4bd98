// The support console, against the real shop: from the shopper's wish for a person to the reply in the widget, a lost connection,
// pictures of each state, axe.
import { ask, axe, check, is, openChat, picture, real, truth, until, withPage } from './harness.mjs';
import { variants } from './pictures.mjs';

const named = (v) => `console-${v.width}-${v.dark ? 'dark' : 'light'}-${v.zh ? 'zh' : 'en'}`;
let n = 0;

/** A shopper who asks for a person; its conversation's id. */
async function waiting(text = 'I want to talk to a person', key = 'demo-shopper') {
  const id = `desk-${process.pid}-${++n}`;
  const say = (t, i) =>
    fetch(`${real}/api/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
      body: JSON.stringify({
        id,
        messages: [{ id: `m${i}`, role: 'user', parts: [{ type: 'text', text: t }] }],
      }),
    }).then((r) => r.text());
  await say(text, 1);
  return { id, say };
}

async function signIn(page, key = 'demo-agent') {
  await page.locator('input[name=key]').fill(key);
  await page.locator('input[name=key]').press('Enter');
  await page.locator('.queue').waitFor();
}

export async function console_() {
  if (!real) return; // its server side is the shop's own

  await check('console: agents and admins sign in, others are told', () =>
    withPage({ path: '/console' }, async (page) => {
      await page.locator('input[name=key]').waitFor();
      await axe(page, 'signing in');
      await page.locator('input[name=key]').fill('demo-merchant');
      await page.locator('input[name=key]').press('Enter');
      await page.locator('[role=alert]').waitFor();
      await signIn(page);
      await page.locator('.tools .button', { hasText: 'Sign out' }).click();
      await page.locator('input[name=key]').waitFor();
    }),
  );

  await check('console: from the wish for a person to the reply in the widget', () =>
    withPage({}, async (shop) => {
      await openChat(shop);
      await ask(shop, 'I want to talk to a person');
      await shop.locator('.head', { hasText: 'A person will answer' }).waitFor();
      await withPage({ path: '/console' }, async (page) => {
        await signIn(page);
        await page.locator('.row', { hasText: 'I want to talk to a person' }).first().click();
        await page.locator('.gist').waitFor();
        await page.locator('textarea').fill('Hello, this is Gus.');
        await page.locator('textarea').press('Control+Enter');
        await page.locator('.said-by.agent', { hasText: 'this is Gus' }).waitFor();
        await until(async () => (await page.locator('textarea').inputValue()) === '', 'the text to be sent');
        await shop.locator('.prose', { hasText: 'this is Gus' }).waitFor();
        await shop.locator('.head', { hasText: 'A person of the shop' }).waitFor();
        // A note is the desk's alone.
        await page.keyboard.press('Escape');
        await page.keyboard.press('n');
        await page.locator('.composer.noting textarea').fill('Very patient.');
        await page.locator('.composer.noting textarea').press('Control+Enter');
        await page.locator('.said-by.note', { hasText: 'Very patient' }).waitFor();
        is(await shop.locator('text=Very patient').count(), 0, 'notes in the widget');
        // What the shopper writes next shows at once.
        const began = Date.now();
        await shop.locator('textarea').fill('Thank you, Gus');
        await shop.locator('textarea').press('Enter');
        await page.locator('.said-by.user', { hasText: 'Thank you, Gus' }).waitFor();
        console.log(`      a new message showed after ${Date.now() - began} ms`);
        await page.locator('.acts .button', { hasText: 'Hand back' }).click();
        await page.locator('.owner', { hasText: 'The assistant answers' }).waitFor();
        await shop.locator('.head', { hasText: 'Automatic assistant' }).waitFor();
      });
    }),
  );

  await check('console: what arrives meanwhile keeps the text, and a lost connection goes on', () =>
    withPage({ path: '/console' }, async (page) => {
      const c = await waiting('a person please, my parcel is lost');
      await signIn(page);
      await page.locator('.row', { hasText: 'my parcel is lost' }).first().click();
      await page.locator('textarea').fill('Let me look.');
      await page.context().setOffline(true);
      await page.locator('.offline').waitFor();
      await page.locator('textarea').press('Control+Enter');
      await page.locator('.talk [role=alert]').waitFor();
      is(await page.locator('textarea').inputValue(), 'Let me look.', 'the text after a failure');
      await c.say('are you there?', 2);
      await page.context().setOffline(false);
      await page.locator('.offline').waitFor({ state: 'detached' });
      await page.locator('.said-by.user', { hasText: 'are you there?' }).waitFor();
      await page.reload();
      await page.locator('.row', { hasText: 'my parcel is lost' }).first().click();
      await until(
        async () => (await page.locator('textarea').inputValue()) === 'Let me look.',
        'the draft after a reload',
      );
      await page.locator('textarea').press('Control+Enter');
      await page.locator('.said-by.agent', { hasText: 'Let me look.' }).waitFor();
      is(await page.locator('.said-by.agent').count(), 1, 'replies');
    }),
  );

  await check('console: a sound and a notice for who waits, once they are switched on', () =>
    withPage({ path: '/console' }, async (page) => {
      await page.addInitScript(() => {
        window.rung = [];
        window.Notification = class {
          static permission = 'granted';
          constructor(title, o) {
            window.rung.push(`${title}: ${o.body}`);
          }
          close() {}
        };
        Object.defineProperty(document, 'hidden', { get: () => true });
      });
      await page.reload();
      await signIn(page);
      await waiting('a person please, before the bell');
      await page.locator('.row', { hasText: 'before the bell' }).first().waitFor();
      is((await page.evaluate(() => window.rung)).length, 0, 'notices while it is off');
      await page.locator('.tools .button', { hasText: 'Sound off' }).click();
      await page.locator('.tools .button', { hasText: 'Sound on' }).waitFor();
      const c = await waiting('a person please, behind the bell');
      await until(async () => (await page.evaluate(() => window.rung)).length === 1, 'a notice');
      truth((await page.evaluate(() => window.rung))[0].includes('behind the bell'), 'what was said');
      await c.say('hello?', 2);
      await until(async () => (await page.evaluate(() => window.rung)).length === 2, 'a second notice');
    }),
  );

  await check('console: another agent who has the conversation is no surprise', () =>
    withPage({ path: '/console' }, async (page) => {
      const c = await waiting('human please, about my refund');
      await signIn(page);
      await page.locator('.row', { hasText: 'about my refund' }).first().click();
      await page.locator('textarea').fill('I take this.');
      const agent2 = { 'Content-Type': 'application/json', Authorization: 'Bearer demo-agent-2' };
      const seen = await (await fetch(`${real}/api/desk/conversations/${c.id}`, { headers: agent2 })).json();
      await fetch(`${real}/api/desk/conversations/${c.id}/presence`, {
        method: 'POST',
        headers: agent2,
        body: JSON.stringify({ doing: 'typing' }),
      });
      await page.locator('.owner', { hasText: 'agent-2 is writing' }).waitFor();
      const took = await fetch(`${real}/api/desk/conversations/${c.id}/take`, {
        method: 'POST',
        headers: agent2,
        body: JSON.stringify({ revision: seen.row.revision }),
      });
      is(took.status, 200, 'the other one takes it');
      await page.locator('.owner', { hasText: 'agent-2 answers' }).waitFor();
      truth(await page.locator('.send .button').isDisabled(), 'a reply can still be sent');
      is(await page.locator('textarea').inputValue(), 'I take this.', 'the text');
    }),
  );

  for (const v of variants.filter(
    (v) =>
      process.env.PICTURES !== 'off' &&
      (!process.env.VARIANT || `${v.width}-${v.dark ? 'dark' : 'light'}` === process.env.VARIANT),
  ))
    await check(named(v), () =>
      withPage({ path: `/console?lang=${v.zh ? 'zh-CN' : 'en'}`, ...v }, async (page) => {
        await waiting(
          v.zh ? '我要转人工，灯到货时碎了' : 'I need a person: my lamp arrived broken',
          v.zh ? 'demo-shopper-2' : 'demo-shopper',
        );
        await page.locator('input[name=key]').waitFor();
        await picture(page, `${named(v)}-signin`);
        await signIn(page);
        await page.locator('.row').first().waitFor();
        await picture(page, `${named(v)}-queue`);
        await axe(page, 'queue');
        await page
          .locator('.row', { hasText: v.zh ? '灯到货' : 'lamp arrived' })
          .first()
          .click();
        await page.locator('.log').waitFor();
        await picture(page, `${named(v)}-talk`);
        await axe(page, 'conversation');
        await page.keyboard.press('?');
        await page.locator('.help').waitFor();
        await picture(page, `${named(v)}-help`);
        await axe(page, 'keys');
      }),
    );
}

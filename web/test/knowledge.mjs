// The console's page of documents and its macros, against the real shop: a question written, published and cited, a conflict, a
// candidate, a macro inserted by the keyboard, pictures of each state, axe.
import { ask, axe, check, is, openChat, picture, real, truth, until, withPage } from './harness.mjs';
import { variants } from './pictures.mjs';

const named = (v) => `knowledge-${v.width}-${v.dark ? 'dark' : 'light'}-${v.zh ? 'zh' : 'en'}`;
const headers = (key) => ({ 'Content-Type': 'application/json', Authorization: `Bearer ${key}` });

async function signIn(page, key = 'demo-agent') {
  await page.locator('input[name=key]').fill(key);
  await page.locator('input[name=key]').press('Enter');
  await page.locator('.queue').waitFor();
}

async function waiting(id, text, key = 'demo-shopper') {
  const r = await fetch(`${real}/api/chat`, {
    method: 'POST',
    headers: headers(key),
    body: JSON.stringify({ id, messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text }] }] }),
  });
  await r.text();
}

export async function knowledge() {
  await check('knowledge: a question is written, published, cited in the widget, changed and reverted', () =>
    withPage({ path: '/console' }, async (page) => {
      await signIn(page);
      await page.locator('.tools a', { hasText: 'Knowledge' }).click();
      await page.locator('.filters').waitFor();
      await page.locator('.queue a', { hasText: 'New' }).click();
      await page.locator('.editor').waitFor();
      await page.getByLabel('Kind').last().selectOption('faq');
      const text = page.getByLabel('Text', { exact: false }).first();
      await page.getByLabel('Title').fill('Umbrella rental');
      await text.fill('## Can I rent an umbrella?\n\nUmbrella rental is free for a day.');
      await page.reload(); // what was written is kept
      await until(
        async () => (await page.getByLabel('Title').inputValue()) === 'Umbrella rental',
        'the text after a reload',
      );
      await page.locator('.button', { hasText: 'Save draft' }).click();
      await page.locator('.good', { hasText: 'Saved as version 1' }).waitFor();
      truth(page.url().endsWith('#/knowledge/faq/en-umbrella-rental'), page.url());
      await page.locator('.button.go', { hasText: 'Publish' }).click();
      await page.locator('.owner .tag', { hasText: 'In force' }).waitFor();
      await withPage({}, async (shop) => {
        await openChat(shop);
        await until(async () => {
          await ask(shop, 'what is your policy on umbrella rental?');
          return (await shop.locator('text=free for a day').count()) > 0;
        }, 'the question to be cited');
      });
      await text.fill('## Can I rent an umbrella?\n\nUmbrella rental costs a smile.');
      await page.locator('.button.go', { hasText: 'Publish' }).click();
      await page.locator('.good', { hasText: 'Version 2 is published' }).waitFor();
      await page.locator('.views button', { hasText: 'Versions' }).click();
      await page.locator('.diff .plus', { hasText: 'costs a smile' }).waitFor();
      await page.locator('.diff .minus', { hasText: 'free for a day' }).waitFor();
      await axe(page, 'versions');
      await page.locator('.history .row', { hasText: 'Version 1' }).click();
      await page.locator('.button', { hasText: 'Take this text' }).click();
      truth((await text.inputValue()).includes('free for a day'), 'the old text is not in the editor');
      await page.locator('.button.go', { hasText: 'Publish' }).click();
      await page.locator('.good', { hasText: 'Version 3 is published' }).waitFor();
      await page.locator('.button', { hasText: 'Withdraw document' }).click();
      await page.locator('.good', { hasText: 'Withdrawn' }).waitFor();
    }),
  );

  await check('knowledge: who was slower keeps the text; who may not publish drafts macros alone', () =>
    withPage({ path: '/console#/knowledge/macro/en-macros-closing' }, async (page) => {
      await signIn(page, 'demo-agent-2');
      const text = page.getByLabel('Text', { exact: false }).first();
      await until(async () => (await text.inputValue()).includes('{customer}'), 'the macro');
      is(await page.locator('.button', { hasText: 'Publish' }).count(), 0, 'buttons to publish');
      await text.fill('Mine. {customer}');
      const v = await (
        await fetch(`${real}/api/knowledge/macro/en-macros-closing`, { headers: headers('demo-agent') })
      ).json();
      const put = await fetch(`${real}/api/knowledge/macro/en-macros-closing`, {
        method: 'PUT',
        headers: headers('demo-agent'),
        body: JSON.stringify({
          base: v.versions[0].version,
          lang: 'en',
          title: 'Closing',
          text: 'Theirs. {customer}',
        }),
      });
      is(put.status, 200, 'the other one saves');
      await page.locator('.button', { hasText: 'Save draft' }).click();
      await page.locator('.talk > .bad', { hasText: 'Somebody else' }).waitFor();
      is(await text.inputValue(), 'Mine. {customer}', 'the text');
      await page.locator('.button', { hasText: 'Save draft' }).click();
      await page.locator('.good', { hasText: 'Saved as version' }).waitFor();
      await page.goto(`${real}/console#/knowledge/policy/en-returns`);
      await page.locator('.editor .lead').waitFor();
      is(await page.locator('.composer').count(), 0, 'acts on a policy');
    }),
  );

  await check('knowledge: what a suggestion has made waits to be approved', () =>
    withPage({ path: '/console' }, async (page) => {
      // Candidates come from the desk's suggestions: two are put in the answers.
      const made = (id, title) => ({
        kind: 'macro',
        id,
        lang: 'en',
        title,
        tags: [],
        version: 1,
        state: 'draft',
        changed: '2026-11-24T10:00:00Z',
        origin: `suggestion:${id}`,
        candidate: true,
      });
      const all = [made('suggestion-1', 'Lamp flickers'), made('suggestion-2', 'Late refund')];
      await page.route(/\/api\/knowledge\?.*state=candidate/, (r) =>
        r.fulfill({ json: { documents: all, may_publish: true } }),
      );
      const first = all[0];
      const whole = (state) => ({
        versions: [
          {
            ...first,
            state,
            phrases: ['my lamp flickers'],
            cited: '1',
            text: 'Please try another socket.',
            in_force: state === 'published',
          },
        ],
        may_edit: true,
        may_publish: true,
      });
      await page.route('**/api/knowledge/macro/suggestion-1', (r) => r.fulfill({ json: whole('draft') }));
      let asked;
      await page.route('**/api/knowledge/macro/suggestion-1/*', (r) => {
        asked = `${r.request().url().split('/').pop()} ${r.request().postData()}`;
        all.shift();
        return r.fulfill({ json: whole(asked.startsWith('publish') ? 'published' : 'withdrawn') });
      });
      await signIn(page);
      await page.locator('.tools a', { hasText: 'Knowledge' }).click();
      await page.locator('.button', { hasText: '2 to approve' }).click();
      await page.locator('.row', { hasText: 'Lamp flickers' }).click();
      await page.locator('.gist', { hasText: 'Made of a suggestion' }).waitFor();
      truth(await page.locator('.button', { hasText: 'Dismiss' }).isEnabled(), 'it cannot be dismissed');
      await picture(page, 'knowledge-candidate');
      await axe(page, 'candidate');
      await page.locator('.button.go', { hasText: 'Publish' }).click();
      await page.locator('.good', { hasText: 'Version 1 is published' }).waitFor();
      is(asked, 'publish {"version":1}', 'what was asked');
      await until(async () => (await page.locator('.queue .row').count()) === 1, 'the list without it');
    }),
  );

  await check(
    'macros: a slash, the arrows, Enter; facts are filled in, and what is missing is selected',
    () =>
      withPage({ path: '/console' }, async (page) => {
        await waiting(`macro-${process.pid}`, 'a person please, where is my refund for the blue lamp');
        await signIn(page);
        await page.locator('.row', { hasText: 'refund for the blue lamp' }).first().click();
        const field = page.locator('.composer textarea');
        await field.pressSequentially('/');
        await page.locator('.macros li').first().waitFor();
        is(
          await page.locator('.macros li[aria-selected=true] b').textContent(),
          'When the refund arrives',
          'what fits first',
        );
        await axe(page, 'the menu');
        await picture(page, 'macros-1280-light-en');
        await field.pressSequentially('clos');
        await until(
          async () => (await page.locator('.macros li b').first().textContent()) === 'Closing',
          'the filter',
        );
        for (let i = 0; i < 4; i++) await field.press('Backspace');
        await until(async () => (await page.locator('.macros li').count()) > 3, 'all again');
        await field.press('ArrowDown');
        await field.press('ArrowUp');
        await field.press('Enter');
        await page.locator('.macros').waitFor({ state: 'detached' });
        const text = await field.inputValue();
        truth(
          text.startsWith('We refund to the way you paid') &&
            !text.includes('{customer}') &&
            text.includes('{order}'),
          text,
        );
        is(
          await field.evaluate((f) => f.value.slice(f.selectionStart, f.selectionEnd)),
          '{order}',
          'what is selected',
        );
        await page.keyboard.type('4711');
        truth((await field.inputValue()).includes('order 4711,'), await field.inputValue());
        await field.fill('');
        await field.pressSequentially('and/or');
        await new Promise((ok) => setTimeout(ok, 200));
        is(await page.locator('.macros').count(), 0, 'menus for a slash within a word');
        await field.fill('');
        await field.pressSequentially('/');
        await page.locator('.macros li').first().waitFor();
        await field.press('Escape');
        await page.locator('.macros').waitFor({ state: 'detached' });
        is(await field.inputValue(), '/', 'the text after Escape');
      }),
  );

  for (const v of variants.filter(
    (v) =>
      process.env.PICTURES !== 'off' &&
      (!process.env.VARIANT || `${v.width}-${v.dark ? 'dark' : 'light'}` === process.env.VARIANT),
  ))
    await check(named(v), () =>
      withPage({ path: `/console?lang=${v.zh ? 'zh-CN' : 'en'}#/knowledge`, ...v }, async (page) => {
        await signIn(page);
        await page.locator('.queue .row').first().waitFor();
        await picture(page, `${named(v)}-list`);
        await axe(page, 'list');
        await page.locator(`.row[href$="${v.zh ? 'zh' : 'en'}-returns"]`).click();
        await page.locator('.editor').waitFor();
        await picture(page, `${named(v)}-editor`);
        await axe(page, 'editor');
        await page.locator('.views button').nth(1).click();
        await page.locator('.prose').waitFor();
        await picture(page, `${named(v)}-preview`);
        await axe(page, 'preview');
        await page.locator('.views button').nth(2).click();
        await page.locator('.diff').waitFor();
        await picture(page, `${named(v)}-versions`);
        await page.goto(
          `${real}/console?lang=${v.zh ? 'zh-CN' : 'en'}#/knowledge/macro/${v.zh ? 'zh' : 'en'}-macros-refund-time`,
        );
        await page.locator('.editor').waitFor();
        await picture(page, `${named(v)}-macro`);
        await axe(page, 'macro');
      }),
    );
}

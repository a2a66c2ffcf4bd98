// The operator's page, against the real shop: signing in, every section, the switch, pictures of each state, axe.
import { axe, check, is, picture, real, truth, until, withPage } from './harness.mjs';
import { variants } from './pictures.mjs';

const named = (v) => `admin-${v.width}-${v.dark ? 'dark' : 'light'}-${v.zh ? 'zh' : 'en'}`;
const sections = ['overview', 'targets', 'turns', 'spend', 'assistants', 'audit'];

async function signIn(page, key = 'demo-admin') {
  await page.locator('input[name=key]').fill(key);
  await page.locator('input[name=key]').press('Enter');
  if (key === 'demo-admin') await page.locator('nav a').first().waitFor();
}

const section = async (page, name) => {
  await page.locator(`nav a[href="#/${name}"]`).click();
  await page.locator(`nav a[href="#/${name}"][aria-current]`).waitFor();
  await until(() => page.evaluate(() => !document.querySelector('main .bone')), `${name} to load`);
};

/** Something to look at: answers, a failure that the audit keeps, calls of the last minutes. */
async function traffic() {
  const ask = (key, body) =>
    fetch(`${real}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    }).then((r) => r.text());
  for (const text of [
    'headphones under 80',
    'where is my order',
    'compare kettles',
    '红色的水壶',
    'any coupons?',
    'how do returns work?',
  ])
    await ask('demo-shopper', { model: 'shopper', messages: [{ role: 'user', content: text }] });
  await until(async () => {
    const r = await fetch(`${real}/api/admin/live`, { headers: { Authorization: 'Bearer demo-admin' } });
    const live = await r.json();
    return live.series.reduce((n, p) => n + p.requests, 0) >= 6;
  }, 'the calls to be accounted');
}

export async function admin() {
  if (!real) return; // its server side is the shop's own
  await traffic();

  await check('admin: signing in and out', () =>
    withPage({ path: '/admin' }, async (page) => {
      await page.locator('input[name=key]').waitFor();
      await axe(page, 'signing in');
      await signIn(page, 'wrong');
      await page.locator('[role=alert]').waitFor();
      await signIn(page, 'demo-agent');
      await until(
        async () => /agent/.test(await page.locator('[role=alert]').first().textContent()),
        'an agent is told',
      );
      await signIn(page);
      const cookies = await page.context().cookies();
      const mine = cookies.find((c) => c.name === 'shopkeeper_staff');
      truth(mine?.httpOnly && mine.sameSite === 'Strict', 'the cookie is for the server alone');
      await page.reload();
      await page.locator('nav a').first().waitFor();
      await page.locator('header button').first().click();
      await page.locator('input[name=key]').waitFor();
      await page.reload();
      await page.locator('input[name=key]').waitFor();
    }),
  );

  await check('admin: keyboard alone reaches every section and the switch', () =>
    withPage({ path: '/admin' }, async (page) => {
      await signIn(page);
      for (const name of [...sections.slice(1), sections[0]]) {
        for (let i = 0; i < 60; i++) {
          await page.keyboard.press('Tab');
          if (await page.evaluate((n) => document.activeElement?.getAttribute('href') === `#/${n}`, name))
            break;
        }
        await page.keyboard.press('Enter');
        await page.locator(`nav a[href="#/${name}"][aria-current]`).waitFor();
        is(
          await page.evaluate(() => document.activeElement?.id),
          'main',
          `${name}: the focus goes to the content`,
        );
        await page.locator('header .button').first().focus();
      }
    }),
  );

  await check('admin: looking again keeps focus, place and what is open', () =>
    withPage({ path: '/admin', height: 480 }, async (page) => {
      await signIn(page);
      const tools = page.locator('figure .tools .button');
      await tools.first().click();
      await page.locator('figure .scroll').first().waitFor();
      await page.locator('figure').last().locator('.tools .button').last().focus();
      const state = () =>
        page.evaluate(() => [
          document.activeElement.getAttribute('aria-label'),
          Math.round(scrollY),
          document.querySelector('figure .tools .button').getAttribute('aria-pressed'),
          document.querySelectorAll('figure tbody').length,
        ]);
      const before = await state();
      truth(before[0]?.includes('CSV') && before[1] > 0, `something to keep: ${before}`);
      const looked = () => page.waitForResponse((r) => r.url().endsWith('/api/admin/live'));
      await looked();
      await looked();
      await page.evaluate(() => new Promise((ok) => requestAnimationFrame(() => requestAnimationFrame(ok))));
      is(await state(), before, 'after two looks');
    }),
  );

  await check('admin: the focus goes on from what is gone', () =>
    withPage({ path: '/admin' }, async (page) => {
      await signIn(page);
      is(await page.evaluate(() => document.activeElement.id), 'main', 'signed in: to the content');
      await page.route('**/api/admin/live', (r) => r.fulfill({ status: 503, body: '{"detail":"Not now."}' }));
      await page.locator('.state .button').focus();
      await page.unroute('**/api/admin/live');
      await page.locator('.state').waitFor({ state: 'detached' }); // the next look heals it
      is(
        await page.evaluate(() => document.activeElement.id),
        'main',
        'the button to try again: to the content',
      );
      await section(page, 'assistants');
      await page.locator('.card .button').first().focus();
      await page.keyboard.press('Enter');
      await page.locator('.sure').waitFor();
      is(await page.evaluate(() => document.activeElement.tagName), 'INPUT', 'asked: to the reason');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.locator('.sure').waitFor({ state: 'detached' });
      is(
        await page.evaluate(() => document.activeElement.textContent.trim().slice(0, 40)),
        'Turn off…',
        'left: to the switch',
      );
      await section(page, 'turns');
      const row = page.locator('.rows tbody a').nth(3);
      const href = await row.getAttribute('href');
      await row.click();
      await page.locator('.hops').waitFor();
      await page.goBack();
      await page.locator('.rows').waitFor();
      is(await page.evaluate(() => document.activeElement.getAttribute('href')), href, 'back: to the row');
    }),
  );

  await check('admin: older acts stay in sight', () =>
    withPage({ path: '/admin' }, async (page) => {
      await signIn(page);
      let newest = 120;
      const at = (n) => new Date(Date.UTC(2026, 2, 1, 0, n)).toISOString();
      await page.route('**/api/admin/audit*', async (r) => {
        const before = new URL(r.request().url()).searchParams.get('before');
        const first = before ? Math.round((Date.parse(before) - Date.UTC(2026, 2, 1)) / 60_000) - 1 : newest;
        const last = Math.max(1, first - 49);
        const entries = [];
        for (let n = first; n >= last; n--)
          entries.push({ id: `a${n}`, at: at(n), actor: 'root', act: 'sign_in', object: `n${n}` });
        await r.fulfill({ json: { entries, ...(last > 1 ? { before: at(last) } : {}) } });
      });
      await section(page, 'audit');
      const rows = page.locator('tbody tr');
      await until(async () => (await rows.count()) === 50, 'the first page');
      await page.locator('main p .button').focus();
      await page.keyboard.press('Enter');
      await until(async () => (await rows.count()) === 100, 'the second page');
      is(
        await page.evaluate(() => document.activeElement.textContent.trim().slice(0, 40)),
        'Show older ones',
        'the focus stays',
      );
      newest = 122;
      await page.evaluate(() => dispatchEvent(new Event('online'))); // it looks again
      await until(async () => (await rows.count()) === 102, 'the new ones before the old ones');
      truth(
        /n122/.test(await rows.first().textContent()) && /n21/.test(await rows.last().textContent()),
        'in order',
      );
      await page.locator('main p .button').click();
      await until(async () => (await rows.count()) === 122, 'all');
      is(await page.locator('main p .button').count(), 0, 'no older ones');
      is(await page.evaluate(() => document.activeElement.id), 'main', 'the focus goes to the content');
    }),
  );

  await check('admin: a turn opens to its hops', () =>
    withPage({ path: '/admin#/turns' }, async (page) => {
      await signIn(page);
      const row = page.locator('.rows tbody tr', { hasText: 'completed' }).first();
      await row.waitFor();
      truth(
        /\d/.test(await row.locator('td').last().textContent()),
        'the list says when the first word came',
      );
      await page.locator('.rows tbody a').first().click();
      await page.locator('.hops .span').first().waitFor();
      truth(
        (await page.locator('.hops .span.tool').count()) + (await page.locator('.hops .span.model').count()) >
          0,
        'hops of models or tools',
      );
      await page.locator('figure .tools .button').first().click();
      await until(async () => (await page.locator('figure tbody tr').count()) > 1, 'the table has the hops');
      await page.goBack();
      await page.locator('.rows').waitFor();
    }),
  );

  await check('admin: the switch asks first, tells who did it, and shoppers hear of it', () =>
    withPage({ path: '/admin#/assistants' }, async (page) => {
      await signIn(page);
      const ask = () =>
        page.request.post(`${real}/v1/chat/completions`, {
          headers: { Authorization: 'Bearer demo-shopper' },
          data: { model: 'shopper', messages: [{ role: 'user', content: 'hi' }] },
        });
      await page.locator('.card .button').first().click();
      await page.locator('.pair .button').first().waitFor();
      const [yes, no] = await page.locator('.pair .button').all();
      is((await yes.boundingBox()).width, (await no.boundingBox()).width, 'both answers are of one size');
      await no.click();
      is((await ask()).status(), 200, 'nothing was switched');
      await page.locator('.card .button').first().click();
      await page.locator('.sure input').fill('a test');
      await page.locator('.pair .danger').click();
      await page.locator('.mark.bad').waitFor();
      is((await ask()).status(), 503, 'the assistant is off');
      truth(/a test/.test(await page.locator('.card').first().textContent()), 'the reason is shown');
      await page.locator('.card .button').first().click();
      await page.locator('.pair .go').click();
      await page.locator('.mark.good').waitFor();
      is((await ask()).status(), 200, 'it is on again');
      await section(page, 'audit');
      truth(/a test/.test(await page.locator('table').textContent()), 'the audit has it');
    }),
  );

  await check('admin: signed out midway, and the server away', () =>
    withPage({ path: '/admin' }, async (page) => {
      await signIn(page);
      await page.context().setOffline(true);
      await page.locator('.offline').waitFor();
      await section(page, 'turns').catch(() => {});
      await page.locator('.state').waitFor();
      await axe(page, 'offline');
      await page.context().setOffline(false);
      await page.locator('.rows').waitFor();
      await page.context().clearCookies();
      await page.locator('nav a[href="#/spend"]').click();
      await page.locator('input[name=key]').waitFor();
      truth((await page.locator('[role=alert]').textContent()).length > 10, 'it says why');
    }),
  );

  await check('admin: each failure is a sentence, in both languages', async () => {
    const says = async (page, what, sentence) => {
      await until(
        async () => (await page.locator('[role=alert]').allTextContents()).some((s) => sentence.test(s)),
        `${what}: ${sentence}`,
      );
    };
    for (const zh of [false, true])
      await withPage({ base: 'about:blank', path: '', zh }, async (page) => {
        const api = (name) => `**/api/${name}`;
        await page.route(api('login'), (r) => r.abort());
        await page.goto(`${real}/admin#/%`); // a spoilt address opens the overview
        await says(page, 'server away', zh ? /无法连接服务器/ : /cannot be reached/);
        is(await page.locator('input[name=key]').count(), 0, 'no key is asked for that nobody could check');
        await axe(page, 'server away');
        await picture(page, `admin-away-${zh ? 'zh' : 'en'}`);
        await page.unroute(api('login'));
        await page.locator('.state .button').click();
        await page.locator('input[name=key]').waitFor();
        await page.locator('input[name=key]').fill('wrong');
        await page.keyboard.press('Enter');
        await says(page, 'a wrong key', zh ? /此密钥在这里不存在/ : /not known here/);
        await signIn(page);

        const fails = async (name, path, how, sentence) => {
          await page.route(api(path), how);
          await page.locator(`nav a[href="#/${name}"]`).click();
          await says(page, name, sentence);
          await page.unroute(api(path));
          await page.locator('.state .button').click();
          await page.locator('.state').waitFor({ state: 'detached' });
        };
        const reply = (status, body) => (r) => r.fulfill({ status, body });
        await fails('turns', 'admin/turns*', (r) => r.abort(), zh ? /无法连接服务器/ : /cannot be reached/);
        await fails(
          'spend',
          'admin/spend*',
          reply(200, '<html>Sign in'),
          zh ? /应答的不是本店/ : /not the shop/,
        );
        await fails(
          'assistants',
          'admin/assistants',
          reply(502, '<html>'),
          zh ? /应答的不是本店/ : /not the shop/,
        );
        await fails('audit', 'admin/audit*', reply(500, '{}'), zh ? /错误 500/ : /error 500/);
        await fails(
          'targets',
          'admin/targets',
          reply(500, '{"code":"internal","detail":"Oh."}'),
          zh ? /服务器出错/ : /Oh/,
        );

        // signing out that the server did not hear of is not called signing out
        await page.route(api('logout'), (r) => r.abort());
        await page.locator('header .button').first().click();
        await says(page, 'not signed out', zh ? /可能仍处于登录状态/ : /may still be signed in/);
        await page.unroute(api('logout'));
        await page.reload();
        await page.locator('nav a').first().waitFor();

        // another tab signs in anew, then as somebody who may not be here
        await section(page, 'assistants');
        await page.locator('.card .button').first().click();
        await page.request.post(`${real}/api/login`, { data: { key: 'demo-admin' } });
        await page.locator('.pair .danger').click();
        await says(page, 'another session', zh ? /重新登录/ : /signed in anew/);
        await page.locator('.pair .danger').click();
        await page.locator('.mark.bad').waitFor();
        await page.locator('.card .button').first().click();
        await page.locator('.pair .go').click();
        await page.locator('.mark.good').waitFor();
        await page.request.post(`${real}/api/login`, { data: { key: 'demo-agent' } });
        await page.locator('nav a[href="#/spend"]').click();
        await says(page, 'an agent', zh ? /本页面供店铺管理员使用/ : /for admins/);
        await page.locator('input[name=key]').waitFor();
        await axe(page, 'not an admin');
        await signIn(page);
        await page.context().clearCookies();
        await page.locator('nav a[href="#/audit"]').click();
        await says(page, 'signed out', zh ? /您已退出/ : /You were signed out/);
      });
  });

  await check('admin: a shop without traffic says what will appear', async () => {
    for (const zh of [false, true])
      await withPage({ path: '/admin', zh }, async (page) => {
        const json = (name, body) => page.route(`**/api/admin/${name}`, (r) => r.fulfill({ json: body }));
        const nought = { requests: 0, failed: 0, tokens: 0, cost_nano: 0 };
        const from = Date.UTC(2026, 2, 1);
        const series = Array.from({ length: 60 }, (_, i) => ({
          at: new Date(from + i * 60_000).toISOString(),
          ...nought,
        }));
        const total = { name: 'total', ...nought, input: 0, cached: 0, output: 0, reasoning: 0 };
        await json('live', { now: series.at(-1).at, running: 0, currency: 'USD', by_ending: {}, series });
        await json('targets', { aliases: [] });
        await json('turns*', { turns: [] });
        await json('spend*', {
          by: 'key',
          from: series[0].at,
          to: series[1].at,
          currency: 'USD',
          rows: [],
          total,
        });
        await json('audit*', { entries: [] });
        await signIn(page);
        for (const s of sections.filter((s) => s !== 'assistants')) {
          await section(page, s);
          await page.locator('.empty').waitFor();
          truth((await page.locator('.empty').textContent()).length > (zh ? 8 : 20), `${s}: a sentence`);
          await picture(page, `admin-empty-${s}-${zh ? 'zh' : 'en'}`);
          if (!zh) await axe(page, `empty ${s}`);
        }
        for (const [i, word] of [/five seconds|五秒/, /failed|失败/].entries()) {
          await section(page, 'turns');
          await page
            .locator('.choice button')
            .nth(i + 1)
            .click();
          await until(async () => word.test(await page.locator('.empty').textContent()), `${word}`);
        }
      });
  });

  await check('admin: CSV', () =>
    withPage({ path: '/admin#/spend' }, async (page) => {
      await signIn(page);
      await page.locator('table.spend').waitFor();
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('figure .tools .button').click(),
      ]);
      is(file.suggestedFilename(), 'spend-key.csv', 'its name');
    }),
  );

  for (const v of variants) {
    const name = named(v);
    if (process.env.VARIANT && !name.includes(process.env.VARIANT)) continue;
    await check(name, () =>
      withPage({ path: '/admin', ...v }, async (page) => {
        await page.locator('input[name=key]').waitFor();
        await picture(page, `${name}-signin`);
        await signIn(page);
        for (const s of sections) {
          await section(page, s);
          await picture(page, `${name}-${s}`);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          truth(wide <= 0, `${s} is ${wide} px wider than the screen`);
          if (v.dark === v.zh) await axe(page, `${name} ${s}`);
        }
        await section(page, 'turns');
        await page.locator('.rows tbody a').first().click();
        await page.locator('.hops').waitFor();
        await picture(page, `${name}-hops`);
        await section(page, 'overview');
        await page.locator('figure .tools .button').first().click();
        await picture(page, `${name}-table`);
        await section(page, 'assistants');
        await page.locator('.card .button').first().click();
        await picture(page, `${name}-sure`);
        if (v.dark === v.zh) await axe(page, `${name} switch`);
      }),
    );
  }
}

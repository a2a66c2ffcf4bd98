// The console's page of quality, reviews and look-ups, against the real shop: figures of what was just done, a review that ends with the
// customer's next words, a look-up that needs a reason, pictures of each state, axe.
import { axe, check, is, picture, real, truth, until, withPage } from './harness.mjs';
import { variants } from './pictures.mjs';

const named = (v) => `quality-${v.width}-${v.dark ? 'dark' : 'light'}-${v.zh ? 'zh' : 'en'}`;
const headers = (key) => ({ 'Content-Type': 'application/json', Authorization: `Bearer ${key}` });
const get = async (path, key = 'demo-agent') =>
  (await fetch(`${real}${path}`, { headers: headers(key) })).json();
const post = (path, body, key = 'demo-agent') =>
  fetch(`${real}${path}`, { method: 'POST', headers: headers(key), body: JSON.stringify(body) });

async function signIn(page, key = 'demo-agent') {
  await page.locator('input[name=key]').fill(key);
  await page.locator('input[name=key]').press('Enter');
  await page.locator('.tools a').first().waitFor();
}

let n = 0;
async function say(id, text, key = 'demo-shopper') {
  const r = await post(
    '/api/chat',
    { id, messages: [{ id: `m${++n}`, role: 'user', parts: [{ type: 'text', text }] }] },
    key,
  );
  await r.text();
}

/** A conversation that went to people and was closed. */
async function closed(text, key) {
  const id = `quality-${process.pid}-${++n}`;
  await say(id, text, key);
  const { row } = await get(`/api/desk/conversations/${id}`);
  const r = await post(`/api/desk/conversations/${id}/close`, { revision: row.revision });
  is(r.status, 200, 'closing');
  return id;
}

const part = (n, of) => ({ n, of, share: of > 0 ? n / of : null, small: of < 20 });

/** Figures that are made up, for pictures: a demo of a minute has none to show. */
function figures(from, count, csat = true) {
  const days = Array.from({ length: count }, (_, i) => {
    const at = new Date(`${from}T00:00:00Z`);
    at.setUTCDate(at.getUTCDate() + i);
    const busy = [0, 6].includes(at.getUTCDay()) ? 0.4 : 1;
    const assistant = Math.round(busy * (38 + 12 * Math.sin(i / 3)));
    const people = Math.round(busy * (11 + 5 * Math.cos(i / 2)));
    const [reviewed, said] = [Math.round(people / 3), Math.round((assistant + people) / 4)];
    const silent = assistant + people - reviewed - said;
    return {
      day: at.toISOString().slice(0, 10),
      assistant,
      people,
      reviewed: part(Math.round(reviewed * 0.8), reviewed),
      confirmed: part(Math.round(said * 0.85), said),
      assumed: part(Math.round(silent * 0.9), silent),
      ratings: csat ? said : 0,
      stars: csat && said > 0 ? 3.6 + 0.8 * Math.sin(i) : null,
    };
  });
  const sum = (of) => days.reduce((n, d) => n + of(d), 0);
  const total = (name) =>
    part(
      sum((d) => d[name].n),
      sum((d) => d[name].of),
    );
  const [assistant, people] = [sum((d) => d.assistant), sum((d) => d.people)];
  const outcome = (f) => {
    const cut = (s) => part(Math.round(s.n * f), Math.round(s.of * f));
    return {
      reviewed: cut(total('reviewed')),
      confirmed: cut(total('confirmed')),
      assumed: cut(total('assumed')),
      reopened: Math.round(14 * f),
      unresolved: Math.round(9 * f),
      open: Math.round(32 * f),
    };
  };
  const worth = (intent, source, prompt, seen, asIs, edited, dismissed, reported) => ({
    intent,
    source,
    prompt,
    generated: seen * 3,
    shown: seen,
    as_it_was: part(asIs, seen),
    edited: part(edited, seen),
    dismissed: part(dismissed, seen),
    reported: part(reported, seen),
    distance: asIs + edited > 0 ? edited / (asIs + edited) / 3 : null,
  });
  const clock = (name, seconds, threshold, met, of, p50, p90, running = 0) => ({
    definition: `standard-${name}`,
    name,
    unit: 'round',
    seconds,
    threshold,
    met: part(met, of),
    breached: of - met,
    running,
    p50,
    p90,
  });
  const reasons = {
    asked_for_person: 0.4,
    damaged_item: 0.22,
    payment_problem: 0.15,
    complaint: 0.1,
    taken: 0.07,
    assistant_failed: 0.04,
    identity: 0.02,
  };
  return {
    from: days[0].day,
    to: days.at(-1).day,
    zone: 'America/New_York',
    lang: '',
    conversations: assistant + people,
    assistant: part(assistant, assistant + people),
    people: part(people, assistant + people),
    quiet_hours: 24,
    outcome: outcome(1),
    by_assistant: outcome(0.8),
    by_people: outcome(0.2),
    handoffs: Object.entries(reasons).map(([reason, f]) => ({
      reason,
      ...part(Math.round(people * f), people),
    })),
    clocks: [
      clock('first_automatic_reply', 60, 0.95, assistant - 3, assistant, 1.2, 4.8),
      clock('handoff_wait', 600, 0.9, 231, 270, 190, 840, 2),
      clock('next_reply', 900, 0.9, 402, 430, 260, 790, 3),
      clock('resolution', 86400, 0.9, 12, 14, 5400, 61000, 5),
    ],
    suggestions: worth('', '', '', 700, 310, 220, 90, 6),
    worth: [
      worth('orders', 'facts', 'suggest 3f9a01', 320, 180, 90, 30, 1),
      worth('policy', 'policy', 'suggest 3f9a01', 210, 90, 80, 20, 2),
      worth('macro:en-macros-refund-time', 'macro', 'macro en-macros-refund-time@2', 110, 40, 40, 10, 0),
      worth('return_items', 'facts', 'suggest 77bd20', 48, 0, 10, 22, 3),
      worth('unclear', 'question', 'built-in', 12, 0, 0, 8, 0),
    ],
    csat: csat
      ? {
          ratings: 402,
          mean: 4.2,
          good: part(330, 402),
          stars: [18, 20, 34, 110, 220],
          agents: [
            { agent: '', n: 290, mean: 4.1, small: false },
            { agent: 'agent-1', n: 99, mean: 4.5, small: false },
            { agent: 'agent-2', n: 13, mean: 3.9, small: true },
          ],
        }
      : null,
    days,
  };
}

export async function quality() {
  await check('quality: a review of a closed conversation is a figure, until the customer writes', () =>
    withPage({ path: '/console' }, async (page) => {
      const id = await closed('a person please, the kettle of the quality page leaks');
      const before = (await get('/api/desk/quality')).outcome.reviewed;
      await signIn(page);
      await page.locator('.views button', { hasText: 'Closed' }).click();
      await page.locator('.row', { hasText: 'kettle of the quality page' }).click();
      const strip = page.locator('.review');
      await strip.locator('input').fill('Sent a new one.');
      await axe(page, 'a closed conversation');
      await picture(page, 'review-ask');
      await strip.locator('.button', { hasText: 'Not resolved' }).click();
      await strip.locator('text=marked it as not resolved').waitFor();
      await strip.locator('.button', { hasText: 'Change' }).click();
      await strip.locator('.button', { hasText: 'Leave it' }).click();
      await strip.locator('.button', { hasText: 'Change' }).click();
      await strip.locator('input').fill('A new one arrived.');
      await strip.locator('.button', { hasText: 'Resolved' }).first().click();
      await strip.locator('text=A new one arrived.').waitFor();
      await picture(page, 'review-said');
      const after = (await get('/api/desk/quality')).outcome.reviewed;
      is([after.n - before.n, after.of - before.of], [1, 1], 'what was reviewed');
      await page.locator('.tools a', { hasText: 'Quality' }).click();
      await page.locator('.tile .big').first().waitFor();
      await until(
        async () =>
          (await page.locator('.kinds .num').first().textContent()).includes(`${after.n} of ${after.of}`),
        'the figure',
      );
      truth(page.url().endsWith('#/quality'), page.url());
      await page.keyboard.press('t'); // the desk's keys do nothing here
      await say(id, 'it leaks again');
      await page.locator('.tools a', { hasText: 'Conversations' }).click();
      await page.locator('.review').waitFor({ state: 'detached' });
      const again = (await get('/api/desk/quality')).outcome;
      is(again.reviewed.of, before.of, 'reviews after the customer wrote');
    }),
  );

  await check('quality: a look-up needs a reason, finds or does not, and is in the audit', () =>
    withPage({ path: '/console' }, async (page) => {
      await say(`lookup-${process.pid}`, 'a person please, I wrote from another address');
      const { customer } = await get(`/api/desk/conversations/lookup-${process.pid}`);
      const order = customer.orders[0].id;
      await signIn(page);
      await page.locator('.row', { hasText: 'from another address' }).click();
      await page.locator('.context .button', { hasText: 'Look up another' }).click();
      const dialog = page.locator('dialog.lookup');
      await dialog.getByLabel('Order number').fill(order);
      await dialog.locator('.button.go').click();
      is(await dialog.locator('.matches').count(), 0, 'what is found without a reason');
      await dialog.getByLabel('Why you look').fill('The customer calls about it');
      await axe(page, 'the look-up');
      await dialog.getByLabel('Why you look').press('Enter');
      await dialog.locator('.matches li', { hasText: order }).first().waitFor();
      await dialog.locator('text=1 customer found').waitFor();
      await axe(page, 'what was found');
      await picture(page, 'lookup-found');
      await dialog.locator('.views button', { hasText: 'E-mail' }).click();
      await dialog.getByLabel('E-mail address').fill('nobody@example.com');
      await dialog.getByLabel('Why you look').press('Enter');
      await dialog.locator('text=Nobody was found').waitFor();
      await dialog.locator('.views button', { hasText: 'Name' }).click();
      await dialog.getByLabel('Name', { exact: true }).fill('Nobody');
      await dialog.getByLabel('Postcode', { exact: true }).fill('-');
      await dialog.getByLabel('Why you look').press('Enter');
      await dialog.locator('[role=alert]').waitFor();
      await picture(page, 'lookup-refused');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      is(await page.locator('.talk .log').count(), 1, 'open conversations after Escape');
      const { entries } = await get('/api/admin/audit?limit=10', 'demo-admin');
      const kept = entries.filter((e) => e.act === 'customer_looked_up');
      is(
        kept.map((e) => e.object),
        ['e-mail n***@example.com', `order ${order}`],
        'the audit',
      );
      truth(kept[0].detail.includes('The customer calls about it'), kept[0].detail);
    }),
  );

  await check('quality: days that cannot be read say so and are asked for again', () =>
    withPage({ path: '/console#/quality' }, async (page) => {
      let fails = true;
      const asked = [];
      await page.route('**/api/desk/quality*', (r) => {
        const url = new URL(r.request().url());
        asked.push(url.search);
        const from = url.searchParams.get('from');
        return fails ? r.abort() : r.fulfill({ json: figures(from ?? '2026-03-01', from ? 56 : 28, false) });
      });
      await signIn(page);
      await page.locator('.quality [role=alert]').waitFor();
      await picture(page, 'quality-error');
      await axe(page, 'an error');
      fails = false;
      await page.locator('.quality .button', { hasText: 'Try again' }).click();
      await page.locator('text=Ratings are not collected here').waitFor();
      await page.getByLabel('From').fill('2026-02-01');
      await page.getByLabel('Language').selectOption('zh');
      await until(() => asked.includes('?from=2026-02-01&to=2026-03-28&lang=zh'), 'what is asked');
      fails = true;
      await page.locator('.views button', { hasText: '7 days' }).click();
      await page.locator('.quality [role=alert]').waitFor();
      await page.unroute('**/api/desk/quality*');
      await page.route('**/api/desk/quality*', (r) =>
        r.fulfill({
          json: {
            ...figures('2026-03-01', 7, false),
            conversations: 0,
            handoffs: [],
            clocks: [],
            suggestions: { as_it_was: part(0, 0) },
          },
        }),
      );
      await page.locator('.quality .button', { hasText: 'Try again' }).click();
      await page.locator('text=No conversation began').waitFor();
      await picture(page, 'quality-empty');
      await axe(page, 'nothing');
    }),
  );

  await check('quality: what is slow has its shape, and what cannot be loaded says so', () =>
    withPage({ path: '/console#/quality' }, async (page) => {
      let go;
      const wait = new Promise((ok) => {
        go = ok;
      });
      await page.route('**/api/desk/quality*', async (r) => {
        await wait;
        await r.fulfill({ json: figures('2026-03-01', 28) });
      });
      await page.route('**/quality-page.js', (r) => r.abort());
      await signIn(page);
      await page.locator('[role=alert]', { hasText: 'could not be loaded' }).waitFor();
      await axe(page, 'what is not loaded');
      await page.unroute('**/quality-page.js');
      await page.locator('.signin .button', { hasText: 'Try again' }).click();
      await page.locator('.quality .bones[role=status]').waitFor();
      await picture(page, 'quality-loading');
      await axe(page, 'loading');
      go();
      await page.locator('.tile').first().waitFor();
    }),
  );

  for (const v of variants.filter(
    (v) =>
      process.env.PICTURES !== 'off' &&
      (!process.env.VARIANT || `${v.width}-${v.dark ? 'dark' : 'light'}` === process.env.VARIANT),
  ))
    await check(named(v), () =>
      withPage(
        {
          path: `/console?lang=${v.zh ? 'zh-CN' : 'en'}#/quality`,
          ...v,
          height: v.width < 500 ? 2600 : 1700,
        },
        async (page) => {
          await page.route('**/api/desk/quality*', (r) => {
            const days = new URL(r.request().url()).searchParams.has('from') ? 90 : 28;
            return r.fulfill({ json: figures('2026-03-01', days) });
          });
          await signIn(page);
          await page.locator('.tile').first().waitFor();
          await picture(page, `${named(v)}-month`);
          await axe(page, 'quality');
          const wide = await page.evaluate(
            () =>
              document.querySelector('.quality').scrollWidth - document.querySelector('.quality').clientWidth,
          );
          is(wide, 0, 'pixels that stand over');
          await page.locator('.asks .views button').nth(2).click();
          await until(
            async () => (await page.locator('.plot').first().locator('.col').count()) === 13,
            'weeks',
          );
          for (const s of await page.locator('.behind summary').all()) await s.click();
          await picture(page, `${named(v)}-tables`);
          await axe(page, 'tables');
        },
      ),
    );
  for (const v of variants.filter(
    (v) =>
      process.env.PICTURES !== 'off' &&
      v.dark === v.zh &&
      (!process.env.VARIANT || `${v.width}-${v.dark ? 'dark' : 'light'}` === process.env.VARIANT),
  ))
    await check(`${named(v)} look-up`, () =>
      withPage({ path: `/console?lang=${v.zh ? 'zh-CN' : 'en'}`, ...v }, async (page) => {
        const id = await closed(
          v.zh ? '我要转人工，杯子碎了' : 'a person please, my cup broke',
          v.zh ? 'demo-shopper-2' : 'demo-shopper',
        );
        await page.locator('input[name=key]').waitFor();
        await signIn(page);
        await page.locator('.queue .views button').nth(4).click();
        await page.locator('.row').first().waitFor();
        await page
          .locator('.row', { hasText: v.zh ? '杯子碎了' : 'my cup broke' })
          .first()
          .click();
        await page.locator('.review').waitFor();
        await picture(page, `${named(v)}-review`);
        await axe(page, 'review');
        if (v.width < 1000) await page.locator('.bar .narrow-only').click();
        await page.locator('.context .button', { hasText: v.zh ? '查' : 'Look up' }).click();
        await page.locator('dialog.lookup').waitFor();
        await page.locator('dialog.lookup .views button').nth(2).click();
        await picture(page, `${named(v)}-lookup`);
        await axe(page, 'look-up');
        truth(id, 'a conversation');
      }),
    );
}

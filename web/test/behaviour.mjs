// What the shop and the chat do: with the keyboard alone, while text streams, when something is cut, in both languages.
import { readFile } from 'node:fs/promises';
import { embedded, speed } from './embedded.mjs';
import { ask, check, is, mock, openChat, quiet, real, say, truth, until, withPage } from './harness.mjs';
import { shopping } from './shopping.mjs';

const inChat = (page, fn, arg) =>
  page.evaluate(
    ([source, a]) =>
      new Function('root', 'a', `return (${source})(root, a)`)(
        document.querySelector('shop-chat').shadowRoot,
        a,
      ),
    [fn.toString(), arg],
  );
/** Where the focus is, seen through shadow roots. */
const focused = (page) =>
  page.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at ? `${at.localName}.${at.className}`.replace(/\.$/, '') : '';
  });

async function keyboard() {
  await check('keyboard alone: open, ask, read, menu, close, and the focus is back', () =>
    withPage({}, async (page) => {
      await page.locator('.tile .title').first().waitFor();
      await page.locator('#q').focus();
      await page.locator('.launcher').focus();
      await page.keyboard.press('Enter');
      await until(async () => (await focused(page)) === 'textarea', 'the focus in the input');
      await page.keyboard.type('headphones under $200');
      await page.keyboard.press('Enter');
      await quiet(page);
      is(await focused(page), 'textarea', 'focus after the answer');

      // Backwards from the input, everything of the panel can be reached.
      const seen = new Set();
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Shift+Tab');
        const at = await focused(page);
        seen.add(at.split(' ')[0].split('.')[0] === 'a' ? 'a' : at);
        if (
          at.includes('launcher') ||
          !(await page.evaluate(() => document.activeElement?.localName === 'shop-chat'))
        )
          break;
      }
      const reached = [...seen].join(' ');
      for (const part of ['chip', 'icon-button', 'a', 'track', 'log'])
        truth(reached.includes(part), `${part} is not reached by Shift+Tab: ${reached}`);

      await page.locator('#menu-button').focus();
      await page.keyboard.press('Enter');
      await until(
        async () => (await focused(page)).startsWith('button') && (await page.locator('.menu').isVisible()),
        'the menu',
      );
      await page.keyboard.press('ArrowDown');
      is(
        await page.evaluate(() => document.activeElement.shadowRoot.activeElement.textContent.trim()),
        'Earlier chats',
        'arrow down',
      );
      await page.keyboard.press('Escape');
      await page.locator('.menu').waitFor({ state: 'detached' });
      truth(
        (await focused(page)).includes('icon-button'),
        'Escape in the menu gives the focus back to its button',
      );
      await page.keyboard.press('Escape');
      await page.locator('.panel').waitFor({ state: 'detached' });
      truth(
        (await focused(page)).includes('launcher'),
        `Escape gives the focus back: ${await focused(page)}`,
      );
    }),
  );

  await check('keyboard alone: the shop, from the search to a product to its question and back', () =>
    withPage({}, async (page) => {
      await page.locator('.tile .title').first().waitFor();
      await page.keyboard.press('/');
      is(await page.evaluate(() => document.activeElement.id), 'q', 'slash goes to the search');
      await page.keyboard.type('headphones');
      await page.keyboard.press('Enter');
      await page.locator('main[aria-busy="false"] .tile .title').first().waitFor();
      const at = page.locator('.tile .title').first();
      await at.focus();
      const id = await at.getAttribute('data-id');
      await page.keyboard.press('Enter');
      await page.locator('.product-page h1').waitFor();
      await until(
        () => page.evaluate(() => document.activeElement.localName === 'h1'),
        'the focus on the product’s name',
      );
      await page.locator('.ask-big').focus();
      await page.keyboard.press('Enter');
      await until(async () => (await focused(page)) === 'textarea', 'the focus in the chat');
      await page.keyboard.press('Escape');
      await until(async () => (await focused(page)).includes('ask-big'), 'the focus back on the question');
      await page.goBack();
      await until(
        () => page.evaluate((x) => document.activeElement?.dataset?.id === x, id),
        'the focus back on the product',
      );
    }),
  );

  await check('full screen on a phone: the focus stays within, the page behind is not reached', () =>
    withPage({ width: 360 }, async (page) => {
      await openChat(page);
      const box = await page.locator('.panel').boundingBox();
      is([box.x, box.y, box.width], [0, 0, 360], 'the panel fills the screen');
      for (let i = 0; i < 30; i++) {
        await page.keyboard.press('Tab');
        is(await page.evaluate(() => document.activeElement?.localName), 'shop-chat', 'the focus');
      }
    }),
  );
}

async function streaming() {
  await check(
    'cards before the text ends; text grows without a node of it changing; the end is followed',
    () =>
      withPage({ base: mock.url, calm: false }, async (page) => {
        await say(page, 'slow headphones');
        await page.locator('.answer .product').first().waitFor();
        is(await page.locator('.log').getAttribute('aria-busy'), 'true', 'busy when the first card is there');
        await page.locator('.answer .prose p').first().waitFor();
        await inChat(page, (root) => {
          const answer = [...root.querySelectorAll('.answer')].at(-1);
          window.watched = {
            removed: 0,
            lengths: [],
            ends: [],
            card: answer.querySelector('.product'),
            p: answer.querySelector('.prose p'),
          };
          new MutationObserver((all) => {
            for (const m of all)
              for (const n of m.removedNodes) if (n.nodeType === 1) window.watched.removed++;
            const log = root.querySelector('.log');
            window.watched.lengths.push(answer.querySelector('.prose').textContent.length);
            window.watched.ends.push(log.scrollHeight - log.scrollTop - log.clientHeight);
          }).observe(answer.querySelector('.prose'), { childList: true, subtree: true, characterData: true });
        });
        await until(() => page.evaluate(() => window.watched.lengths.length > 8), 'the text to grow');
        const live = await page.locator('.answer .prose').last().getAttribute('aria-hidden');
        is(live, 'true', 'the visible stream is hidden from screen readers');
        await quiet(page);
        const w = await inChat(page, (root) => {
          const answer = [...root.querySelectorAll('.answer')].at(-1);
          return {
            ...window.watched,
            card: answer.querySelector('.product') === window.watched.card,
            p: answer.querySelector('.prose p') === window.watched.p,
          };
        });
        truth(w.card && w.p, 'the card and the first paragraph are the nodes that they were');
        truth(w.removed < 4, `elements taken away while the text grew: ${w.removed}`);
        truth(
          w.lengths.every((n, i) => i === 0 || n >= w.lengths[i - 1] - 4),
          `the text never shrinks: ${w.lengths}`,
        );
        is(
          await page.locator('.answer .prose').last().getAttribute('aria-hidden'),
          null,
          'readable when it has ended',
        );
        const gap = await inChat(page, (root) => {
          const log = root.querySelector('.log');
          return log.scrollHeight - log.scrollTop - log.clientHeight;
        });
        truth(gap < 4, `the end is in view: ${gap}`);
      }),
  );

  await check('a reader who scrolled up stays there, and comes back by a button', () =>
    withPage({ base: mock.url }, async (page) => {
      await ask(page, 'headphones');
      await say(page, 'slow headphones');
      await page.locator('.answer').nth(1).locator('.product').first().waitFor();
      await inChat(page, (root) => {
        root.querySelector('.log').scrollTop = 0;
      });
      await page.locator('.jump').waitFor();
      await quiet(page);
      is(await inChat(page, (root) => root.querySelector('.log').scrollTop), 0, 'where the reader was');
      await page.locator('.jump').click();
      await page.locator('.jump').waitFor({ state: 'detached' });
    }),
  );

  await check('a screen reader hears whole sentences once each, then the number of cards', () =>
    withPage({ base: mock.url }, async (page) => {
      await openChat(page);
      await inChat(page, (root) => {
        window.said = [];
        new MutationObserver((all) => {
          for (const m of all)
            for (const n of m.addedNodes) if (n.localName === 'p') window.said.push(n.textContent);
        }).observe(root.querySelector('[aria-live=polite]'), { childList: true });
      });
      await ask(page, 'slow headphones');
      const said = await page.evaluate(() => window.said);
      is(
        said.slice(0, 2),
        ['The assistant is answering', 'Here are over-ear headphones under $200, none of them red.'],
        'the first that is heard',
      );
      is(said.at(-1), '6 cards shown', 'the last that is heard');
      is(new Set(said).size, said.length, `nothing twice: ${said}`);
    }),
  );

  await check('stop keeps what was written, and it can be asked again', () =>
    withPage({ base: mock.url }, async (page) => {
      await say(page, 'slow headphones');
      await page.locator('.answer .prose').waitFor();
      await page.locator('.go.halt').click();
      await quiet(page);
      await page.locator('.trouble', { hasText: 'Stopped' }).waitFor();
      truth((await page.locator('.answer .prose').textContent()).length > 0, 'the written text is there');
      is(await focused(page), 'textarea', 'focus after the stop');
      await page.locator('.trouble .button').click();
      await until(
        () =>
          page
            .locator('.trouble')
            .count()
            .then((n) => n === 0),
        'the new answer',
      );
      await quiet(page);
    }),
  );

  await check('a cut connection is taken up again and nothing is doubled', () =>
    withPage({ base: mock.url }, async (page) => {
      await ask(page, 'cut headphones');
      const text = await page.locator('.answer .prose').first().textContent();
      is(
        text
          .replace(/\s+/g, ' ')
          .trim()
          .startsWith('Here are over-ear headphones under $200, none of them red. The first two stand out:'),
        true,
        text,
      );
      is(text.match(/Shall I compare/g)?.length, 1, 'the end, once');
    }),
  );

  await check('a reload in the middle of an answer goes on with it', () =>
    withPage({ base: mock.url }, async (page) => {
      await say(page, 'slow headphones');
      await page.locator('.answer .product').first().waitFor();
      await page.reload();
      await page.locator('.panel .answer').waitFor();
      await quiet(page);
      is(await page.locator('.bubble').count(), 1, 'one question');
      truth(
        (await page.locator('.answer').textContent()).includes('Shall I compare them?'),
        'the whole answer',
      );
      await page.reload();
      await page.locator('.panel .answer .prose').waitFor();
      is(await page.locator('.answer').count(), 1, 'one answer, from the history');
    }),
  );
}

async function trouble() {
  await check('offline: the message is kept, waits, and goes out by itself', () =>
    withPage({ base: mock.url }, async (page) => {
      await openChat(page);
      await page.locator('.starters button').first().waitFor();
      await page.context().setOffline(true);
      await say(page, 'headphones');
      await page.locator('.user.queued').waitFor();
      await page.context().setOffline(false);
      await page.locator('.answer .product').first().waitFor();
    }),
  );

  await check('refused: the reason, the message kept, one button', () =>
    withPage({ base: mock.url }, async (page) => {
      mock.state.refuse = { '/api/chat': 429 };
      await say(page, 'headphones');
      await page.locator('.trouble', { hasText: 'Try again in 7 seconds' }).waitFor();
      mock.state.refuse = {};
      await page.locator('.trouble .button').click();
      await page.locator('.answer .product').first().waitFor();
      await quiet(page);
      is(await page.locator('.bubble').count(), 1, 'one message');
    }),
  );

  await check('a picture that cannot be loaded becomes the drawn one', () =>
    withPage({ base: mock.url, path: '/widget.js' }, async (page) => {
      await page.addInitScript(() => {
        const ask = window.fetch;
        window.fetch = async (...args) => {
          const r = await ask(...args);
          if (!String(args[0]).startsWith('/api/products?')) return r;
          const body = await r.json();
          for (const p of body.shown) p.image = 'https://pictures.invalid/none.jpg';
          return Response.json(body);
        };
      });
      await page.goto(mock.url);
      await until(
        () =>
          page.evaluate(() =>
            [...document.querySelectorAll('.tile img')]
              .slice(0, 4)
              .every((i) => i.src.includes('/img/') && i.naturalWidth > 0),
          ),
        'the drawn pictures',
      );
    }),
  );

  await check('a proposal is confirmed by its button and becomes the receipt', () =>
    withPage({}, async (page) => {
      await openChat(page);
      await ask(page, real ? 'I need an invoice made out to Ann Smith' : 'cancel my order');
      const card = page.locator('.proposal').last();
      await card.locator('.answers .primary').click();
      await card.locator('.tag.good').waitFor();
      is(await card.locator('.answers').count(), 0, 'buttons of a receipt');
      await page.reload();
      await openChat(page);
      await page.locator('.proposal .tag.good').waitFor();
    }),
  );

  await check('data are never markup', () =>
    withPage({ base: mock.url, path: '/?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E' }, async (page) => {
      let alerted = false;
      page.on('dialog', (d) => {
        alerted = true;
        void d.dismiss();
      });
      await page.locator('.state').waitFor();
      await ask(page, '<img src=x onerror=alert(1)> order');
      is(await page.locator('.bubble').textContent(), '<img src=x onerror=alert(1)> order', 'the message');
      is([alerted, await page.locator('img[src="x"]').count()], [false, 0], 'what it did');
    }),
  );
}

async function words() {
  await check('language: one switch for shop and chat, kept over a reload', () =>
    withPage({}, async (page) => {
      await openChat(page);
      await page.locator('.head .text').click();
      await page.locator('.head', { hasText: '自动助手' }).waitFor();
      is(await page.evaluate(() => document.documentElement.lang), 'zh-CN', 'the page');
      await page.locator('.hero', { hasText: '想要什么' }).waitFor();
      await page.reload();
      await page.locator('.hero', { hasText: '想要什么' }).waitFor();
      await openChat(page);
      await ask(page, '耳机');
      truth(
        /[\u4e00-\u9fff]/.test(await page.locator('.answer .prose, .answer .work').first().textContent()),
        'answered in Chinese',
      );
      await page.locator('.top .text').click();
      await page.locator('.head', { hasText: 'Automatic assistant' }).waitFor();
    }),
  );

  await check('feedback, copy, answer again, new chat, history, download, delete', () =>
    withPage({}, async (page) => {
      await ask(page, 'headphones under $200');
      await page.locator('.actions [aria-label="Helpful"]').click();
      await page.locator('.actions [aria-label="Helpful"][aria-pressed="true"]').waitFor();
      await page.locator('.actions [aria-label="Copy the answer"]').click();
      await page.locator('.actions [aria-label="Copied"]').waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      truth(copied.length > 10 && !copied.includes('undefined'), `copied: ${copied}`);
      await page.locator('.actions [aria-label="Answer again"]').click();
      await quiet(page);
      is(await page.locator('.answer').count(), 1, 'one answer after another try');

      const [file] = await Promise.all([
        page.waitForEvent('download'),
        (async () => {
          await page.locator('#menu-button').click();
          await page.locator('[role=menuitem]', { hasText: 'Download' }).click();
        })(),
      ]);
      const kept = JSON.parse(await readFile(await file.path(), 'utf8'));
      truth(kept.messages.length >= 2, 'the file holds the messages');

      await page.locator('#menu-button').click();
      await page.locator('[role=menuitem]', { hasText: 'New chat' }).click();
      await page.locator('.starters button').first().waitFor();
      await page.locator('#menu-button').click();
      await page.locator('[role=menuitem]', { hasText: 'Earlier chats' }).click();
      await page.locator('.history li button', { hasText: 'headphones under $200' }).first().click();
      await page.locator('.answer .product').first().waitFor();
      await page.locator('#menu-button').click();
      await page.locator('[role=menuitem]', { hasText: 'Delete this chat' }).click();
      await page.locator('.confirm .keep').waitFor();
      await page.locator('.confirm .bad').click();
      await page.locator('.starters button').first().waitFor();
      await page.reload();
      await openChat(page);
      await page.locator('.starters button').first().waitFor();
      is(await page.locator('.bubble').count(), 0, 'nothing left');
    }),
  );

  await check('a condition that was understood can be taken away', () =>
    withPage({}, async (page) => {
      await ask(page, 'headphones under $100');
      await page.locator('.work button').first().click();
      const chip = page.locator('.work .chips button').first();
      await chip.waitFor();
      await chip.click();
      await quiet(page);
      is(await page.locator('.bubble').count(), 2, 'it is an ordinary message');
      truth((await page.locator('.answer').count()) === 2, 'with an answer');
    }),
  );

  await check('quick replies and starters are messages; a product’s question names it', () =>
    withPage({}, async (page) => {
      await page.locator('.tile .title').first().waitFor();
      const title = (await page.locator('.tile .title').first().textContent()).trim();
      await page.locator('.tile').first().hover();
      await page.locator('.tile .ask').first().click();
      await page.locator('.about .chip').first().click();
      await page.locator('.bubble', { hasText: title }).waitFor();
      await quiet(page);
      await ask(page, 'headphones under $200');
      await page.locator('.quick .chip').first().click();
      await quiet(page);
      is(await page.locator('.bubble').count(), 3, 'messages');
    }),
  );
}

export async function behaviour() {
  await keyboard();
  await streaming();
  await trouble();
  await words();
  await shopping();
  await embedded();
  await speed();
}

// Photos, against the real shop: chosen, pasted, dropped, taken out again, refused; sent with and without words; shown after a reload, on
// another site, and to the agent who gets the conversation.
import { createServer } from 'node:http';
import { axe, check, is, openChat, picture, quiet, real, say, truth, until, withPage } from './harness.mjs';
import { variants } from './pictures.mjs';

const named = (v) => `photos-${v.width}-${v.dark ? 'dark' : 'light'}-${v.zh ? 'zh' : 'en'}`;

/** A broken cup as a browser draws it: a file of the type and size that is asked for. */
const drawn = (page, type = 'image/jpeg', width = 1200, height = 900) =>
  page.evaluate(
    async ([type, width, height]) => {
      const c = document.createElement('canvas');
      c.width = width;
      c.height = height;
      const g = c.getContext('2d');
      g.scale(width / 400, height / 300);
      g.fillStyle = '#d9cbb8';
      g.fillRect(0, 0, 400, 300);
      g.fillStyle = '#3b6ea5';
      g.fillRect(130, 90, 120, 140);
      g.lineWidth = 14;
      g.strokeStyle = '#3b6ea5';
      g.beginPath();
      g.arc(250, 155, 38, -1.4, 1.4);
      g.stroke();
      g.lineWidth = 4;
      g.strokeStyle = '#f4f0ea';
      g.beginPath();
      for (const [x, y] of [
        [150, 88],
        [172, 130],
        [160, 160],
        [190, 188],
        [182, 232],
      ])
        g.lineTo(x, y);
      g.stroke();
      const b = await new Promise((ok) => c.toBlob(ok, type, 0.9));
      return [...new Uint8Array(await b.arrayBuffer())];
    },
    [type, width, height],
  );

const file = async (page, name, type, ...size) => ({
  name,
  mimeType: type,
  buffer: Buffer.from(await drawn(page, type, ...size)),
});
const choose = async (page, ...files) => {
  await page.locator('.attach').waitFor();
  await page.locator('input[type=file]').setInputFiles(files);
};
const waiting = (page, n) =>
  until(
    async () =>
      (await page.locator('.foot .photos li').count()) === n &&
      (await page.locator('.foot .photos .sending').count()) === 0,
    `${n} photos to send`,
  );
const send = async (page) => {
  await page.locator('.panel textarea').press('Enter');
  await quiet(page);
};
const loaded = (page, selector) =>
  until(
    () =>
      page
        .locator(selector)
        .last()
        .evaluate((i) => i.complete && i.naturalWidth > 0)
        .catch(() => false),
    `the photo in ${selector}`,
  );

/** Gives files as a paste or a drop. */
const give = (page, how, name, type, bytes) =>
  page.locator('.panel textarea').evaluate(
    (at, [how, name, type, bytes]) => {
      const d = new DataTransfer();
      d.items.add(new File([new Uint8Array(bytes)], name, { type }));
      const o = { bubbles: true, cancelable: true, composed: true };
      at.dispatchEvent(
        how === 'paste'
          ? new ClipboardEvent('paste', { ...o, clipboardData: d })
          : new DragEvent('drop', { ...o, dataTransfer: d }),
      );
    },
    [how, name, type, bytes],
  );

async function signIn(page, key = 'demo-agent') {
  await page.locator('input[name=key]').fill(key);
  await page.locator('input[name=key]').press('Enter');
  await page.locator('.queue').waitFor();
}

export async function photos() {
  await check('photos: chosen, pasted, dropped, taken out; what is none is said to be none', () =>
    withPage({}, async (page) => {
      await openChat(page);
      await choose(page, await file(page, 'cup.jpg', 'image/jpeg'));
      await waiting(page, 1);
      await give(page, 'paste', 'cup.png', 'image/png', await drawn(page, 'image/png', 300, 300));
      await waiting(page, 2);
      await give(page, 'drop', 'cup.webp', 'image/webp', await drawn(page, 'image/webp', 300, 400));
      await waiting(page, 3);
      await give(page, 'drop', 'bill.pdf', 'application/pdf', [37, 80, 68, 70]);
      await page.locator('.wrong-photo', { hasText: '“bill.pdf” is no photo' }).waitFor();
      await give(page, 'drop', 'page.png', 'image/png', [...Buffer.from('<html><script>alert(1)</script>')]);
      await page
        .locator('.wrong-photo', { hasText: '“page.png” could not be sent: This is no picture' })
        .waitFor();
      is(await page.locator('.foot .photos .again').count(), 0, 'what would not help is not offered');
      await axe(page, 'photos to send');
      await page.getByRole('button', { name: 'Remove this photo: page.png' }).click();
      await page.getByRole('button', { name: 'Remove this photo: cup.webp' }).click();
      await waiting(page, 2);
      is(await page.locator('.wrong-photo').count(), 0, 'nothing is wrong any more');
      for (let i = 0; i < 2; i++)
        await choose(
          page,
          await file(page, 'a.png', 'image/png', 20, 20),
          await file(page, 'b.png', 'image/png', 20, 20),
        );
      await page.locator('.wrong-photo', { hasText: 'up to five' }).waitFor();
      await waiting(page, 5);
      await send(page);
      is(await page.locator('.user .photos.sent img').count(), 5, 'photos of the message');
      is(await page.locator('.user .bubble').count(), 0, 'words of the message');
      await page.locator('.answer', { hasText: 'I cannot look at photos.' }).waitFor();
    }),
  );

  await check('photos: a large one is made smaller; without a connection it waits, and is sent again', () =>
    withPage({}, async (page) => {
      await openChat(page);
      await page.locator('.attach').waitFor();
      const noise = await page.evaluate(async () => {
        const c = document.createElement('canvas');
        c.width = c.height = 2400;
        const g = c.getContext('2d');
        const d = g.createImageData(2400, 2400);
        const words = new Uint32Array(d.data.buffer);
        for (let i = 0, x = 1; i < words.length; i++) {
          x = (Math.imul(x, 1664525) + 1013904223) | 0;
          words[i] = (x >>> 8) | 0xff000000;
        }
        g.putImageData(d, 0, 0);
        const b = await new Promise((ok) => c.toBlob(ok, 'image/png'));
        const root = document.querySelector('shop-chat').shadowRoot;
        const t = new DataTransfer();
        t.items.add(new File([b], 'noise.png', { type: 'image/png' }));
        root
          .querySelector('textarea')
          .dispatchEvent(
            new DragEvent('drop', { bubbles: true, cancelable: true, composed: true, dataTransfer: t }),
          );
        return b.size;
      });
      truth(noise > 5 << 20, `the large one has ${noise} bytes`);
      await waiting(page, 1);
      await page.getByRole('button', { name: /Remove this photo/ }).click();
      await page.context().setOffline(true);
      await give(page, 'paste', 'cup.png', 'image/png', await drawn(page, 'image/png', 300, 300));
      await page.locator('.wrong-photo', { hasText: 'there is no connection' }).waitFor();
      await page.context().setOffline(false);
      await page.getByRole('button', { name: 'Send this photo again' }).click();
      await waiting(page, 1);
      is(await page.locator('.wrong-photo').count(), 0, 'nothing is wrong any more');
    }),
  );

  await check(
    'photos: damage goes to a person, who sees the photo; the shopper sees it again after a reload',
    () =>
      withPage({}, async (page) => {
        await openChat(page);
        await choose(page, await file(page, 'cup.jpg', 'image/jpeg'));
        await waiting(page, 1);
        await say(page, 'My cup arrived broken, photo test');
        await page.locator('.head', { hasText: 'A person will answer' }).waitFor();
        await loaded(page, '.user .photos.sent img');
        await page.reload();
        await openChat(page);
        await loaded(page, '.user .photos.sent img');
        truth(
          (await page.locator('.user .photos.sent img').getAttribute('src')).startsWith('blob:'),
          'fetched with the token',
        );
        await withPage({ path: '/console' }, async (desk) => {
          await signIn(desk);
          await desk.locator('.row', { hasText: 'photo test' }).first().click();
          await loaded(desk, '.said-by .photo img');
          const at = await desk.locator('.said-by .photo').first().getAttribute('href');
          const [large] = await Promise.all([
            desk.context().waitForEvent('page'),
            desk.locator('.said-by .photo').first().click(),
          ]);
          await large.waitForLoadState();
          is(new URL(large.url()).pathname, at, 'it opens large');
          is(await large.evaluate(() => document.images[0]?.naturalWidth), 1200, 'its width');
          await large.close();
          await axe(desk, 'a photo in the console');
          const stranger = await fetch(`${real}/api/session`, {
            method: 'POST',
            headers: {
              Authorization: 'Bearer demo-widget',
              Origin: real,
              'Content-Type': 'application/json',
            },
            body: '{}',
          });
          const { token } = await stranger.json();
          const other = await fetch(`${real}${at}`, { headers: { Authorization: `Bearer ${token}` } });
          is(other.status, 404, 'another shopper’s request');
        });
      }),
  );

  await check('photos: on another site', async () => {
    const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A shop</title><main><h1>Elsewhere</h1></main>
      <script type="module" src="${real}/widget.js"></script><shop-chat shop="${real}" key="demo-widget"></shop-chat></html>`;
    const host = createServer((_, res) => res.writeHead(200, { 'content-type': 'text/html' }).end(html));
    await new Promise((ok) => host.listen(0, '127.0.0.1', ok));
    try {
      await withPage({ base: `http://127.0.0.1:${host.address().port}` }, async (page) => {
        await openChat(page);
        await choose(page, await file(page, 'cup.jpg', 'image/jpeg'));
        await waiting(page, 1);
        await send(page);
        await loaded(page, '.user .photos.sent img');
        await page.reload();
        await openChat(page);
        await loaded(page, '.user .photos.sent img');
      });
    } finally {
      host.closeAllConnections();
      host.close();
    }
  });

  if (process.env.PICTURES === 'off') return;
  for (const v of variants) {
    if (process.env.VARIANT && !named(v).includes(process.env.VARIANT)) continue;
    await check(`pictures: ${named(v)}`, () =>
      withPage({ width: v.width, dark: v.dark, zh: v.zh }, async (page) => {
        await openChat(page);
        await choose(page, await file(page, 'cup.jpg', 'image/jpeg'));
        await waiting(page, 1);
        await give(page, 'drop', 'bill.pdf', 'application/pdf', [37, 80, 68, 70]);
        await page.locator('.wrong-photo').waitFor();
        await page
          .locator('.panel textarea')
          .fill(v.zh ? '杯子收到时就碎了，照片测试' : 'The cup came like this, broken.');
        await picture(page, `${named(v)}-to-send`);
        await send(page);
        await loaded(page, '.user .photos.sent img');
        await picture(page, `${named(v)}-sent`);
        await withPage({ path: '/console', width: v.width, dark: v.dark, zh: v.zh }, async (desk) => {
          await signIn(desk);
          await desk
            .locator('.row', { hasText: v.zh ? '照片测试' : 'came like this' })
            .first()
            .click();
          await loaded(desk, '.said-by .photo img');
          await picture(desk, `${named(v)}-console`);
        });
      }),
    );
  }
}

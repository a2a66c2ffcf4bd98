import { ask, check, pictured, withPage } from './harness.mjs';

/** The picture that the README shows: the shop, and the chat beside it in the middle of its work. */
export const readme = (file) =>
  check(`the README’s picture, ${file}`, () =>
    withPage({ width: 1280, height: 1160, context: { deviceScaleFactor: 1.5 } }, async (page) => {
      await page.locator('.tile .title').first().waitFor();
      await ask(page, 'wireless headphones under $150, not red');
      await page.locator('.answer .product').first().waitFor();
      await page.evaluate(() => {
        const root = document.querySelector('shop-chat').shadowRoot;
        root.activeElement?.blur();
        root.querySelector('.log').scrollTop = 0; // the question, the cards, the beginning of the words
      });
      await pictured(page);
      await page.screenshot({ path: file });
    }),
  );

import { ask, check, pictured, withPage } from './harness.mjs';

/** The picture that the README shows: the shop, and the chat beside it in the middle of its work. */
export const readme = (file) =>
  check(`the README’s picture, ${file}`, () =>
    withPage({ width: 1280, height: 1000, context: { deviceScaleFactor: 2 } }, async (page) => {
      await page.locator('.tile .title').first().waitFor();
      await ask(page, 'wireless headphones under $150, not red');
      await page.locator('.answer .product').first().waitFor();
      await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.blur());
      await pictured(page);
      await page.screenshot({ path: file });
    }),
  );

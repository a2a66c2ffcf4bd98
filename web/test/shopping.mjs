// Looking through the catalogue: searching, narrowing down, a product’s own page, appearance.
import { ask, check, is, truth, until, withPage } from './harness.mjs';

export async function shopping() {
  await check('search, facets, sort, further pages, and the way back', () =>
    withPage({}, async (page) => {
      const settled = () => page.locator('main[aria-busy="false"] .tile .title').first().waitFor();
      await settled();
      const before = await page.locator('.tile').count();
      await page.locator('.onward .button').click();
      await until(async () => (await page.locator('.tile').count()) > before, 'more products');
      await page.locator('#q').fill('headphones');
      await page.locator('#q').press('Enter');
      await until(() => page.evaluate(() => location.search.includes('q=headphones')), 'the address');
      await settled();
      const total = await page.locator('.listhead .n').textContent();
      const box = page.locator('.filters input').first();
      await box.click();
      await until(
        () => page.evaluate(() => location.search.includes('filter=')),
        'the filter in the address',
      );
      await page.locator('.chips button.chip').first().waitFor();
      await until(async () => (await page.locator('.listhead .n').textContent()) !== total, 'fewer products');
      await page.locator('.sort select').selectOption('price');
      await settled();
      await until(async () => {
        const prices = await page.locator('.tile .price').allTextContents();
        const n = prices.map((x) => Number(x.replace(/[^\d.]/g, ''))).filter((x) => x > 0);
        return n.length > 1 && n.every((x, i) => i === 0 || x >= n[i - 1]);
      }, 'prices in order');
      await page.goBack();
      await page.goBack();
      await until(async () => (await page.locator('.listhead .n').textContent()) === total, 'the way back');
    }),
  );

  await check('a product has an address of its own, and the chat’s cards lead to it', () =>
    withPage({}, async (page) => {
      await ask(page, 'headphones under $200');
      const title = (await page.locator('.answer .product .title').first().textContent()).trim();
      await page.locator('.answer .product .cover').first().click();
      await until(
        async () =>
          (await page
            .locator('.product-page h1')
            .textContent()
            .catch(() => '')) === title,
        `the page of ${title}`,
      );
      const url = page.url();
      truth(url.includes('product='), url);
      await page.goto(url);
      await until(
        async () =>
          (await page
            .locator('.product-page h1')
            .textContent()
            .catch(() => '')) === title,
        'the same by its address',
      );
    }),
  );

  await check('appearance: switched, kept, and the chat follows', () =>
    withPage({}, async (page) => {
      await page.locator('.tools .icon-button').last().click();
      const dark = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const colour = await dark();
      is(await page.locator('shop-chat').getAttribute('theme'), 'dark', 'the chat');
      await page.reload();
      await page.locator('.brand').waitFor();
      is(await dark(), colour, 'after a reload');
    }),
  );
}

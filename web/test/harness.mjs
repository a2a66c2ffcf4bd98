// What the browser tests stand on: one Chromium, pages by variant, checks that go on after a failure, pictures, axe.
import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import axePackage from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { startMock } from './mock.mjs';

const AxeBuilder = axePackage.default ?? axePackage;
export const out = fileURLToPath(new URL('./out/', import.meta.url));
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

export const real = process.env.SHOPKEEPER_URL?.replace(/\/$/, '');
export const mock = await startMock();

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

const failures = [];
let passed = 0;
let pictures = 0;

export async function check(name, fn, most = 60_000) {
  const began = Date.now();
  let timer;
  try {
    const late = new Promise((_, no) => {
      timer = setTimeout(() => no(new Error(`not done within ${most / 1000} s`)), most);
    });
    await Promise.race([fn(), late]);
    passed++;
    console.log(`ok    ${name} (${Date.now() - began} ms)`);
  } catch (e) {
    failures.push(name);
    console.log(`FAIL  ${name}\n      ${String(e?.stack ?? e).replaceAll('\n', '\n      ')}`);
  } finally {
    clearTimeout(timer);
  }
}

export function is(got, want, what) {
  if (JSON.stringify(got) === JSON.stringify(want)) return;
  throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

export function truth(v, what) {
  if (!v) throw new Error(what);
}

/** Waits until fn gives something true. */
export async function until(fn, what, ms = 10_000) {
  const end = Date.now() + ms;
  for (;;) {
    const v = await fn();
    if (v) return v;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for: ${what}`);
    await new Promise((ok) => setTimeout(ok, 25));
  }
}

/** A page of its own in a browser without memory. What the page complains about fails the check that opened it. */
export async function open(o = {}) {
  const { base = real ?? mock.url, path = '/', width = 1280, height = width < 500 ? 760 : 860 } = o;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: o.dark ? 'dark' : 'light',
    locale: o.zh ? 'zh-CN' : 'en-US',
    reducedMotion: o.calm === false ? 'no-preference' : 'reduce',
    timezoneId: 'UTC',
    hasTouch: o.touch ?? false,
    permissions: ['clipboard-read', 'clipboard-write'],
    ...(o.context ?? {}),
  });
  context.setDefaultTimeout(10_000);
  if (o.init) await context.addInitScript(o.init);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (e) => complaints.push(`${e}`));
  page.on('console', (m) => {
    if (m.type() === 'error' && !/Failed to load resource|net::ERR/.test(m.text())) complaints.push(m.text());
  });
  await page.goto(base + path);
  return Object.assign(page, {
    complaints,
    async done() {
      await context.close();
      if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join('; ')}`);
    },
  });
}

export async function withPage(o, fn) {
  const page = await open(o);
  try {
    await fn(page);
  } catch (e) {
    await page.screenshot({ path: `${out}failure-${Date.now()}.png` }).catch(() => {});
    await page.context().close();
    throw e;
  }
  await page.done();
}

/** Waits until what is in view has its picture. Lazy ones further down may never come, so none is waited for by itself. */
export const pictured = (page) =>
  until(
    () =>
      page.evaluate(() => {
        const all = [
          ...document.images,
          ...(document.querySelector('shop-chat')?.shadowRoot?.querySelectorAll('img') ?? []),
        ];
        const seen = (i) => {
          const b = i.getBoundingClientRect();
          return b.width > 0 && b.bottom > 0 && b.top < innerHeight && b.right > 0 && b.left < innerWidth;
        };
        return all.every((i) => i.complete || !seen(i));
      }),
    'the pictures in view',
  );

export async function picture(page, name) {
  await pictured(page);
  await page.screenshot({ path: `${out}${name}.png` });
  pictures++;
}

export async function axe(page, name, part) {
  const builder = new AxeBuilder({ page });
  if (part) builder.include(part);
  const { violations } = await builder.analyze();
  const told = violations.map(
    (v) =>
      `${v.id} (${v.impact}): ${v.help}\n${v.nodes.map((n) => `  ${n.target.join(' ')}: ${n.failureSummary}`).join('\n')}`,
  );
  if (told.length > 0) throw new Error(`axe on ${name}:\n${told.join('\n')}`);
}

// The chat, by hand

export async function openChat(page) {
  if (!(await page.locator('.panel').isVisible())) await page.locator('.launcher').click();
  await page.locator('.panel textarea').waitFor();
}

/** Waits until nothing is being written. */
export const quiet = (page) =>
  until(
    () =>
      page.evaluate(() => {
        const root = document.querySelector('shop-chat').shadowRoot;
        return (
          root.querySelector('.log')?.getAttribute('aria-busy') === 'false' &&
          !root.querySelector('.user.sending') &&
          !root.querySelector('.work .running')
        );
      }),
    'the answer to end',
    20_000,
  );

export async function say(page, text) {
  await openChat(page);
  await page.locator('.panel textarea').fill(text);
  await page.locator('.panel textarea').press('Enter');
  await page.locator('.bubble', { hasText: text }).last().waitFor();
}

export async function ask(page, text) {
  await say(page, text);
  await quiet(page);
}

export async function finish() {
  await browser.close();
  await mock.close();
  console.log(`\n${passed} checks passed, ${failures.length} failed; ${pictures} pictures in web/test/out`);
  for (const f of failures) console.log(`failed: ${f}`);
  process.exit(failures.length > 0 ? 1 : 0);
}

// The page: what stands on every view, and which view it holds.
import { html, nothing, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { type Account, accounts } from '../accounts';
import { icon } from '../icons';
import type { Front } from '../main';
import { listView } from './list';
import { productView } from './product';

export function frame(f: Front): TemplateResult {
  const { words: w, catalogue: c } = f;
  return html`
    <a class="skip" href="#main">${w.t('skip')}</a>
    <header class="top">
      <div class="bar">
        <a class="brand" href="/" aria-label=${w.t('home', { shop: c.shop?.name ?? '' })}
          @click=${(e: MouseEvent) => f.clicked(e, { q: '', category: '', filters: [], sort: '', product: '' })}>
          <span class="mark">${icon('bag', 20)}</span><span class="name">${c.shop?.name ?? ''}</span></a>
        <form class="search" role="search" @submit=${f.searched}>
          <span class="glass">${icon('search')}</span>
          <input id="q" name="q" type="search" maxlength="300" autocomplete="off" enterkeyhint="search" aria-label=${w.t('search')}
            placeholder=${w.t('search.hint')} .value=${live(f.look.q)} @input=${f.typed} @compositionend=${f.typed}>
        </form>
        <div class="tools">
          ${
            c.shop?.demo
              ? html`<label class="account" title=${w.t('account')}>${icon('person', 20)}<span class="sr">${w.t('account')}</span>
                  <select @change=${(e: Event) => f.setAccount((e.target as HTMLSelectElement).value as Account)}>
                    ${accounts.map((a) => html`<option value=${a} ?selected=${a === f.account}>${w.t(`account.${a}`)}</option>`)}
                  </select></label>`
              : nothing
          }
          <button class="icon-button text" lang=${w.lang === 'en' ? 'zh-CN' : 'en'} aria-label=${w.t('lang.switch')} title=${w.t('lang.switch')}
            @click=${() => f.otherLang()}>${w.t('lang.other')}</button>
          <button class="icon-button" aria-label=${w.t(f.theme === 'dark' ? 'theme.light' : 'theme.dark')}
            title=${w.t(f.theme === 'dark' ? 'theme.light' : 'theme.dark')} @click=${() => f.otherTheme()}>
            ${icon(f.theme === 'dark' ? 'sun' : 'moon', 20)}</button>
        </div>
      </div>
    </header>
    <div class="page">
      ${f.front ? hero(f) : nothing}
      ${f.look.product ? productView(f) : listView(f)}
    </div>
    <footer class="bottom">${c.shop?.demo ? html`<p>${w.t('demo')}</p>` : nothing}<p>${w.t('footer')}</p></footer>`;
}

function hero(f: Front): TemplateResult {
  const { words: w, catalogue: c } = f;
  const starters = ((w.lang === 'en' ? c.shop?.starters?.en : c.shop?.starters?.zh) ?? []).slice(0, 3);
  return html`<section class="hero" aria-label=${w.t('hero.ask')}>
    <div class="said">
      <p class="big">${w.t('hero.title')}</p>
      <p>${w.t('hero.text')}</p>
    </div>
    <div class="try">
      ${
        c.shop
          ? starters.map(
              (s) => html`<button @click=${() => f.ask(s)}><span>${s}</span>${icon('right')}</button>`,
            )
          : c.shopless
            ? nothing
            : [1, 2, 3].map(() => html`<span class="bone"></span>`)
      }
      <button class="primary" @click=${() => f.ask()}>${icon('chat')}<span>${w.t('hero.ask')}</span></button>
    </div>
  </section>`;
}

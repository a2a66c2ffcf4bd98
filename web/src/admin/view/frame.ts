// The page around the sections: signing in, navigation, who is here.
import { html, nothing, type TemplateResult } from 'lit';
import { moon, sun } from '../../shared/appearance';
import { drawn, type IconName, icon } from '../../shared/icons';

import { type Desk, type Section, sections } from '../desk';
import { assistants } from './assistants';
import { audit } from './audit';
import { overview } from './overview';
import { trouble } from './parts';
import { spend } from './spend';
import { targets } from './targets';
import { turns } from './turns';

const views: Record<Section, (d: Desk) => TemplateResult> = {
  overview,
  targets,
  turns,
  spend,
  assistants,
  audit,
};
const icons: Record<Section, IconName> = {
  overview: 'grid',
  targets: 'scale',
  turns: 'clock',
  spend: 'ticket',
  assistants: 'chat',
  audit: 'book',
};

export function frame(d: Desk): TemplateResult {
  const { t } = d.words;
  if (!d.session)
    return html`${head(d)}<main id="main" class="signin" tabindex="-1">
      ${d.missed ? html`<h1>${t('title')}</h1>${trouble(d, d.missed, () => void d.begin())}` : html`<div class="bones" aria-busy="true"><div class="bone"></div></div>`}
    </main>`;
  if (!d.admin) return html`${head(d)}${signIn(d)}`;
  return html`<a class="skip" href="#main" @click=${(e: Event) => {
    e.preventDefault();
    document.querySelector<HTMLElement>('#main')?.focus();
  }}>${t('skip')}</a>
    ${head(d)}
    <div class="body">
      <nav aria-label=${t('nav')}>
        ${sections.map(
          (s) =>
            html`<a href=${`#/${s}`} aria-current=${s === d.section ? 'page' : nothing}>${icon(icons[s])}<span>${t(s)}</span></a>`,
        )}
      </nav>
      <main id="main" tabindex="-1">
        ${navigator.onLine ? nothing : html`<p class="offline" role="status">${icon('offline')}${t('offline')}</p>`}
        <h1>${t(d.section)}</h1>
        ${views[d.section](d)}
      </main>
    </div>`;
}

function head(d: Desk): TemplateResult {
  const { t, lang } = d.words;
  return html`<header class="top">
    <span class="brand">Shopkeeper <span class="n">${t('title')}</span></span>
    <div class="tools">
      ${
        d.session?.signed_in
          ? html`<span class="who">${icon('person')}<span>${t('who', { id: d.session.id ?? '', tenant: d.session.tenant ?? '' })}</span></span>
              <button class="button small" @click=${() => void d.signOut()}>${t('signout')}</button>`
          : nothing
      }
      <button class="button small" lang=${lang === 'en' ? 'zh-CN' : 'en'} aria-label=${t('lang.switch')} @click=${() => d.setLang()}>${t('lang.other')}</button>
      <button class="icon-button" aria-label=${t(d.theme === 'dark' ? 'theme.light' : 'theme.dark')} @click=${() => d.setTheme()}>
        ${drawn(d.theme === 'dark' ? sun : moon, 20)}
      </button>
    </div>
  </header>`;
}

function signIn(d: Desk): TemplateResult {
  const { t } = d.words;
  const s = d.session;
  return html`<main id="main" class="signin" tabindex="-1">
    <form
      class="card"
      @submit=${(e: Event) => {
        e.preventDefault();
        void d.signIn(new FormData(e.target as HTMLFormElement).get('key')?.toString() ?? '');
      }}
    >
      <h1>${t('signin')}</h1>
      <p>${t('signin.lead')}</p>
      ${s?.signed_in ? html`<p class="bad" role="alert">${t('notadmin', { id: s.id ?? '', role: s.role ?? '' })}</p>` : nothing}
      <label>
        ${t('signin.key')}
        <input name="key" type="password" autocomplete="current-password" required autofocus spellcheck="false">
      </label>
      ${d.refusal ? html`<p class="bad" role="alert">${d.refusal}</p>` : nothing}
      <button class="button go" aria-disabled=${d.signing}>${t(d.signing ? 'signing' : 'signin')}</button>
      ${s?.methods.includes('oidc') ? html`<a class="button" href="/api/login/oidc?to=/admin">${icon('person')}${t('signin.oidc')}</a>` : nothing}
      <p class="n">${t('signin.how')}<br>${t('signin.demo')}</p>
    </form>
  </main>`;
}

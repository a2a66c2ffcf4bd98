import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../icons';
import type { Front } from '../main';

/** What happened, what was kept, one button. */
export function trouble(f: Front, title: string): TemplateResult {
  const { words: w, catalogue: c } = f;
  const offline = navigator.onLine === false;
  return html`<div class="state" role="alert">
    ${icon(offline ? 'offline' : 'alert', 20)}
    <h2>${title}</h2>
    <p>${w.t(offline ? 'error.offline' : 'error.text')}</p>
    ${c.trouble?.request ? html`<p class="ref">${w.t('error.request', { id: c.trouble.request })}</p>` : nothing}
    <div class="acts"><button class="button primary" @click=${() => f.retry()}>${w.t('error.retry')}</button></div>
  </div>`;
}

import { html, nothing, type TemplateResult } from 'lit';
import type { Policy } from '../../shared/cards';
import { icon } from '../../shared/icons';
import { rendered } from '../nodes';
import type { Ui } from '../ui';

export function policyCard(ui: Ui, id: string, p: Policy): TemplateResult {
  const long = p.quote.length > 280;
  const open = !long || ui.opened(`policy:${id}`);
  return html`<figure class="card policy">
    <blockquote class=${open ? '' : 'short'}>${rendered(p.quote, false)}</blockquote>
    ${
      open
        ? nothing
        : html`<button class="link" aria-expanded="false" @click=${() => ui.toggle(`policy:${id}`)}>${ui.t('product.more')}</button>`
    }
    <figcaption>${icon('book')}<span>${ui.t('policy.source', { document: p.document, section: p.section })}${
      p.version
        ? html`<span class="version"> · ${ui.t('policy.version', { version: p.version })}</span>`
        : nothing
    }</span></figcaption>
  </figure>`;
}

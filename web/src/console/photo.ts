// A customer's photo in the conversation: small, and a link to the picture itself.
import { html, type TemplateResult } from 'lit';
import type { Photo } from '../widget/turn';
import type { Words } from './words';

export function photo({ t }: Pick<Words, 't'>, p: Photo): TemplateResult {
  const name = t('photo', { width: p.width, height: p.height });
  return html`<a class="photo" href=${p.url} target="_blank" rel="noopener" title=${name}><img src=${p.url} alt=${name} width=${p.width} height=${p.height} loading="lazy" /></a>`;
}

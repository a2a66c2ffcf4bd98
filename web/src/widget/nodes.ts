import { html, type TemplateResult } from 'lit';
import { type Block, type Inline, markdown } from './markdown';

/** `live`: the text is still growing; its links cannot take the focus yet, because the stream is hidden from readers of speech. */
function inlines(of: Inline[], live: boolean): (TemplateResult | string)[] {
  return of.map((n) => {
    switch (n.t) {
      case 'text':
        return n.text;
      case 'br':
        return html`<br>`;
      case 'code':
        return html`<code>${n.text}</code>`;
      case 'link':
        return html`<a href=${n.href} target="_blank" rel="noopener noreferrer nofollow" tabindex=${live ? -1 : 0}>${inlines(n.of, live)}</a>`;
      case 'strong':
        return html`<strong>${inlines(n.of, live)}</strong>`;
      case 'em':
        return html`<em>${inlines(n.of, live)}</em>`;
      default:
        return html`<s>${inlines(n.of, live)}</s>`;
    }
  });
}

function block(b: Block, live: boolean): TemplateResult {
  switch (b.t) {
    case 'pre':
      return html`<pre tabindex="0"><code>${b.text}</code></pre>`;
    case 'ul':
      return html`<ul>${b.items.map((i) => html`<li>${inlines(i, live)}</li>`)}</ul>`;
    case 'ol':
      return html`<ol start=${b.start}>${b.items.map((i) => html`<li>${inlines(i, live)}</li>`)}</ol>`;
    case 'h':
      return html`<p class="h">${inlines(b.of, live)}</p>`;
    default:
      return html`<p>${inlines(b.of, live)}</p>`;
  }
}

export const rendered = (text: string, live: boolean): TemplateResult[] =>
  markdown(text, live).map((b) => block(b, live));

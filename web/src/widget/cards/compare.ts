import { html, type TemplateResult } from 'lit';
import type { Compare } from '../../shared/cards';
import { fieldName, link, picture } from '../../shared/product';
import type { Ui } from '../ui';

export function compareCard(ui: Ui, data: Compare): TemplateResult {
  return html`<div class="compare" role="region" tabindex="0" aria-label=${ui.t('compare.label')}>
    <table>
      <thead>
        <tr>
          <td><span class="sr">${ui.t('compare.attribute')}</span></td>
          ${data.products.map(
            (p) => html`<th scope="col">
              ${picture(ui, p, 64)}
              <a class="title" href=${link(ui, p)} @click=${(e: MouseEvent) => ui.go(e, p)}>${p.title}</a>
            </th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${data.rows.map(
          (r) => html`<tr>
            <th scope="row">${fieldName(ui, r.name)}</th>
            ${r.values.map((v, i) =>
              v === null || v === undefined
                ? html`<td class="unknown" title=${ui.t('compare.unknown')}><span aria-hidden="true">—</span><span class="sr">${ui.t('compare.unknown')}</span></td>`
                : i === r.better
                  ? html`<td class="better">${v}${r.unit ? ` ${r.unit}` : ''}<i class="dot" aria-hidden="true" title=${ui.t('compare.better')}></i><span class="sr">, ${ui.t('compare.better')}</span></td>`
                  : html`<td>${v}${r.unit ? ` ${r.unit}` : ''}</td>`,
            )}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

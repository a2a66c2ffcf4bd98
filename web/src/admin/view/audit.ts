import { html, nothing, type TemplateResult } from 'lit';
import type { Desk } from '../desk';
import { csvButton, empty, loaded, type Table, tableOf, when } from './parts';

export const audit = (d: Desk): TemplateResult => {
  const { t, any, lang } = d.words;
  return html`<p class="lead">${t('audit.lead')}</p>
    ${loaded(d, d.data.audit, (acts) => {
      if (acts.length === 0) return empty(t('empty.audit'));
      const table: Table = {
        head: [t('time'), t('actor'), t('act'), t('object'), t('detail')],
        rows: acts.map((a) => [a.at, a.actor, a.act, a.object ?? '', a.detail ?? '']),
        shown: acts.map((a) => [
          when(a.at, lang),
          a.actor,
          any(`act.${a.act}`, a.act),
          a.object ?? '',
          a.detail ?? '',
        ]),
      };
      return html`<section class="card">
          <div class="tools">${csvButton(d, t('audit'), table, 'audit')}</div>
          ${tableOf(t('audit'), table)}
        </section>
        ${d.auditBefore ? html`<p><button class="button" aria-disabled=${d.data.audit.loading} @click=${() => void d.older()}>${t('older')}</button></p>` : nothing}`;
    })}`;
};

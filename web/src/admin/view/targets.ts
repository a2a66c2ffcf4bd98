import { html, nothing, type TemplateResult } from 'lit';
import type { Target } from '../api';
import type { Desk } from '../desk';
import { span } from '../shape';
import { empty, loaded, mark, when } from './parts';

const tones = { ready: 'good', cooling: 'bad', probing: 'warn' } as const;

export const targets = (d: Desk): TemplateResult =>
  html`<p class="lead">${d.words.t('targets.lead')}</p>
    ${loaded(d, d.data.targets, (aliases) =>
      aliases.length === 0
        ? empty(d.words.t('empty.targets'))
        : html`<div class="aliases">
          ${aliases.map(
            (a) =>
              html`<section class="card">
                <h2><code>${a.name}</code></h2>
                <ol class="rungs">
                  ${a.rungs.map(
                    (r, i) =>
                      html`<li>
                        <span class="n">${d.words.t('rung', { n: i + 1 })}</span>
                        <ul>
                          ${r.targets.map((t) => target(d, t))}
                        </ul>
                      </li>`,
                  )}
                </ol>
              </section>`,
          )}
        </div>`,
    )}`;

function target(d: Desk, x: Target): TemplateResult {
  const { t, lang } = d.words;
  return html`<li class="target">
    <div class="line">
      <strong>${x.name}</strong>
      <span class="n">${x.provider || t('builtin')}</span>
      ${mark(tones[x.state], t(`state.${x.state}`))}
    </div>
    <p class="n">
      ${t('target.load', { n: x.in_flight, q: x.queued })}${x.ttft_ms ? html` · ${t('target.first', { span: span(x.ttft_ms, lang) })}` : nothing}${
        x.keys.length > 0 ? html` · ${t('target.keys', { n: x.keys.length })}` : nothing
      }
    </p>
    ${x.why ? html`<p class="why">${x.why}</p>` : nothing}
    ${x.keys
      .filter((k) => k.state === 'parked')
      .map(
        (k) =>
          html`<p>${mark('warn', k.why ? t('key.parked.for', { name: k.name, until: when(k.until, lang), why: k.why }) : t('key.parked', { name: k.name, until: when(k.until, lang) }))}</p>`,
      )}
  </li>`;
}

// The page of documents: the list, the editor with its versions; on a small screen one of them at a time.
import { html, nothing, type TemplateResult } from 'lit';
import { live as kept } from 'lit/directives/live.js';
import { dateExact } from '../shared/format';
import { icon } from '../shared/icons';
import { rendered } from '../widget/nodes';
import type { Console } from './console';
import { diff } from './diff';
import { type Entry, type Form, type Knowledge, kinds, standing, states } from './knowledge';
import { speakOf } from './knowledge-words';

type Out = TemplateResult | typeof nothing;

export function knowledge(d: Console, k: Knowledge): TemplateResult {
  return html`<main class="desk books ${k.id === undefined ? '' : 'one'}">${list(d, k)}${document_(d, k)}</main>`;
}

const tone: Record<string, string> = {
  force: 'good',
  later: 'info',
  draft: 'warn',
  ended: '',
  replaced: '',
  withdrawn: '',
};

function stands(d: Console, v: Entry & { force: boolean }): TemplateResult {
  const { t } = speakOf(d.words.lang);
  const s = standing(v, d.now);
  const date = v.effective ? dateExact(v.effective, d.words.lang) : '';
  return html`<span class="tag ${tone[s]}">${t(`standing.${s}`, { date })}</span>`;
}

function list(d: Console, k: Knowledge): TemplateResult {
  const { t } = speakOf(d.words.lang);
  const choice = (name: 'kind' | 'lang' | 'state', of: readonly string[]): TemplateResult =>
    html`<label class="field">${t(name)}<select @change=${(e: Event) => k.choose({ [name]: (e.target as HTMLSelectElement).value })}>
      ${['', ...of].map((v) => html`<option value=${v} ?selected=${k.filter[name] === v}>${t(`${name}.${v}` as 'kind.')}</option>`)}</select></label>`;
  return html`<section class="queue" aria-label=${t('list')}>
    <div class="filters">${choice('kind', kinds)}${choice('lang', ['en', 'zh'])}${choice('state', states)}</div>
    <input type="search" aria-label=${t('search')} placeholder=${t('search')} .value=${kept(k.filter.q)}
      @input=${(e: Event) => k.choose({ q: (e.target as HTMLInputElement).value.trim() })}>
    <div class="acts">
      <a class="button small" href="#/knowledge/${k.filter.kind || 'macro'}/">${t('new')}</a>
      ${
        k.candidates > 0 && k.filter.state !== 'candidate'
          ? html`<button class="button small" @click=${() => k.choose({ state: 'candidate', kind: '', lang: '', q: '' })}>${icon('info')}${t('candidates', { n: k.candidates })}</button>`
          : nothing
      }
    </div>
    ${
      k.rows === undefined
        ? html`<div class="bones" aria-busy="true">${[1, 2, 3].map(() => html`<div class="bone"></div>`)}</div>`
        : k.rows.length === 0
          ? html`<p class="lead">${k.filter.state === 'candidate' ? t('empty.candidate') : Object.values(k.filter).some(Boolean) ? t('empty.search') : t('empty')}</p>`
          : html`<ul class="rows" aria-label=${t('list')}>${k.rows.map((r) => html`<li>${row(d, k, r)}</li>`)}</ul>`
    }
    ${k.trouble && k.id === undefined ? html`<p class="bad" role="alert">${k.trouble}</p>` : nothing}
  </section>`;
}

function row(d: Console, k: Knowledge, r: Entry): TemplateResult {
  const { t, any } = speakOf(d.words.lang);
  const force = r.in_force === r.version;
  return html`<a class="row" href="#/knowledge/${r.kind}/${encodeURIComponent(r.id)}" aria-current=${k.kind === r.kind && k.id === r.id ? 'true' : nothing}>
    <span class="title" lang=${r.lang || nothing}>${r.title}</span>
    <span class="chips"><span class="tag">${t(`kind.${r.kind}`)}</span>${r.lang ? html`<span class="tag">${any(`lang.${r.lang}`, r.lang)}</span>` : nothing}${
      r.candidate
        ? html`<span class="tag warn">${t('state.candidate')}</span>`
        : r.in_force && !force
          ? html`<span class="tag good">${t('standing.force')}</span>${r.state === 'draft' ? html`<span class="tag warn">${t('draft.waits')}</span>` : stands(d, { ...r, force })}`
          : stands(d, { ...r, force })
    }</span>
  </a>`;
}

function document_(d: Console, k: Knowledge): TemplateResult {
  const { t } = speakOf(d.words.lang);
  if (k.id === undefined)
    return html`<section class="talk none"><p class="lead">${t('choose')}</p></section>`;
  const fresh = k.id === '';
  const back = html`<a class="icon-button small-only" href="#/knowledge" aria-label=${t('back')}>${icon('back', 20)}</a>`;
  if (!fresh && !k.open)
    return html`<section class="talk none">${back}${k.trouble ? html`<p class="bad" role="alert">${k.trouble}</p><button class="button small" @click=${() => d.pages.follow()}>${d.words.t('again')}</button>` : html`<div class="bone" aria-busy="true"></div>`}</section>`;
  const v = k.newest;
  const title = v?.title || t('new.document');
  const candidate =
    v?.state === 'draft' &&
    !!v.origin?.startsWith('suggestion:') &&
    !k.open?.versions.some((x) => x.in_force);
  return html`<section class="talk" aria-label=${title}>
    <header class="bar">${back}
      <div class="what"><h2 class="title">${title}</h2><p class="owner">${t(`kind.${k.kind}`)}${v ? html` · ${k.id} ${stands(d, { ...v, in_force: v.version, force: v.in_force } as Entry & { force: boolean })}` : nothing}</p></div>
      <div class="views" role="group" aria-label=${t('parts')}>${(['edit', 'preview', 'versions'] as const)
        .filter((x) => x !== 'versions' || !fresh)
        .map(
          (x) => html`<button aria-pressed=${k.tab === x} @click=${() => k.look(x)}>${t(x)}</button>`,
        )}</div>
    </header>
    ${candidate ? html`<p class="gist">${icon('info')}<span>${t('candidate')}</span></p>` : nothing}
    <div class="paper" tabindex="0" role="group" aria-label=${t(k.tab)}>${k.tab === 'edit' ? editor(d, k) : k.tab === 'preview' ? preview(d, k) : versions(d, k)}</div>
    ${k.trouble ? html`<p class="bad" role="alert">${k.trouble}</p>` : nothing}
    ${k.done ? html`<p class="good" role="status">${icon('check')}${k.done}</p>` : nothing}
    ${k.tab === 'versions' ? nothing : acts(d, k, candidate)}
  </section>`;
}

function editor(d: Console, k: Knowledge): TemplateResult {
  const { t } = speakOf(d.words.lang);
  const f = k.form;
  const no = !k.mayEdit;
  const on = (name: keyof Form) => (e: Event) => k.write({ [name]: (e.target as HTMLInputElement).value });
  const lang = f.lang || nothing;
  return html`<form class="editor" @submit=${(e: Event) => {
    e.preventDefault();
    void k.save();
  }}>
    ${no ? html`<p class="lead">${t('readonly')}</p>` : nothing}
    ${
      k.id === ''
        ? html`<label class="field">${t('kind')}<select @change=${(e: Event) => {
            location.hash = `#/knowledge/${(e.target as HTMLSelectElement).value}/`;
          }}>${kinds.filter((x) => x === 'macro' || k.mayPublish).map((x) => html`<option value=${x} ?selected=${x === k.kind}>${t(`kind.${x}`)}</option>`)}</select></label>`
        : nothing
    }
    <label class="field wide">${t('title')}<input lang=${lang} maxlength="200" ?readonly=${no} .value=${kept(f.title)} @input=${on('title')}></label>
    <label class="field">${t('lang')}<select ?disabled=${no} @change=${on('lang')}>${['', 'en', 'zh'].map((x) => html`<option value=${x} ?selected=${x === f.lang}>${t(`lang.${x}` as 'lang.')}</option>`)}</select></label>
    <label class="field wide">${t('tags')}<input lang=${lang} ?readonly=${no} .value=${kept(f.tags)} @input=${on('tags')}></label>
    <label class="field">${t('label')}<input maxlength="40" ?readonly=${no} .value=${kept(f.label)} @input=${on('label')}></label>
    <label class="field whole">${t(k.kind === 'macro' ? 'text.macro' : 'text')}<textarea rows=${k.kind === 'macro' ? 6 : 14} lang=${lang} ?readonly=${no} .value=${kept(f.text)} @input=${on('text')}></textarea></label>
    <label class="field whole">${t('phrases')}<textarea rows="4" lang=${lang} ?readonly=${no} .value=${kept(f.phrases)} @input=${on('phrases')}></textarea></label>
  </form>`;
}

function preview(_d: Console, k: Knowledge): TemplateResult {
  return html`<article class="prose" lang=${k.form.lang || nothing}><h3>${k.form.title}</h3>${k.kind === 'macro' ? html`<p class="plain-text">${k.form.text}</p>` : rendered(k.form.text, false)}</article>`;
}

function acts(d: Console, k: Knowledge, candidate: boolean): Out {
  const { t } = speakOf(d.words.lang);
  if (!k.mayEdit) return nothing;
  const v = k.newest;
  const ready = !k.busy && k.form.title.trim() !== '' && k.form.text.trim() !== '';
  const date = (name: 'effective' | 'ends'): TemplateResult =>
    html`<label class="field">${t(name)}<input type="datetime-local" .value=${kept(k.form[name])}
      @change=${(e: Event) => k.write({ [name]: (e.target as HTMLInputElement).value })}></label>`;
  return html`<div class="composer">
    ${k.mayPublish ? html`<div class="dates">${date('effective')}${date('ends')}</div>` : html`<p class="hint">${t('draft.only')}</p>`}
    <div class="acts">
      <button class="button" ?disabled=${!ready || !k.dirty} @click=${() => void k.save()}>${t('save')}</button>
      ${k.mayPublish ? html`<button class="button go" ?disabled=${!ready || (!k.dirty && v?.state !== 'draft')} @click=${() => void k.publish()}>${t('publish')}</button>` : nothing}
      ${
        k.mayPublish && candidate
          ? html`<button class="button" ?disabled=${k.busy} @click=${() => void k.withdraw(v!.version)}>${t('dismiss')}</button>`
          : k.mayPublish && k.open?.versions.some((x) => x.state === 'published')
            ? html`<button class="button" ?disabled=${k.busy} @click=${() => void k.withdraw()}>${t('withdraw.all')}</button>`
            : nothing
      }
    </div>
  </div>`;
}

function versions(d: Console, k: Knowledge): Out {
  const { t, any } = speakOf(d.words.lang);
  const all = k.open?.versions ?? [];
  const at = all.findIndex((v) => v.version === k.compared);
  const v = all[at];
  if (!v) return nothing;
  const old = all[at + 1];
  const changes = diff(old?.text ?? v.text, v.text); // nothing was before the first
  const when = (iso: string | undefined): string => (iso ? dateExact(iso, d.words.lang) : '');
  return html`<div class="history">
    <ol class="rows" aria-label=${t('versions')}>${all.map(
      (
        x,
      ) => html`<li><button class="row" aria-current=${x === v ? 'true' : nothing} @click=${() => k.compare(x.version)}>
        <span class="title">${t('version', { n: x.version })} ${stands(d, { ...x, in_force: x.version, force: x.in_force } as Entry & { force: boolean })}</span>
        <span class="said">${[
          x.cited !== String(x.version) ? t('cited', { v: x.cited }) : '',
          x.author ? t('by', { author: x.author }) : any(`from.${x.origin}`, x.origin ?? ''),
          when(x.changed),
        ]
          .filter(Boolean)
          .join(' · ')}</span>
        ${x.ends ? html`<span class="said">${t('ends')}: ${when(x.ends)}</span>` : nothing}
      </button></li>`,
    )}</ol>
    <div class="changes">
      <h3>${old ? t('compare', { a: old.version, b: v.version }) : t('compare.first')}</h3>
      ${old && old.text === v.text ? html`<p class="lead">${t('same')}</p>` : nothing}
      <ol class="diff" lang=${v.lang || nothing}>${changes.map(
        (l) =>
          html`<li class=${l.sign === '+' ? 'plus' : l.sign === '-' ? 'minus' : ''}>${
            l.sign === ' '
              ? nothing
              : html`<span class="sign" role="img" aria-label=${t(l.sign === '+' ? 'added' : 'removed')}>${l.sign === '+' ? '+' : '−'}</span>`
          }<span>${l.text || '\u00a0'}</span></li>`,
      )}</ol>
      <div class="acts">
        ${k.mayEdit ? html`<button class="button small" @click=${() => k.use(v)}>${t('use')}</button>` : nothing}
        ${k.mayPublish && v.state !== 'withdrawn' ? html`<button class="button small" ?disabled=${k.busy} @click=${() => void k.withdraw(v.version)}>${t('withdraw')}</button>` : nothing}
      </div>
    </div>
  </div>`;
}

// The page: queue, conversation, context; on a small screen one of them at a time.
import { html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { live as kept } from 'lit/directives/live.js';
import { moon, sun } from '../shared/appearance';
import { dateExact, money } from '../shared/format';
import { drawn, icon } from '../shared/icons';
import { card, safely } from '../widget/cards/card';
import type { Photo } from '../widget/turn';
import type { Console } from './console';
import { pageNames } from './pages';
import { photo } from './photo';
import { lookupButton, lookupDialog, review } from './review-view';
import { approvals, doubt, tray } from './tray-view';
import { left, type Message, type Row, ticking, type View, views } from './types';

type Out = TemplateResult | typeof nothing;

export function page(d: Console): TemplateResult {
  const { t } = d.words;
  if (!d.session)
    return html`${head(d)}<main class="signin">${
      d.missed
        ? html`<p role="alert">${t('unreachable')}</p><button class="button" @click=${() => void d.begin()}>${t('again')}</button>`
        : html`<div class="bone" aria-busy="true"></div>`
    }</main>`;
  if (!d.staff) return html`${head(d)}${signIn(d)}`;
  return html`${head(d)}
    ${d.connected ? nothing : html`<p class="offline" role="status">${icon('offline')}${t('reconnecting')}</p>`}
    ${
      d.pages.name
        ? (d.pages.page?.view() ?? loading(d))
        : html`<main class="desk ${d.opening ? 'one' : ''} ${d.side ? 'side' : ''}">
      ${queue(d)}
      ${conversation(d)}
      ${context(d)}
    </main>`
    }
    ${lookupDialog(d)}
    ${d.help ? help(d) : nothing}`;
}

function head(d: Console): TemplateResult {
  const { t, lang } = d.words;
  return html`<header class="top">
    ${d.staff ? html`<h1 class="brand">Shopkeeper <span class="n">${t('title')}</span></h1>` : html`<span class="brand">Shopkeeper <span class="n">${t('title')}</span></span>`}
    <div class="tools">
      ${
        d.staff
          ? html`<span class="who">${icon('person')}<span>${t('who', { id: d.me, tenant: d.session?.tenant ?? '' })}</span></span>
              ${links(d)}
              <button class="button small" aria-pressed=${d.bell.on} title=${t('bell.hint')} @click=${() => void d.toggleBell()}>${t(d.bell.on ? 'bell.on' : 'bell.off')}</button>
              <button class="button small" @click=${() => d.setHelp(true)}>${t('help')}</button>
              <button class="button small" @click=${() => void d.signOut()}>${t('signout')}</button>`
          : nothing
      }
      <button class="button small" lang=${lang === 'en' ? 'zh-CN' : 'en'} aria-label=${t('lang.switch')} @click=${() => d.setLang()}>${t('lang.other')}</button>
      <button class="icon-button" aria-label=${t(d.theme === 'dark' ? 'theme.light' : 'theme.dark')} @click=${() => d.setTheme()}>${drawn(d.theme === 'dark' ? sun : moon, 20)}</button>
    </div>
  </header>`;
}

/** The ways to the other pages. */
function links(d: Console): TemplateResult[] {
  return ['', ...pageNames]
    .filter((p) => p !== d.pages.name)
    .map(
      (p) =>
        html`<a class="button small" href="#/${p}">${d.words.t((p || 'conversations') as 'conversations')}</a>`,
    );
}

function loading(d: Console): TemplateResult {
  return html`<main class="signin">${
    d.pages.missed
      ? html`<p role="alert">${d.words.t('unloaded')}</p><button class="button" @click=${() => location.reload()}>${d.words.t('again')}</button>`
      : html`<div class="bone" aria-busy="true" aria-label=${d.words.t('loading')}></div>`
  }</main>`;
}

function signIn(d: Console): TemplateResult {
  const { t } = d.words;
  return html`<main class="signin">
    <h1>${t('signin')}</h1>
    <p class="lead">${t('signin.lead')}</p>
    <form @submit=${(e: SubmitEvent) => {
      e.preventDefault();
      void d.signIn(String(new FormData(e.target as HTMLFormElement).get('key') ?? ''));
    }}>
      <label>${t('signin.key')}<input name="key" type="password" autocomplete="current-password" required autofocus></label>
      <button class="button go" ?disabled=${d.busy}>${t('signin')}</button>
      ${d.refusal ? html`<p class="bad" role="alert">${d.refusal}</p>` : nothing}
    </form>
    ${d.session?.methods.includes('oidc') ? html`<a class="button" href="/api/login/oidc">OIDC</a>` : nothing}
  </main>`;
}

function chip(d: Console, r: Row): Out {
  const c = ticking(r);
  if (!c || !r.waiting) return nothing;
  const l = left(c.due, d.now);
  const tone = l.over ? 'bad' : Date.parse(c.warns) < d.now ? 'warn' : 'info';
  return html`<span class="tag ${tone}">${icon('clock')}${d.words.t(l.over ? 'over' : 'left', { time: l.words })}</span>`;
}

function queue(d: Console): TemplateResult {
  const { t, any } = d.words;
  const rows = d.rows;
  return html`<section class="queue" aria-label=${t('views')}>
    <div class="views" role="group" aria-label=${t('views')}>
      ${views.map(
        (v: View) =>
          html`<button aria-pressed=${d.view === v} @click=${() => d.setView(v)}>${t(`view.${v}`)}${d.counts[v] === undefined ? nothing : html` <span class="num">${d.counts[v]}</span>`}</button>`,
      )}
    </div>
    <input type="search" aria-label=${t('search')} placeholder=${t('search')} .value=${kept(d.search)}
      @change=${(e: Event) => d.find((e.target as HTMLInputElement).value)}>
    ${
      rows === undefined
        ? html`<div class="bones" aria-busy="true">${[1, 2, 3].map(() => html`<div class="bone"></div>`)}</div>`
        : rows.length === 0
          ? html`<p class="lead">${d.search ? t('empty.search', { q: d.search }) : any(`empty.${d.view}`, '')}</p>`
          : html`<ul class="rows" aria-label=${t('list')}>${rows.map(
              (r) => html`<li>${guard([r, r.id === d.opening, d.now, d.words], () => rowView(d, r))}</li>`,
            )}</ul>`
    }
    ${d.trouble && !d.open ? html`<p class="bad" role="alert">${d.trouble}</p>` : nothing}
  </section>`;
}

function rowView(d: Console, r: Row): TemplateResult {
  const { t } = d.words;
  return html`<button class="row" aria-current=${r.id === d.opening ? 'true' : nothing} @click=${() => void d.show(r.id)}>
    <span class="title">${r.priority > 0 ? html`<span class="tag warn">${t('priority', { n: r.priority })}</span>` : nothing}${r.title || r.said}</span>
    <span class="said">${r.said}</span>
    <span class="chips">${chip(d, r)}${viewers(d, r)}${r.tags.map((x) => html`<span class="tag">${x}</span>`)}</span>
  </button>`;
}

/** The others who look at it, before anybody collides. */
function viewers(d: Console, r: Row): TemplateResult[] {
  const all = r.viewers.filter((v) => v.agent !== d.me);
  return all.map(
    (v) =>
      html`<span class="tag warn">${icon('person')}${d.words.t(v.doing === 'typing' ? 'typing' : 'viewing', { agent: v.agent })}</span>`,
  );
}

function said(d: Console, m: Message): Out {
  const { t, any, lang } = d.words;
  if (m.role === 'tool' || m.replaced || (!m.text && !m.cards?.length)) return nothing;
  return html`<li class="said-by ${m.role}">
    <span class="by">${t(`from.${m.role}` as 'from.user', { agent: m.author ?? '' })}${m.ending && m.ending !== 'completed' ? html` (${any(`ending.${m.ending}`, m.ending)})` : nothing}
      <time datetime=${m.at} title=${dateExact(m.at, lang)}>${new Intl.DateTimeFormat(lang, { timeStyle: 'short' }).format(new Date(m.at))}</time></span>
    ${m.text ? html`<p>${m.text}</p>` : nothing}
    ${m.cards?.length ? html`<div class="cards" lang=${lang}>${m.cards.map((c) => safely(() => (c.kind === 'attachment' ? photo(d.words, c.data as Photo) : card(d.cards, `${m.id}/${c.id}`, c))))}</div>` : nothing}
  </li>`;
}

function owner(d: Console, r: Row): string {
  const { t } = d.words;
  if (r.state === 'closed') return t('closed');
  if (r.owner.kind === 'agent')
    return r.owner.agent === d.me ? t('owner.me') : t('owner.agent', { agent: r.owner.agent ?? '' });
  return t(r.owner.kind === 'queue' ? 'owner.queue' : 'owner.assistant');
}

function conversation(d: Console): TemplateResult {
  const { t, any } = d.words;
  if (!d.opening) return html`<section class="talk none"><p class="lead">${t('choose')}</p></section>`;
  const o = d.open;
  if (!o)
    return html`<section class="talk none">${d.trouble ? html`<p class="bad" role="alert">${d.trouble}</p>` : html`<div class="bone" aria-busy="true"></div>`}</section>`;
  const r = o.row;
  const mine = r.owner.kind === 'agent' && r.owner.agent === d.me;
  const theirs = r.owner.kind === 'agent' && !mine;
  const act = (label: string, name: string, more: Record<string, unknown> = {}): TemplateResult =>
    html`<button class="button small" ?disabled=${d.busy} @click=${() => void d.act(name, more)}>${label}</button>`;
  return html`<section class="talk" aria-label=${r.title}>
    <header class="bar">
      <button class="icon-button small-only" aria-label=${t('back')} @click=${() => d.close()}>${icon('back', 20)}</button>
      <div class="what"><h2 class="title">${r.title || r.said}</h2><p class="owner">${owner(d, r)} ${chip(d, r)} ${viewers(d, r)}</p></div>
      <div class="acts">
        <button class="icon-button narrow-only" aria-label=${t('side')} aria-expanded=${d.side} @click=${() => d.setSide(!d.side)}>${icon('person', 20)}</button>
        ${r.state === 'closed' ? act(t('reopen'), 'reopen') : nothing}
        ${r.state === 'open' && !mine && !theirs ? act(t('take'), 'take') : nothing}
        ${mine || r.owner.kind === 'queue' ? act(t('handback'), 'handback') : nothing}
        ${mine ? act(t('queue'), 'assign', { agent: '' }) : nothing}
        ${r.state === 'open' && !theirs ? act(t('close'), 'close') : nothing}
      </div>
    </header>
    ${r.reason ? html`<p class="gist">${icon('info')}<span><b>${t('handoff', { reason: any(`reason.${r.reason}`, r.reason) })}</b> ${r.summary ?? ''}</span></p>` : nothing}
    ${o.rating ? html`<p class="rated"><b aria-label=${t('rated', { n: o.rating.stars })}>${'★'.repeat(o.rating.stars)}${'☆'.repeat(5 - o.rating.stars)}</b> ${o.rating.comment ?? ''}</p>` : nothing}
    ${review(d, r)}
    <ol class="log" data-id=${r.id} tabindex="0" aria-label=${r.title}>${o.messages.map((m) => said(d, m))}</ol>
    ${d.trouble ? html`<p class="bad" role="alert">${d.trouble}</p>` : nothing}
    ${approvals(d)}
    ${theirs || r.state === 'closed' ? nothing : tray(d, r)}
    ${doubt(d)}
    ${composer(d, r, theirs)}
  </section>`;
}

function composer(d: Console, r: Row, theirs: boolean): TemplateResult {
  const { t } = d.words;
  const label = t(d.noting ? 'note' : 'reply');
  return html`<form class="composer ${d.noting ? 'noting' : ''}" @submit=${(e: Event) => {
    e.preventDefault();
    void d.send();
  }}>
    <div class="views" role="group" aria-label=${t('mode')}>
      <button type="button" aria-pressed=${!d.noting} ?disabled=${theirs} @click=${() => d.note(false)}>${t('reply')}</button>
      <button type="button" aria-pressed=${d.noting} @click=${() => d.note(true)}>${t('note')}</button>
    </div>
    ${d.macros.view(d.words, (text) => d.write(r.id, text))}
    <textarea rows="3" aria-label=${label} placeholder=${label} aria-autocomplete="list" aria-controls=${d.macros.found?.length ? 'macros' : nothing} aria-activedescendant=${d.macros.active} .value=${kept(d.draft(r.id))}
      @input=${(e: Event) => {
        d.write(r.id, (e.target as HTMLTextAreaElement).value);
        void d.macros.typed(e.target as HTMLTextAreaElement, r.id);
      }} @keydown=${(e: KeyboardEvent) => {
        d.macros.key(e, (text) => d.write(r.id, text));
        if (!e.defaultPrevented && !d.noting && !theirs)
          d.tray.key(e, (e.target as HTMLTextAreaElement).value === '', () => void d.insert());
      }} @blur=${() => d.macros.close()}></textarea>
    <div class="send"><span class="hint">${t('hint')} · ${t('macros.hint')}</span><button class="button go" ?disabled=${d.busy || (theirs && !d.noting)}>${icon(d.noting ? 'check' : 'send')}${t(d.noting ? 'save' : 'send')}</button></div>
  </form>`;
}

function context(d: Console): Out {
  const { t, any, lang } = d.words;
  const o = d.open;
  if (!o) return html`<aside class="context none"></aside>`;
  const c = o.customer;
  const r = o.row;
  return html`<aside class="context" aria-label=${t('customer')}>
    <button class="icon-button narrow-only end" aria-label=${t('back')} @click=${() => d.setSide(false)}>${icon('close', 20)}</button>
    <h2>${t('customer')}</h2>
    <p>${c.anonymous ? t('anonymous') : c.name || c.id}</p>
    ${c.email ? html`<p class="lead">${c.email}</p>` : nothing}
    ${c.level ? html`<p class="lead">${t('level', { n: c.level })}</p>` : nothing}
    <label class="field">${t('priority.label')}<select .value=${kept(String(r.priority))}
      @change=${(e: Event) => void d.act('labels', { priority: Number((e.target as HTMLSelectElement).value), tags: r.tags })}>
      ${[0, 1, 2, 3].map((n) => html`<option value=${n} ?selected=${n === r.priority}>${n}</option>`)}</select></label>
    <label class="field">${t('tags')}<input .value=${kept(r.tags.join(', '))}
      @change=${(e: Event) =>
        void d.act('labels', {
          priority: r.priority,
          tags: (e.target as HTMLInputElement).value
            .split(/[,，]/)
            .map((x) => x.trim())
            .filter(Boolean),
        })}></label>
    ${
      o.proposals.length > 0
        ? html`<h2>${t('proposals')}</h2><ul class="plain">${o.proposals.map((p) => html`<li>${p.summary} <span class="tag">${any(`proposal.state.${p.state}`, p.state)}</span></li>`)}</ul>`
        : nothing
    }
    <h2>${t('orders')}</h2>
    ${
      c.orders?.length
        ? html`<ul class="plain">${c.orders.map(
            (
              x,
            ) => html`<li><b>${x.id}</b> <span class="tag">${any(`status.${x.status}`, x.status.replaceAll('_', ' '))}</span>
              <span class="num">${money(x.total, lang)}</span><br><span class="lead">${x.items.map((i) => (lang === 'zh-CN' && i.title_zh) || i.title).join(', ')}</span></li>`,
          )}</ul>`
        : html`<p class="lead">${t('orders.none')}</p>`
    }
  ${
    c.coupons?.length
      ? html`<h2>${t('coupons')}</h2><ul class="plain">${c.coupons.slice(0, 5).map((x) => html`<li>${x.title}${x.code ? html` <code>${x.code}</code>` : nothing}</li>`)}</ul>`
      : nothing
  }
    ${
      c.earlier?.length
        ? html`<h2>${t('earlier')}</h2><ul class="plain">${c.earlier.map((x) => html`<li><button class="link" @click=${() => void d.show(x.id)}>${x.title || t('untitled')}</button></li>`)}</ul>`
        : nothing
    }
    ${lookupButton(d)}
  </aside>`;
}

function help(d: Console): TemplateResult {
  const { t } = d.words;
  const all: [string, string][] = [
    ['j k', t('help.j')],
    ['t', t('help.t')],
    ['b', t('help.b')],
    ['r', t('help.r')],
    ['n', t('help.n')],
    ['/', t('help.slash')],
    ['Ctrl+Enter', t('help.send')],
    ['Tab', t('help.tab')],
    ['Alt+↑↓ 1–3', t('help.alt')],
    ['Alt+⌫', t('help.dismiss')],
    ['/', t('help.macro')],
    ['Esc', t('help.esc')],
    ['?', t('help.q')],
  ];
  return html`<dialog open class="help" aria-label=${t('help')}><h2>${t('help')}</h2>
    <dl>${all.map(([k, w]) => html`<dt><kbd>${k}</kbd></dt><dd>${w}</dd>`)}</dl>
    <button class="button" @click=${() => d.setHelp(false)}>OK</button></dialog>`;
}

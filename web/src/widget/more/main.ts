// The widget's second script: photos that a shopper sends, stars for a conversation with a person. It is loaded when the widget opens first, and draws with the widget's own tools.
import type { TemplateResult } from 'lit';
import { translator } from '../../shared/i18n';
import type { kit, Photos } from '../photos';
import type { ShopChat } from '../shop-chat';
import type { Photo, UserMessage } from '../turn';
import en from './en.json';
import { fit, hasFiles, maxPhotos, pictures, types } from './files';
import { signIn } from './signin';
import { stars } from './stars';
import style from './style.css?inline';
import zh from './zh-CN.json';

type Key = keyof typeof en;

interface Pending {
  conversation: string;
  name: string;
  preview: string; // address of the bytes in this page
  body?: Blob;
  photo?: Photo; // once it is sent
  wrong?: string;
  final?: boolean; // sending it again would not help
}

export function photos(c: ShopChat, { html, nothing, icon }: typeof kit): Photos {
  const t = (k: Key, v?: Record<string, string>) =>
    translator<Key>(c.ui.lang, c.ui.lang === 'en' ? en : zh)(k, v);
  let all: Pending[] = [];
  let wrong = '';
  const seen = new Map<string, string>(); // photo id → address in this page; '' = it is being fetched, or is gone
  const root = c.renderRoot as ShadowRoot;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];

  const rating = stars(c, { html, nothing, icon }, t);
  const signing = signIn(c, { html, nothing, icon }, t);
  const here = (): Pending[] => all.filter((p) => p.conversation === c.conversation.id);
  const forget = (p: Pending): void => {
    all = all.filter((x) => x !== p);
    if (!p.photo) URL.revokeObjectURL(p.preview);
  };

  async function upload(p: Pending): Promise<void> {
    p.wrong = undefined;
    c.requestUpdate();
    try {
      const body = p.body!;
      p.photo = await c.client.json<Photo>(
        `/api/conversations/${encodeURIComponent(p.conversation)}/attachments`,
        {
          method: 'POST',
          body,
          headers: { 'Content-Type': body.type },
        },
      );
      seen.set(p.photo.id, p.preview);
    } catch (e) {
      const why = (e as { problem?: { kind: string; detail?: string } }).problem;
      p.wrong = t('unsent', { name: p.name, why: why?.detail ?? t('offline') });
      p.final = why?.kind === 'invalid' || why?.kind === 'denied';
    }
    c.requestUpdate();
  }

  async function add(files: File[]): Promise<void> {
    wrong = '';
    const conversation = c.conversation.id;
    for (const f of files) {
      if (here().length >= maxPhotos) {
        wrong = t('many');
        break;
      }
      const p: Pending = { conversation, name: f.name, preview: URL.createObjectURL(f) };
      all.push(p);
      c.requestUpdate();
      const body = await fit(f);
      if (typeof body === 'string') {
        wrong = t(body, { name: f.name });
        forget(p);
      } else if (all.includes(p)) {
        p.body = body;
        void upload(p);
      }
    }
    c.requestUpdate();
    root.querySelector('textarea')?.focus();
  }

  async function fetchPhoto(p: Photo): Promise<void> {
    seen.set(p.id, '');
    try {
      const r = await c.client.raw(p.url);
      if (!r.ok) return;
      seen.set(p.id, URL.createObjectURL(await r.blob()));
      c.requestUpdate();
    } catch {
      seen.delete(p.id); // asked for again with the next drawing that has a connection
    }
  }

  root.addEventListener('paste', (e) => {
    const files = pictures((e as ClipboardEvent).clipboardData);
    if (files.length === 0) return;
    e.preventDefault();
    void add(files);
  });
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    root.addEventListener(kind, (e) => {
      const d = (e as DragEvent).dataTransfer;
      if (!hasFiles(d) || !(e.target as Element).closest('.panel')) return;
      e.preventDefault(); // else the browser goes to the file
      if (kind === 'drop') void add([...(d?.files ?? [])]);
    });
  }

  const one = (p: Pending): TemplateResult => html`<li class=${p.wrong ? 'wrong' : p.photo ? '' : 'sending'}>
    <img src=${p.preview} alt=${p.name} />
    ${p.photo || p.wrong ? nothing : html`<span class="sr" role="status">${t('sending')}</span>`}
    ${
      p.wrong && !p.final
        ? html`<button type="button" class="again" aria-label=${t('retry')} title=${t('retry')} @click=${() => void upload(p)}>${icon('retry')}</button>`
        : nothing
    }
    <button type="button" class="off" aria-label="${t('remove')}: ${p.name}" title=${t('remove')} @click=${() => {
      forget(p);
      wrong = '';
      c.requestUpdate();
      root.querySelector('textarea')?.focus();
    }}>${icon('close')}</button>
  </li>`;

  return {
    get ready() {
      return here().some((p) => p.photo);
    },
    get busy() {
      return here().some((p) => !p.photo && !p.wrong);
    },
    take() {
      const sent = here().filter((p) => p.photo);
      for (const p of sent) forget(p);
      wrong = '';
      return sent.length > 0 ? sent.map((p) => p.photo!) : undefined;
    },
    button: () => html`<button type="button" class="attach" aria-label=${t('attach')} title=${t('attach')}
        @click=${(e: Event) => ((e.currentTarget as Element).nextElementSibling as HTMLInputElement).click()}>
        <svg class="icon" width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M14.5 4h-5L7 7H4a2 2 0 0 0-2 2v9a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2V9a2 2 0 0 0-2-2h-3l-2.5-3z"/><circle cx="12" cy="13" r="3"/></svg></button>
      <input type="file" hidden multiple accept="${types.join(',')},image/*" @change=${(e: Event) => {
        const input = e.target as HTMLInputElement;
        const files = [...(input.files ?? [])];
        input.value = ''; // the same file may be chosen again
        void add(files);
      }} />`,
    tray() {
      const ps = here();
      const said = [wrong, ...ps.map((p) => p.wrong)].filter(Boolean);
      return html`${signing()}${rating()}${ps.length > 0 ? html`<ul class="photos" aria-label=${t('waiting')}>${ps.map(one)}</ul>` : nothing}
        ${said.length > 0 ? html`<p class="wrong-photo" role="alert">${said.map((s) => html`<span>${s}</span>`)}</p>` : nothing}`;
    },
    shown: (m: UserMessage) =>
      html`<div class="photos sent">${m.photos?.map((p) => {
        const at = seen.get(p.id);
        if (at === undefined) void fetchPhoto(p);
        return at
          ? html`<a href=${at} target="_blank" title=${t('large')}><img src=${at} alt=${t('large')} width=${p.width} height=${p.height} @error=${() => seen.set(p.id, '')} /></a>`
          : html`<span class="bone" role="img" aria-label=${t('photo')}></span>`;
      })}</div>`,
  };
}

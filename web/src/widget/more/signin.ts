// Signing in by a code that is mailed: offered when an answer would have needed to know who the shopper is.
import type { TemplateResult } from 'lit';
import type { kit } from '../photos';
import type { ShopChat } from '../shop-chat';
import type { Problem } from '../turn';
import type en from './en.json';

type Out = TemplateResult | symbol;

/** Look-ups and actions that need a name. */
const named =
  /^(order_status|my_account|cancel_order|return_items|exchange_items|change_\w+|compensate_late|reorder|request_invoice)$/;
const wait = 60; // seconds until another code may be asked for

export function signIn(
  c: ShopChat,
  { html, nothing, icon }: typeof kit,
  t: (k: keyof typeof en, v?: Record<string, string>) => string,
): () => Out {
  let step: 'offer' | 'email' | 'code' = 'offer';
  let email = '';
  let wrong = '';
  let busy = false;
  let off = ''; // the answer for which nobody wants to sign in
  let again = 0; // when another code may be asked for

  const asked = (): string | undefined => {
    if (c.client.shopper?.anonymous !== true || c.conversation.busy) return undefined;
    const last = c.conversation.messages.at(-1);
    if (last?.role !== 'assistant' || last.id === off) return undefined;
    return last.parts.some((p) => p.type === 'work' && named.test(p.tool)) ? last.id : undefined;
  };

  const why = (e: unknown): string => {
    const p = (e as { problem?: Problem }).problem;
    return p?.detail ?? t('signin.failed');
  };

  async function post(path: string, body: object): Promise<Response | undefined> {
    busy = true;
    wrong = '';
    c.requestUpdate();
    try {
      const r = await c.client.raw(path, { method: 'POST', body: JSON.stringify(body) });
      if (r.ok) return r;
      const said = (await r.json().catch(() => ({}))) as { detail?: string };
      wrong = said.detail ?? t('signin.failed');
    } catch (e) {
      wrong = why(e);
    } finally {
      busy = false;
      c.requestUpdate();
    }
    return undefined;
  }

  async function send(): Promise<void> {
    if (!(await post('/api/session/code', { email, lang: c.ui.lang }))) return;
    step = 'code';
    again = Date.now() + wait * 1000;
    const tick = setInterval(() => {
      c.requestUpdate();
      if (Date.now() > again) clearInterval(tick);
    }, 1000);
    c.requestUpdate();
    await c.updateComplete;
    c.renderRoot.querySelector<HTMLElement>('.signin input')?.focus();
  }

  async function verify(code: string): Promise<void> {
    const r = await post('/api/session/verify', { email, code });
    if (!r) return;
    await c.client.keep(r);
    step = 'offer';
    const words = c.conversation.messages.findLast((m) => m.role === 'user');
    c.requestUpdate();
    if (words?.role === 'user' && words.text) c.say(words.text); // what could not be answered before
  }

  const value = (e: SubmitEvent): string => {
    e.preventDefault();
    return String(new FormData(e.target as HTMLFormElement).get('v') ?? '').trim();
  };

  return () => {
    const last = asked();
    if (!last) return nothing;
    const close = html`<button type="button" class="attach" aria-label=${t('signin.off')} title=${t('signin.off')} @click=${() => {
      off = last;
      step = 'offer';
      c.requestUpdate();
    }}>${icon('close')}</button>`;
    const left = Math.ceil((again - Date.now()) / 1000);
    return html`<div class="stars signin" role="group" aria-label=${t('signin')}>
      <p>${step === 'code' ? t('signin.sent', { email }) : t('signin.why')}</p>${close}
      ${
        step === 'offer'
          ? html`<form @submit=${(e: SubmitEvent) => {
              value(e);
              step = 'email';
              c.requestUpdate();
            }}><button class="button">${t('signin')}</button></form>`
          : step === 'email'
            ? html`<form @submit=${(e: SubmitEvent) => {
                email = value(e);
                if (email) void send();
              }}><input name="v" type="email" autocomplete="email" required maxlength="254" aria-label=${t('signin.email')} placeholder=${t('signin.email')} .value=${email} /><button class="button" ?disabled=${busy}>${t('signin.send')}</button></form>`
            : html`<form @submit=${(e: SubmitEvent) => void verify(value(e))}><input name="v" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required aria-label=${t('signin.code')} placeholder=${t('signin.code')} /><button class="button" ?disabled=${busy}>${t('signin')}</button></form>
              <p>${
                left > 0
                  ? t('signin.again.in', { n: String(left) })
                  : html`<button type="button" class="link" ?disabled=${busy} @click=${() => void send()}>${t('signin.again')}</button>`
              }</p>`
      }
      ${wrong ? html`<p class="wrong-photo" role="alert">${wrong}</p>` : nothing}</div>`;
  };
}

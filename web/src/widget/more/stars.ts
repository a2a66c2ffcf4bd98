// Stars for a conversation that a person of the shop has ended, and a word about it.
import type { TemplateResult } from 'lit';
import { Vault } from '../../shared/vault';
import type { kit } from '../photos';
import type { ShopChat } from '../shop-chat';
import type en from './en.json';

type Out = TemplateResult | symbol;

export function stars(
  c: ShopChat,
  { html, nothing, icon }: typeof kit,
  t: (k: keyof typeof en, v?: Record<string, string>) => string,
): () => Out {
  const vault = new Vault('stars'); // conversation → the answer that was rated, or that nobody wants to rate
  let given = 0;
  let state: 'ask' | 'said' | 'sent' = 'ask';
  let shown = '';
  let wrong = '';

  /** The last answer of a person, once the assistant answers again. */
  const due = (): string | undefined => {
    const { messages, owner, id } = c.conversation;
    if (owner.kind !== 'assistant') return undefined;
    const last = messages.findLast((m) => m.role === 'assistant' && m.author !== undefined)?.id;
    return last && (last === shown || vault.get(id) !== last) ? last : undefined;
  };

  const done = (): void => {
    vault.set(c.conversation.id, shown);
    shown = '';
    state = 'ask';
    c.requestUpdate();
  };

  async function rate(n: number, comment = ''): Promise<void> {
    wrong = '';
    try {
      await c.client.json(`/api/conversations/${encodeURIComponent(c.conversation.id)}/rating`, {
        method: 'POST',
        body: JSON.stringify({ stars: n, comment }),
      });
      given = n;
      vault.set(c.conversation.id, shown);
      state = comment ? 'sent' : 'said';
    } catch {
      wrong = t('stars.failed');
    }
    c.requestUpdate();
  }

  return () => {
    const last = due();
    if (!last) return nothing;
    if (last !== shown) {
      shown = last;
      state = 'ask';
      given = 0;
      wrong = '';
    }
    const off = html`<button type="button" class="attach" aria-label=${t('stars.off')} title=${t('stars.off')} @click=${done}>${icon('close')}</button>`;
    if (state === 'sent')
      return html`<div class="stars" role="status"><p>${t('stars.thanks')}</p>${off}</div>`;
    return html`<div class="stars" role="group" aria-label=${t('stars.ask')}>
      <p>${t(state === 'said' ? 'stars.more' : 'stars.ask')}</p>${off}
      <div class="five">${[1, 2, 3, 4, 5].map(
        (n) =>
          html`<button type="button" class=${n <= given ? 'on' : ''} aria-pressed=${n === given} aria-label=${t('stars.n', { n: String(n) })} @click=${() => void rate(n)}>${icon('star')}</button>`,
      )}</div>
      ${
        state === 'said'
          ? html`<form @submit=${(e: SubmitEvent) => {
              e.preventDefault();
              const words = String(new FormData(e.target as HTMLFormElement).get('words') ?? '').trim();
              if (words) void rate(given, words);
              else done();
            }}><input name="words" maxlength="1000" aria-label=${t('stars.words')} placeholder=${t('stars.words')} /><button class="button">${t('stars.send')}</button></form>`
          : nothing
      }
      ${wrong ? html`<p class="wrong-photo" role="alert">${wrong}</p>` : nothing}</div>`;
  };
}

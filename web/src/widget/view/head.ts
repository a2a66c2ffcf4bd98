import { html, nothing, type TemplateResult } from 'lit';
import { type IconName, icon } from '../../shared/icons';
import type { ShopChat } from '../shop-chat';

export function headView(c: ShopChat): TemplateResult {
  const { ui } = c;
  const history = c.view === 'history';
  const name = c.shopInfo?.name || ui.t('shop');
  return html`<header class="head">
    ${
      history
        ? html`<button class="icon-button back" aria-label=${ui.t('back')} title=${ui.t('back')} @click=${() => c.showChat()}>${icon('back', 20)}</button>`
        : nothing
    }
    <div class="names">
      <h2>${history ? ui.t('menu.history') : name}</h2>
      ${history ? nothing : html`<p>${ui.any(`owner.${c.conversation.owner.kind}`, ui.t('assistant'))}</p>`}
    </div>
    <button class="icon-button text" lang=${ui.lang === 'en' ? 'zh-CN' : 'en'} aria-label=${ui.t('lang.switch')} title=${ui.t('lang.switch')}
      @click=${() => c.switchLang()}>${ui.t('lang.other')}</button>
    <button class="icon-button" id="menu-button" aria-label=${ui.t('menu')} title=${ui.t('menu')} aria-haspopup="menu"
      aria-expanded=${c.menu} aria-controls=${c.menu ? 'menu' : nothing} @click=${() => c.toggleMenu()}>${icon('more', 20)}</button>
    <button class="icon-button" aria-label=${ui.t('close')} title=${ui.t('close')} @click=${() => c.close()}>${icon('close', 20)}</button>
    ${c.menu ? menuView(c) : nothing}
  </header>`;
}

function menuView(c: ShopChat): TemplateResult {
  const { ui } = c;
  const stored = c.conversation.messages.some((m) => m.role === 'assistant');
  const item = (name: IconName, label: string, on: () => void, off = false): TemplateResult =>
    html`<button role="menuitem" tabindex="-1" ?disabled=${off} @click=${() => {
      c.toggleMenu();
      on();
    }}>${icon(name)}<span>${label}</span></button>`;
  return html`<div class="menu" id="menu" role="menu" aria-label=${ui.t('menu')} @keydown=${c.menuKeys}>
    ${item('plus', ui.t('menu.new'), () => c.newChat())}
    ${item('history', ui.t('menu.history'), () => c.showHistory())}
    <hr>
    ${item('download', ui.t('menu.download'), () => c.download(), !stored)}
    ${item('trash', ui.t('menu.delete'), () => c.confirm(c.conversation.id), !stored)}
  </div>`;
}

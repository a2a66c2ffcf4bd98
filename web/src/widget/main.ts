import { ShopChatRow } from './row';
import { ShopChat } from './shop-chat';

// A page that includes the script twice, or beside another version, keeps the first.
if (!customElements.get('shop-chat-row')) customElements.define('shop-chat-row', ShopChatRow);
if (!customElements.get('shop-chat')) customElements.define('shop-chat', ShopChat);

declare global {
  interface HTMLElementTagNameMap {
    'shop-chat': ShopChat;
  }
}

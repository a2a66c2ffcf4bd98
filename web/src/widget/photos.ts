// What is loaded beside the widget when it opens first: photos. It lies where the widget's own script lies.
import { html, nothing, type TemplateResult } from 'lit';
import { icon } from '../shared/icons';
import type { ShopChat } from './shop-chat';
import type { Photo, UserMessage } from './turn';

type Out = TemplateResult | typeof nothing;

/** What the second script draws and keeps for a widget. */
export interface Photos {
  ready: boolean; // there are some to send
  busy: boolean; // some are on their way
  take: () => Photo[] | undefined;
  button: () => Out;
  tray: () => Out;
  shown: (m: UserMessage) => Out;
}

export const kit = { html, nothing, icon };

const script = 'widget-more.js'; // a name on its own: the build must not take it for one of its files

/** Without it there are no photos; everything else is as it was. */
export async function load(c: ShopChat): Promise<void> {
  try {
    const m = await import(/* @vite-ignore */ new URL(script, import.meta.url).href);
    c.photos ??= m.photos(c, kit);
    c.requestUpdate();
  } catch {}
}

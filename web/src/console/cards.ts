// Cards in the console: the same drawing as in the widget, for somebody who only reads them.
import type { Lang } from '../shared/i18n';
import { speak, type Ui } from '../widget/ui';

const none = (): void => undefined;

export const cardsUi = (lang: Lang, now: number, open: Set<string>, changed: () => void): Ui => ({
  ...speak(lang),
  server: '',
  now: new Date(now),
  opened: (id) => open.has(id),
  toggle: (id) => {
    if (!open.delete(id)) open.add(id);
    changed();
  },
  say: none,
  go: none,
  copy: (text) => void navigator.clipboard?.writeText(text),
  copied: () => false,
  answer: none,
  answering: () => false,
  refusal: () => undefined,
});

import type { Console } from './console';
import { Knowledge } from './knowledge';
import { knowledge } from './knowledge-view';
import type { Page } from './pages';

export function page(d: Console): Page {
  const k = new Knowledge(
    d.server,
    () => d.redraw(),
    () => d.words.lang,
  );
  return { view: () => knowledge(d, k), follow: (parts) => k.follow(parts), save: () => void k.save() };
}

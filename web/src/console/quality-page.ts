// What the console loads when it is first needed: how the desk does, and looking up others.
import type { Console } from './console';
import type { Page } from './pages';
import { Quality } from './quality';
import { quality } from './quality-view';

export { lookupDialog } from './lookup-view';

export function page(d: Console): Page {
  const q = new Quality(
    d.server,
    () => d.redraw(),
    (e) => d.say(e),
  );
  return { view: () => quality(d, q), follow: () => q.follow() };
}

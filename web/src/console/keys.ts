// The keyboard does everything: j k move, t takes, n notes, ? shows this; Ctrl+Enter sends from where one writes.
import type { Console } from './console';

export function keys(d: Console, e: KeyboardEvent): void {
  const at = e.target as HTMLElement;
  const writing = at.matches('input, textarea, select');
  if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && at.matches('textarea')) {
    e.preventDefault();
    void (d.knowledge.shown ? d.knowledge.save() : d.send());
    return;
  }
  if (e.key === 'Escape') {
    if (d.help) d.setHelp(false);
    else if (writing) at.blur();
    else if (!d.knowledge.shown) d.close();
    return;
  }
  if (writing || e.ctrlKey || e.metaKey || e.altKey) return;
  if ((d.knowledge.shown || d.quality.shown) && !'/?'.includes(e.key)) return;
  const does: Record<string, () => void> = {
    j: () => d.move(1),
    k: () => d.move(-1),
    t: () => void d.act('take'),
    b: () => void d.act('handback'),
    n: () => d.note(true),
    r: () => d.note(false),
    '/': () => document.querySelector<HTMLElement>('input[type=search]')?.focus(),
    '?': () => d.setHelp(!d.help),
  };
  const act = does[e.key];
  if (!act) return;
  e.preventDefault();
  act();
}

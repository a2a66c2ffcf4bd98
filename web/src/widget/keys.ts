// What keys, frames and files need of the browser.

type Root = Document | DocumentFragment | HTMLElement;
const at = (root: Root): Element | null => (root as ShadowRoot).activeElement;

/** Full screen, the panel is all there is: the focus goes round in it. */
export function wrapFocus(root: Root, e: KeyboardEvent): void {
  const all = [
    ...root.querySelectorAll<HTMLElement>('.panel :is(button:enabled, a[href], textarea, [tabindex="0"])'),
  ].filter((x) => x.tabIndex >= 0 && x.offsetParent !== null);
  const [from, to] = e.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
  if (at(root) !== from) return;
  e.preventDefault();
  to?.focus();
}

/** Moves through the menu; true when the key leaves it. */
export function moveInMenu(root: Root, e: KeyboardEvent): boolean {
  const items = [...root.querySelectorAll<HTMLElement>('.menu button:enabled')];
  const i = items.indexOf(at(root) as HTMLElement);
  const to: Record<string, number> = {
    ArrowDown: (i + 1) % items.length,
    ArrowUp: (i - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  };
  if (!(e.key in to)) return e.key === 'Tab';
  e.preventDefault();
  items[to[e.key]!]?.focus();
  return false;
}

export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Resolves with the next frame; a page in the background, which has none, goes by a timer. */
export const nextFrame = (): Promise<void> =>
  new Promise((ok) => {
    const late = setTimeout(ok, 120);
    requestAnimationFrame(() => {
      clearTimeout(late);
      ok();
    });
  });

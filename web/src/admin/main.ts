// The operator's page: what runs, what it costs, and the switch.
import { render } from 'lit';
import { Desk, turnAt } from './desk';
import { frame } from './view/frame';

const app = document.querySelector<HTMLElement>('#app')!;
let drawing = false;
let section = '';
let opened: string | undefined;

const desk: Desk = new Desk(() => {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    draw();
  });
});

function draw(): void {
  const root = document.documentElement;
  root.lang = desk.words.lang;
  root.dataset.theme = desk.theme;
  document.title = `${desk.words.t(desk.section)} · ${desk.words.t('title')}`;
  const held = document.activeElement;
  const card = held?.closest('.card');
  render(frame(desk), app);
  if (held && !held.isConnected) handOn(card);
  const now = `${desk.section}/${desk.opened ?? ''}`;
  if (section && section !== now) {
    const row =
      now === 'turns/' && opened ? document.querySelector<HTMLElement>(`a[href="${turnAt(opened)}"]`) : null;
    if (row) {
      row.focus({ preventScroll: true });
      row.scrollIntoView({ block: 'center' });
    } else {
      document.querySelector<HTMLElement>('#main')?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }
  section = now;
  opened = desk.opened;
}

/** Gives the focus on when what had it is gone: within its card, to where one begins to write, else to the content. */
function handOn(card: Element | null | undefined): void {
  const next =
    (card?.isConnected ? card.querySelector<HTMLElement>('input, button') : null) ??
    app.querySelector<HTMLElement>('[autofocus]') ??
    app.querySelector<HTMLElement>('#main');
  next?.focus({ preventScroll: true });
}

void desk.begin();

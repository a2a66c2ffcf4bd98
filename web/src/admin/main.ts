// The operator's page: what runs, what it costs, and the switch.
import { render } from 'lit';
import { Desk } from './desk';
import { frame } from './view/frame';

const app = document.querySelector<HTMLElement>('#app')!;
let drawing = false;
let section = '';

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
  render(frame(desk), app);
  const now = `${desk.section}/${desk.opened ?? ''}`;
  if (section && section !== now) {
    document.querySelector<HTMLElement>('#main')?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  section = now;
}

void desk.begin();

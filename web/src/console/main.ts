// The support console.
import { render } from 'lit';
import { Console } from './console';
import { keys } from './keys';
import { page } from './view';

const app = document.querySelector<HTMLElement>('#app')!;
let drawing = false;

const desk: Console = new Console(() => {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    const root = document.documentElement;
    root.lang = desk.words.lang;
    root.dataset.theme = desk.theme;
    document.title = `${desk.counts.queue ? `(${desk.counts.queue}) ` : ''}${desk.words.t('title')}`;
    const log = app.querySelector<HTMLElement>('.log');
    const atEnd = !log || log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    render(page(desk), app);
    const now = app.querySelector<HTMLElement>('.log');
    if (now && (atEnd || now.dataset.id !== log?.dataset.id)) now.scrollTop = now.scrollHeight;
  });
});

document.addEventListener('keydown', (e) => keys(desk, e));
void desk.begin();

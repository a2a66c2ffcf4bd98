import { css, html, LitElement, type PropertyValues } from 'lit';
import { icon } from '../shared/icons';

/** A row that snaps, with arrows where there is more to see. The cards are its light children. */
export class ShopChatRow extends LitElement {
  static override properties = {
    label: {},
    back: {},
    on: {},
    atStart: { state: true },
    atEnd: { state: true },
  };
  declare label: string;
  declare back: string;
  declare on: string;
  declare atStart: boolean;
  declare atEnd: boolean;
  private seen: ResizeObserver | undefined;

  constructor() {
    super();
    this.label = '';
    this.back = '';
    this.on = '';
    this.atStart = true;
    this.atEnd = true;
  }

  static override styles = css`
    :host { display: block; position: relative; margin-inline: calc(-1 * var(--gutter, 16px)); }
    .track { display: flex; gap: 8px; overflow-x: auto; overscroll-behavior-x: contain; scroll-snap-type: x proximity;
      scroll-padding-inline: var(--gutter, 16px); padding: 2px var(--gutter, 16px); scrollbar-width: none; }
    .track:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; border-radius: 12px; }
    button { all: unset; position: absolute; top: 68px; width: 32px; height: 32px; display: grid; place-items: center;
      border-radius: 16px; background: var(--raised); color: var(--text); border: 1px solid var(--line); cursor: pointer;
      box-shadow: 0 1px 4px oklch(0.2 0.02 265 / 18%); z-index: 2; transition: opacity 140ms ease-out; }
    button:hover { border-color: var(--edge); }
    button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    button[hidden] { display: none; }
    .back { left: 8px; }
    .on { right: 8px; }
    @media (prefers-reduced-motion: reduce) { button { transition: none; } }
  `;

  private get track(): HTMLElement {
    return this.renderRoot.querySelector('.track')!;
  }

  private measure = (): void => {
    const t = this.track;
    this.atStart = t.scrollLeft < 4;
    this.atEnd = t.scrollLeft + t.clientWidth > t.scrollWidth - 4;
  };

  protected override firstUpdated(_: PropertyValues): void {
    this.seen = new ResizeObserver(this.measure);
    this.seen.observe(this.track);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.seen?.disconnect();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.seen?.observe(this.track);
  }

  private move(sign: 1 | -1): void {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.track.scrollBy({ left: sign * this.track.clientWidth * 0.75, behavior: calm ? 'auto' : 'smooth' });
  }

  protected override render() {
    return html`
      <div class="track" role="group" aria-label=${this.label} tabindex="0" @scroll=${this.measure}>
        <slot @slotchange=${this.measure}></slot>
      </div>
      <button class="back" aria-label=${this.back} ?hidden=${this.atStart} @click=${() => this.move(-1)}>${icon('left')}</button>
      <button class="on" aria-label=${this.on} ?hidden=${this.atEnd} @click=${() => this.move(1)}>${icon('right')}</button>
    `;
  }
}

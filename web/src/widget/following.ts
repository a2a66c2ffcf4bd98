const near = 24; // px from the end at which a reader still counts as being there

/** Keeps the newest of the log in view while the reader is at its end, and lets a reader who scrolled up be. */
export class Following {
  away = false; // the reader has scrolled up from what is newest
  private readonly log: () => HTMLElement | null;
  private readonly changed: () => void;
  private sized: ResizeObserver | undefined;
  private watched: Element | undefined;

  constructor(log: () => HTMLElement | null, changed: () => void) {
    this.log = log;
    this.changed = changed;
  }

  scrolled = (): void => {
    const l = this.log();
    if (!l) return;
    const away = l.scrollHeight - l.scrollTop - l.clientHeight > near;
    if (away === this.away) return;
    this.away = away;
    this.changed();
  };

  /** The reader is to be at the end with the next drawing. */
  home(): void {
    if (!this.away) return;
    this.away = false;
    this.changed();
  }

  private follow = (): void => {
    const l = this.log();
    if (l && !this.away) l.scrollTop = l.scrollHeight;
  };

  /** After each drawing. Rows draw themselves later, and a soft keyboard or a turned phone changes the height. */
  drawn(): void {
    this.follow();
    const l = this.log();
    const lines = l?.firstElementChild;
    if (!l || !lines || lines === this.watched) return;
    this.sized ??= new ResizeObserver(this.follow);
    this.sized.disconnect();
    this.sized.observe(l);
    this.sized.observe(lines);
    this.watched = lines;
  }

  leave(): void {
    this.sized?.disconnect();
    this.watched = undefined;
  }
}

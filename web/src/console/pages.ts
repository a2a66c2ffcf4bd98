// The pages beside the desk: each is loaded when it is first opened, and told where the address says it is.
import type { TemplateResult } from 'lit';
import type { Console } from './console';

export interface Page {
  view(): TemplateResult;
  /** The address has changed: the parts of the hash behind the page's name. */
  follow(parts: string[]): void;
  /** Ctrl+Enter. */
  save?(): void;
}

const loads: Record<string, (d: Console) => Promise<Page>> = {
  knowledge: async (d) => (await import('./knowledge-page')).page(d),
  quality: async (d) => (await import('./quality-page')).page(d),
};

export const pageNames = Object.keys(loads) as ['knowledge', 'quality'];

export class Pages {
  name = ''; // '' = the desk
  missed = false; // it could not be loaded
  private readonly loaded = new Map<string, Page>();
  private readonly desk: Console;

  constructor(desk: Console) {
    this.desk = desk;
    window.addEventListener('hashchange', () => this.follow());
  }

  get page(): Page | undefined {
    return this.loaded.get(this.name);
  }

  /** Forgets what they know: somebody else signed in. */
  forget(): void {
    this.loaded.clear();
  }

  follow(): void {
    const [, name = '', ...parts] = location.hash.split('/');
    this.name = loads[name] && this.desk.staff ? name : '';
    this.missed = false;
    if (this.page) this.page.follow(parts);
    else if (this.name) void this.load(this.name);
    this.desk.redraw();
  }

  private async load(name: string): Promise<void> {
    try {
      this.loaded.set(name, await loads[name]!(this.desk));
      if (this.name === name) this.follow();
    } catch {
      this.missed = true; // the connection is lost; asked for again
      this.desk.redraw();
    }
  }
}

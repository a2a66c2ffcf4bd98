// What the page of quality knows: the days that are asked about, and how the desk did in them.
import type { Server } from '../admin/api';

export interface Share {
  n: number;
  of: number;
  share: number | null;
  small: boolean;
}

export interface Outcome {
  reviewed: Share;
  confirmed: Share;
  assumed: Share;
  reopened: number;
  unresolved: number;
  open: number;
}

export interface Worth {
  intent: string;
  source: string;
  prompt: string;
  generated: number;
  shown: number;
  as_it_was: Share;
  edited: Share;
  dismissed: Share;
  reported: Share;
  distance: number | null;
}

export interface ClockQuality {
  definition: string;
  name: string;
  seconds: number;
  threshold: number;
  met: Share;
  breached: number;
  running: number;
  p50: number | null;
  p90: number | null;
}

export interface Day {
  day: string;
  assistant: number;
  people: number;
  reviewed: Share;
  confirmed: Share;
  assumed: Share;
  ratings: number;
  stars: number | null;
}

export interface Report {
  from: string;
  to: string;
  zone: string;
  conversations: number;
  assistant: Share;
  people: Share;
  quiet_hours: number;
  outcome: Outcome;
  by_assistant: Outcome;
  by_people: Outcome;
  handoffs: (Share & { reason: string })[];
  clocks: ClockQuality[];
  suggestions: Worth;
  worth: Worth[];
  csat: {
    ratings: number;
    mean: number | null;
    good: Share;
    stars: number[];
    agents: { agent: string; n: number; mean: number | null; small: boolean }[];
  } | null;
  days: Day[];
}

/** Days as a chart shows them: one each, or weeks when there are many. `to` is the last day of it. */
export interface Stretch {
  day: string;
  to: string;
  assistant: number;
  people: number;
  reviewed: [n: number, of: number];
  confirmed: [n: number, of: number];
  assumed: [n: number, of: number];
  ratings: number;
  stars: number | undefined; // mean
}

export function stretches(days: readonly Day[], most = 62): Stretch[] {
  const by = days.length > most ? 7 : 1;
  const out: Stretch[] = [];
  for (let i = 0; i < days.length; i += by) {
    const some = days.slice(i, i + by);
    const sum = (of: (d: Day) => number): number => some.reduce((n, d) => n + of(d), 0);
    const pair = (name: 'reviewed' | 'confirmed' | 'assumed'): [number, number] => [
      sum((d) => d[name].n),
      sum((d) => d[name].of),
    ];
    const ratings = sum((d) => d.ratings);
    out.push({
      day: some[0]!.day,
      to: some.at(-1)!.day,
      assistant: sum((d) => d.assistant),
      people: sum((d) => d.people),
      reviewed: pair('reviewed'),
      confirmed: pair('confirmed'),
      assumed: pair('assumed'),
      ratings,
      stars: ratings > 0 ? sum((d) => (d.stars ?? 0) * d.ratings) / ratings : undefined,
    });
  }
  return out;
}

/** A day so many days away, without a time zone. */
export function plusDays(day: string, n: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + n);
  return at.toISOString().slice(0, 10);
}

/** 45 s, 12 min, 3 h, 2 d: as short as it may be. */
export function lasted(seconds: number, words: (unit: 's' | 'm' | 'h' | 'd', n: number) => string): string {
  const round = (v: number): number => (v < 10 ? Math.round(v * 10) / 10 : Math.round(v));
  if (seconds < 60) return words('s', round(seconds));
  if (seconds < 3600) return words('m', round(seconds / 60));
  if (seconds < 48 * 3600) return words('h', round(seconds / 3600));
  return words('d', round(seconds / 86400));
}

export const groups = ['all', 'assistant', 'people'] as const;

export class Quality {
  report: Report | undefined;
  from = ''; // '' = as the server says
  to = '';
  days = 28; // of the buttons; 0 = chosen by hand
  only = '';
  group: (typeof groups)[number] = 'all';
  busy = false;
  trouble: string | undefined;
  private asked = 0;
  private readonly server: Server;
  private readonly changed: () => void;
  private readonly say: (e: unknown) => string;

  constructor(server: Server, changed: () => void, say: (e: unknown) => string) {
    this.server = server;
    this.changed = changed;
    this.say = say;
  }

  get outcome(): Outcome | undefined {
    const r = this.report;
    return r && { all: r.outcome, assistant: r.by_assistant, people: r.by_people }[this.group];
  }

  /** The page is opened. */
  follow(): void {
    void this.load();
  }

  async load(): Promise<void> {
    const asked = ++this.asked;
    this.busy = true;
    this.trouble = undefined;
    this.changed();
    const query = new URLSearchParams();
    if (this.days === 0) {
      query.set('from', this.from);
      query.set('to', this.to);
    } else if (this.to && this.days !== 28) {
      query.set('from', plusDays(this.to, 1 - this.days));
    }
    if (this.only) query.set('lang', this.only);
    try {
      const r = await this.server.get<Report>(`/api/desk/quality?${query}`);
      if (asked !== this.asked) return;
      this.report = r;
      this.from = r.from;
      this.to = r.to;
    } catch (e) {
      if (asked !== this.asked) return;
      this.trouble = this.say(e);
    }
    this.busy = false;
    this.changed();
  }

  /** The last so many days. */
  last(days: number): void {
    this.days = days;
    this.to = this.today();
    void this.load();
  }

  private today(): string {
    const zone = this.report?.zone ?? 'UTC';
    return new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(new Date());
  }

  /** Days by hand; the other end moves along when they would stand the wrong way round. */
  choose(part: { from?: string; to?: string }): void {
    if (part.from === '' || part.to === '') return;
    Object.assign(this, part);
    if (this.from > this.to) {
      if (part.from) this.to = this.from;
      else this.from = this.to;
    }
    this.days = 0;
    void this.load();
  }

  speaks(lang: string): void {
    this.only = lang;
    void this.load();
  }

  look(group: Quality['group']): void {
    this.group = group;
    this.changed();
  }
}

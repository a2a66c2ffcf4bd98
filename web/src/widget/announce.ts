// What a screen reader hears of a stream: whole sentences, once each, then how many cards there are.
import { type Answer, cardCount, plainText } from './turn';

// The point behind a number that begins a line is a list's, not a sentence's.
const sentence = /[\s\S]*?(?:(?<!(?:^|\n)[ \t]*\d{1,3})[.!?](?=\s)|[。！？]|\n)/y;
const bare = (s: string): string =>
  s
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`~#>]+/g, '')
    .replace(/\s+/g, ' ')
    .trim();

export class Announcer {
  private id = '';
  private at = 0;

  /** New sentences of the answer, in order; with `ended` the rest too. */
  hear(a: Answer, ended: boolean): string[] {
    if (a.id !== this.id) {
      this.id = a.id;
      this.at = 0;
    }
    const text = plainText(a);
    const out: string[] = [];
    sentence.lastIndex = this.at;
    for (let m = sentence.exec(text); m && m[0] !== ''; m = sentence.exec(text)) {
      this.at = sentence.lastIndex;
      out.push(bare(m[0]));
    }
    if (ended) {
      out.push(bare(text.slice(this.at)));
      this.at = text.length;
    }
    return out.filter((s) => s !== '');
  }
}

export const countCards = cardCount;

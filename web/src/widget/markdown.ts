// The light Markdown of answers: paragraphs, lists, bold, code, links. It becomes nodes, never markup: a model's text is data.

export type Inline =
  | { t: 'text'; text: string }
  | { t: 'strong' | 'em' | 's'; of: Inline[] }
  | { t: 'code'; text: string }
  | { t: 'link'; href: string; of: Inline[] }
  | { t: 'br' };

export type Block =
  | { t: 'p' | 'h'; of: Inline[] }
  | { t: 'ul' | 'ol'; start: number; items: Inline[][] }
  | { t: 'pre'; text: string };

const safeHref = (s: string): boolean => /^https?:\/\/[^\s]+$/i.test(s) || /^\/(?!\/)[^\s]*$/.test(s);

// Closers are searched for, with a cap on nesting, so that hostile text costs no more than its length allows.
const marks: [string, 'strong' | 'em' | 's'][] = [
  ['**', 'strong'],
  ['__', 'strong'],
  ['~~', 's'],
  ['*', 'em'],
];
const wordy = (c: string | undefined): boolean => c !== undefined && /[\p{L}\p{N}]/u.test(c);

/** `open`: the text is still being written, so a mark that has not closed yet counts as closing at the end. */
export function inline(src: string, open = false, depth = 0): Inline[] {
  const out: Inline[] = [];
  let text = '';
  const flush = () => {
    if (text) out.push({ t: 'text', text });
    text = '';
  };
  const dead = new Set<string>(); // marks known to have no closer from here on
  let i = 0;
  next: while (i < src.length) {
    const c = src[i]!;
    if (c === '\\' && i + 1 < src.length && /[\\`*_~[\]()#>-]/.test(src[i + 1]!)) {
      text += src[i + 1];
      i += 2;
      continue;
    }
    if (c === '\n') {
      flush();
      out.push({ t: 'br' });
      i++;
      continue;
    }
    if (c === '`' && !dead.has('`')) {
      const end = src.indexOf('`', i + 1);
      if (end > i + 1) {
        flush();
        out.push({ t: 'code', text: src.slice(i + 1, end) });
        i = end + 1;
        continue;
      }
      if (end < 0) dead.add('`');
    }
    if (c === '[' && depth < 4 && !dead.has('[')) {
      const mid = src.indexOf('](', i + 1);
      const end = mid < 0 ? -1 : src.indexOf(')', mid + 2);
      if (end < 0) dead.add('[');
      else {
        const label = src.slice(i + 1, mid);
        const href = src.slice(mid + 2, end).trim();
        if (!label.includes('\n') && !label.includes('[')) {
          flush();
          const of = inline(label, false, depth + 1);
          if (safeHref(href)) out.push({ t: 'link', href, of });
          else out.push(...of); // the words stay, the address goes
          i = end + 1;
          continue;
        }
      }
    }
    if (c === 'h' && /^https?:\/\//i.test(src.slice(i, i + 8)) && !wordy(src[i - 1])) {
      const m = /^https?:\/\/[^\s<>"'）)\]，。；、*]+/i.exec(src.slice(i, i + 2048));
      if (m) {
        const href = m[0].replace(/[.,;:!?]+$/, '');
        flush();
        out.push({ t: 'link', href, of: [{ t: 'text', text: href }] });
        i += href.length;
        continue;
      }
    }
    if (depth < 4) {
      for (const [mark, t] of marks) {
        if (!src.startsWith(mark, i) || dead.has(mark)) continue;
        const from = i + mark.length;
        const after = src[from];
        if (after === undefined || /\s/.test(after) || after === mark[0]) break;
        if (mark === '__' && wordy(src[i - 1])) break; // snake__case
        if (mark === '*' && wordy(src[i - 1]) && /\d/.test(after)) break; // 3*4
        let end = src.indexOf(mark, from);
        while (end > 0 && /\s/.test(src[end - 1]!)) end = src.indexOf(mark, end + mark.length);
        if (mark === '*') while (end > 0 && src[end + 1] === '*') end = src.indexOf('*', end + 2);
        if (end < 0 && !(open && mark !== '*')) {
          dead.add(mark);
          break;
        }
        flush();
        const inner = end < 0 ? src.slice(from).replace(/[*_~]$/, '') : src.slice(from, end);
        out.push({ t, of: inline(inner, open && end < 0, depth + 1) });
        i = end < 0 ? src.length : end + mark.length;
        continue next;
      }
    }
    text += c;
    i++;
  }
  // A mark that has only just begun would flash as an asterisk until its word comes.
  if (open && depth === 0) text = text.replace(/(\*{1,2}|_{2}|~{1,2}|`)$/, '');
  flush();
  return out;
}

const item = /^\s{0,6}(?:([-*•])|(\d{1,9})[.)、])\s+(.*)$/;
const heading = /^\s{0,3}#{1,6}\s+(.*?)\s*#*$/;

export function markdown(src: string, open = false): Block[] {
  const lines = src.replace(/\r\n?/g, '\n').split('\n');
  const out: Block[] = [];
  let para: string[] = [];
  const end = (last = false) => {
    if (para.length > 0) out.push({ t: 'p', of: inline(para.join('\n'), open && last) });
    para = [];
  };
  let list: { t: 'ul' | 'ol'; start: number; items: string[] } | undefined;
  const endList = (last = false) => {
    if (list) {
      const n = list.items.length - 1;
      const items = list.items.map((s, i) => inline(s, open && last && i === n));
      out.push({ t: list.t, start: list.start, items });
    }
    list = undefined;
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (/^\s{0,3}(```|~~~)/.test(line)) {
      end();
      endList();
      const fence = line.trim().slice(0, 3);
      const body: string[] = [];
      while (++i < lines.length && !lines[i]!.trim().startsWith(fence)) body.push(lines[i]!);
      out.push({ t: 'pre', text: body.join('\n') });
      continue;
    }
    if (line.trim() === '') {
      end();
      // A blank line inside a list is only air: the next item goes on.
      if (list && !(i + 1 < lines.length && item.test(lines[i + 1]!))) endList();
      continue;
    }
    if (open && i === lines.length - 1 && /^\s{0,3}([-*•#]+|\d{1,2}[.)]?)\s*$/.test(line)) continue; // may yet become an item
    const it = item.exec(line);
    if (it) {
      end();
      const t = it[1] ? 'ul' : 'ol';
      if (list && list.t !== t) endList();
      list ??= { t, start: it[2] ? Number(it[2]) : 1, items: [] };
      list.items.push(it[3]!);
      continue;
    }
    const h = heading.exec(line);
    if (h) {
      end();
      endList();
      out.push({ t: 'h', of: inline(h[1]!) });
      continue;
    }
    if (list) {
      list.items[list.items.length - 1] += ` ${line.trim()}`;
      continue;
    }
    para.push(line.trim());
  }
  end(true);
  endList(true);
  return out;
}

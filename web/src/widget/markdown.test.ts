import { expect, test } from 'vitest';
import { type Block, type Inline, inline, markdown } from './markdown';

const flat = (of: Inline[]): string =>
  of
    .map((n) => {
      if (n.t === 'text') return n.text;
      if (n.t === 'br') return '⏎';
      if (n.t === 'code') return `<code>${n.text}</code>`;
      if (n.t === 'link') return `<a ${n.href}>${flat(n.of)}</a>`;
      return `<${n.t}>${flat(n.of)}</${n.t}>`;
    })
    .join('');
const shape = (bs: Block[]): string[] =>
  bs.map((b) => {
    if (b.t === 'pre') return `pre:${b.text}`;
    if (b.t === 'ul' || b.t === 'ol') return `${b.t}${b.start}:${b.items.map(flat).join('|')}`;
    return `${b.t}:${'of' in b ? flat(b.of) : ''}`;
  });

test.each([
  ['plain', 'plain'],
  ['**bold** and *slanted*', '<strong>bold</strong> and <em>slanted</em>'],
  ['**bold *both* bold**', '<strong>bold <em>both</em> bold</strong>'],
  ['~~$9~~ $7', '<s>$9</s> $7'],
  ['`a*b*`', '<code>a*b*</code>'],
  ['3 * 4 * 5 and 3*4', '3 * 4 * 5 and 3*4'],
  ['snake__case__name', 'snake__case__name'],
  ['a\nb', 'a⏎b'],
  ['\\*not\\*', '*not*'],
  ['[shop](https://a.example/x)', '<a https://a.example/x>shop</a>'],
  ['see https://a.example/x.', 'see <a https://a.example/x>https://a.example/x</a>.'],
  ['（https://a.example/路）', '（<a https://a.example/路>https://a.example/路</a>）'],
  ['**unclosed', '**unclosed'],
])('%s', (src, want) => {
  expect(flat(inline(src))).toBe(want);
});

test.each([
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](data:text/html,hi)',
  '[x](//evil.example)',
  '[x](vbscript:x)',
  '[x]( java\nscript:x)',
])('%s keeps its words and loses its address', (src) => {
  const found: string[] = [];
  const walk = (of: Inline[]): void => {
    for (const n of of) {
      if (n.t === 'link') found.push(n.href);
      if ('of' in n) walk(n.of);
    }
  };
  for (const b of markdown(src)) if ('of' in b) walk(b.of);
  expect(found).toEqual([]);
});

test('markup is text', () => {
  expect(flat(inline('<img src=x onerror=alert(1)> <b>'))).toBe('<img src=x onerror=alert(1)> <b>');
});

test('blocks', () => {
  const src = '# Head\n\npara\nline\n\n- one\n- two **b**\n\n3. three\n4. four\n\n```js\nlet *x*\n```\nend';
  expect(shape(markdown(src))).toEqual([
    'h:Head',
    'p:para⏎line',
    'ul1:one|two <strong>b</strong>',
    'ol3:three|four',
    'pre:let *x*',
    'p:end',
  ]);
});

test('while it is written: an open mark counts as closed, and a mark that only begins is not shown', () => {
  expect(flat(inline('**bol', true))).toBe('<strong>bol</strong>');
  expect(flat(inline('so **', true))).toBe('so ');
  expect(shape(markdown('list:\n- ', true))).toEqual(['p:list:']);
  expect(shape(markdown('list:\n1', true))).toEqual(['p:list:']);
});

test('no prefix of an answer shows a bare mark or throws', () => {
  const src =
    'Here are **two** ~~three~~ `code` [link](https://a.example) ones:\n\n1. **A**, *b*\n2. B\n\n- c **d**';
  for (let i = 0; i <= src.length; i++) {
    const text = shape(markdown(src.slice(0, i), true)).join(' ');
    expect(text, src.slice(0, i)).not.toMatch(/\*\*|~~/);
  }
});

test('hostile text costs no more than its length allows', () => {
  for (const s of [
    '*',
    '**',
    '[',
    '](',
    '`',
    '~~',
    '__',
    '\\',
    '- ',
    '1. ',
    '# ',
    'https://',
    '```\n',
    '**a *b ',
  ]) {
    const began = performance.now();
    markdown(s.repeat(20_000), true);
    expect(performance.now() - began, s).toBeLessThan(2000);
  }
});

import { expect, test } from 'vitest';
import { Announcer } from './announce';
import type { Answer } from './turn';

const answer = (id: string): Answer => ({
  role: 'assistant',
  id,
  parts: [{ type: 'text', id: 't', text: '' }],
});

test('whole sentences, once each, and the rest at the end', () => {
  const an = new Announcer();
  const a = answer('1');
  const heard: string[] = [];
  for (const piece of ['Two fo', 'und. The **first** is $19.', '99. Shall I comp', 'are them']) {
    (a.parts[0] as { text: string }).text += piece;
    heard.push(...an.hear(a, false));
  }
  expect(heard).toEqual(['Two found.', 'The first is $19.99.']);
  expect(an.hear(a, true)).toEqual(['Shall I compare them']);
  expect(an.hear(a, true)).toEqual([]);
});

test('Chinese sentences and lines of a list', () => {
  const an = new Announcer();
  const a = answer('1');
  (a.parts[0] as { text: string }).text = '找到两款。\n1. **甲**\n2. 乙';
  expect(an.hear(a, false)).toEqual(['找到两款。', '1. 甲']);
  expect(an.hear(a, true)).toEqual(['2. 乙']);
});

test('another answer begins anew', () => {
  const an = new Announcer();
  const a = answer('1');
  (a.parts[0] as { text: string }).text = 'One. And';
  const b = answer('2');
  (b.parts[0] as { text: string }).text = 'Two. And';
  expect(an.hear(a, false)).toEqual(['One.']);
  expect(an.hear(b, false)).toEqual(['Two.']);
});

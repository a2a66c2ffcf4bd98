import { expect, test } from 'vitest';
import { type Frame, FrameReader, frames } from './sse';

const read = (...pieces: string[]): Frame[] => {
  const r = new FrameReader();
  return pieces.flatMap((p) => r.feed(p));
};

test('a frame ends with an empty line', () => {
  expect(read('data: one\n\ndata: two')).toEqual([{ data: 'one' }]);
  expect(read('data: one\n\ndata: two\n', '\n')).toEqual([{ data: 'one' }, { data: 'two' }]);
});

test('several data lines are one text, and one space after the colon is no part of it', () => {
  expect(read('data:a\ndata:  b\ndata\n\n')).toEqual([{ data: 'a\n b\n' }]);
});

test('the last id stays until there is another, comments and unknown fields are skipped', () => {
  expect(read(': ping\n\nid: 7\nevent: x\nretry: 5\ndata: a\n\ndata: b\n\nid: 8\ndata: c\n\n')).toEqual([
    { id: '7', data: 'a' },
    { id: '7', data: 'b' },
    { id: '8', data: 'c' },
  ]);
  expect(read('id: 7\0\ndata: a\n\n')).toEqual([{ data: 'a' }]);
});

test('every way to cut the stream gives the same frames, with every kind of line end', () => {
  const want = [
    { id: '1', data: 'a\nb' },
    { id: '1', data: '好' },
  ];
  for (const end of ['\n', '\r\n', '\r']) {
    const text = `\ufeffid: 1${end}data: a${end}data: b${end}${end}: c${end}data: 好${end}${end}`;
    for (let i = 0; i <= text.length; i++) {
      for (let j = i; j <= text.length; j += 3) {
        // A lone carriage return at the very end is held: a line feed may follow it.
        expect(read(text.slice(0, i), text.slice(i, j), text.slice(j), '\n')).toEqual(want);
      }
    }
  }
});

test('bytes that end within a character are put together again, and the reader is let go', async () => {
  const bytes = new TextEncoder().encode('data: 耳机\n\ndata: rest');
  for (let at = 1; at < bytes.length; at++) {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start(c) {
        c.enqueue(bytes.slice(0, at));
        c.enqueue(bytes.slice(at));
      },
      cancel() {
        cancelled = true;
      },
    });
    for await (const f of frames(body)) {
      expect(f).toEqual({ data: '耳机' });
      break;
    }
    await Promise.resolve();
    expect(cancelled).toBe(true);
  }
});

import { describe, expect, it, vi } from 'vitest';
import { Refused, type Server } from '../admin/api';
import { Vault } from '../shared/vault';
import { pieces, plain, type Suggestion, Tray, undo } from './tray';

const made = (id: string, more: Partial<Suggestion> = {}): Suggestion => ({
  id,
  message: 'm1',
  lang: 'en',
  intent: 'policy',
  text: 'You have 30 days [1]. Bye [7].',
  source: 'policy',
  band: 'grounded',
  proof: { grounded: true, fresh: true, rule: true },
  citations: [{ n: 1, document: 'Returns', section: 'How long', version: '2', quote: '30 days' }],
  state: 'generated',
  ...more,
});

function setUp(refuse?: Refused) {
  const asked: string[] = [];
  const server = {
    ask: (_: string, path: string, body: { reason?: string }) => {
      asked.push(path.replace('/api/suggestions/', '') + (body.reason ? `:${body.reason}` : ''));
      return refuse && !path.endsWith('shown')
        ? Promise.reject(refuse)
        : Promise.resolve(made('a', { text: 'Hello [1]' }));
    },
  } as unknown as Server;
  const vault = new Vault('test', () => {
    throw new Error('none');
  });
  return {
    asked,
    vault,
    tray: new Tray(
      server,
      vault,
      () => undefined,
      (e) => (e as Error).message,
    ),
  };
}

const key = (key: string, more: Partial<KeyboardEvent> = {}): KeyboardEvent =>
  ({
    key,
    code: '',
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    isComposing: false,
    preventDefault: () => undefined,
    ...more,
  }) as KeyboardEvent;

describe('suggested replies', () => {
  it('keeps footnotes that a citation stands behind, and gives the customer none', () => {
    expect(pieces(made('a'))).toEqual(['You have 30 days ', 1, '. Bye [7].']);
    expect(plain('You have 30 days [1].\nBye [12]')).toBe('You have 30 days.\nBye');
  });

  it('tells once what was seen', () => {
    const { tray, asked } = setUp();
    tray.take('c', [made('a'), made('b', { state: 'shown' })], true);
    tray.take('c', [made('a'), made('b')], true);
    tray.take('c', [made('a'), made('b')], true);
    expect(asked).toEqual(['a/shown', 'b/shown']);
  });

  it('inserts the chosen one and remembers what the text is made of', async () => {
    const { tray, asked } = setUp();
    tray.take('c', [made('a'), made('b')], false);
    tray.choose(1);
    expect(await tray.insert()).toBe('Hello');
    expect(asked).toEqual(['b/insert']);
    expect(tray.used('c')).toBe('b');
    tray.forget('c');
    expect(tray.used('c')).toBeUndefined();
  });

  it('says why one cannot be taken', async () => {
    const { tray } = setUp(new Refused(409, 'An earlier message.', 'suggestion_over'));
    tray.take('c', [made('a')], false);
    expect(await tray.insert()).toBeUndefined();
    expect(tray.problem).toBe('An earlier message.');
    expect(tray.used('c')).toBeUndefined();
  });

  it('dismisses with a reason, takes it back, and tells by itself after a moment', () => {
    vi.useFakeTimers();
    const { tray, asked } = setUp();
    tray.take('c', [made('a'), made('b')], false);
    tray.dismiss();
    expect(tray.all.map((x) => x.id)).toEqual(['b']);
    tray.take('c', [made('a'), made('b')], false); // what the server still has does not bring it back
    expect(tray.all.map((x) => x.id)).toEqual(['b']);
    tray.undo();
    expect(tray.all.map((x) => x.id)).toEqual(['a', 'b']);
    vi.advanceTimersByTime(undo * 2);
    expect(asked).toEqual([]);
    tray.dismiss();
    tray.because('tone');
    tray.dismiss();
    vi.advanceTimersByTime(undo);
    expect(asked).toEqual(['a/dismiss:tone', 'b/dismiss:other']);
    expect(tray.current).toBeUndefined();
    vi.useRealTimers();
  });

  it('tells what was dismissed before another conversation is opened, and never reports without a reason', () => {
    const { tray, asked } = setUp();
    tray.take('c', [made('a'), made('b')], false);
    tray.dismiss();
    tray.take('d', [], false);
    expect(asked).toEqual(['a/dismiss:other']);
    tray.take('c', [made('b')], false);
    tray.dismiss(tray.current, true);
    tray.take('d', [], false);
    expect(asked).toEqual(['a/dismiss:other']);
  });

  it('has keys for an empty composer that leave the others alone', () => {
    const { tray } = setUp();
    tray.take('c', [made('a'), made('b')], false);
    const insert = vi.fn();
    expect(tray.key(key('Tab'), false, insert)).toBe(false);
    expect(tray.key(key('Tab', { shiftKey: true }), true, insert)).toBe(false);
    expect(tray.key(key('Tab'), true, insert)).toBe(true);
    expect(tray.key(key('ArrowDown', { altKey: true }), false, insert)).toBe(true);
    expect(tray.current?.id).toBe('b');
    expect(tray.key(key('1', { altKey: true, code: 'Digit1' }), false, insert)).toBe(true);
    expect(tray.current?.id).toBe('a');
    expect(insert).toHaveBeenCalledTimes(2);
    expect(tray.key(key('Backspace'), true, insert)).toBe(false);
    expect(tray.key(key('Backspace', { altKey: true }), false, insert)).toBe(true);
    expect(tray.all).toHaveLength(1);
  });
});

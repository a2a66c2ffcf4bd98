import { expect, it } from 'vitest';
import { rings } from './bell';
import type { Row } from './types';

const row = (more: Partial<Row>): Row =>
  ({
    id: 'c',
    state: 'open',
    owner: { kind: 'queue' },
    waiting: '2026-01-01T00:00:00Z',
    last_user: 'm1',
    ...more,
  }) as Row;

it('rings for who waits and did not, or wrote again, and for nobody else', () => {
  expect(rings(undefined, row({}), 'me')).toBe(true);
  expect(rings(row({}), row({}), 'me')).toBe(false); // a tag was changed
  expect(rings(row({}), row({ last_user: 'm2' }), 'me')).toBe(true);
  expect(rings(row({ waiting: null }), row({ owner: { kind: 'agent', agent: 'me' } }), 'me')).toBe(true);
  expect(rings(undefined, row({ owner: { kind: 'agent', agent: 'you' } }), 'me')).toBe(false);
  expect(rings(undefined, row({ owner: { kind: 'assistant' } }), 'me')).toBe(false);
  expect(rings(undefined, row({ waiting: null }), 'me')).toBe(false);
  expect(rings(undefined, row({ state: 'closed' }), 'me')).toBe(false);
});

import { expect, test } from 'vitest';
import type { Proposal } from '../../shared/cards';
import { speak } from '../ui';
import { lines, standing } from './proposal';

const p = (over: Partial<Proposal> = {}): Proposal => ({
  id: 'p1',
  tool: 'cancel_order',
  record: 'SK-1',
  summary: 'Cancel order SK-1.',
  before: { status: 'paid' },
  after: { status: 'cancelled', refund: [{ method: 'Visa 4242', amount: { minor: 1234, currency: 'USD' } }] },
  money_delta: { minor: -1234, currency: 'USD' },
  expires: '2026-11-27T10:15:00Z',
  state: 'open',
  ...over,
});

test('a proposal that nobody answered in time is too old, others stay what they are', () => {
  expect(standing(p(), new Date('2026-11-27T10:14:59Z'))).toBe('open');
  expect(standing(p(), new Date('2026-11-27T10:15:00Z'))).toBe('expired');
  expect(standing(p({ state: 'done' }), new Date('2027-01-01T00:00:00Z'))).toBe('done');
});

test('each side says what changes, in both languages', () => {
  expect(lines(speak('en'), p().after)).toEqual(['Cancelled', '$12.34 back to Visa 4242']);
  expect(lines(speak('zh-CN'), p().before)).toEqual(['已付款']);
  expect(
    lines(speak('en'), {
      address: {
        name: 'Ann',
        line1: '12 Oak Street',
        city: 'Portland',
        region: 'OR',
        postal: '97201',
        country: 'US',
      },
      items: [
        {
          product: 'a',
          title: 'Kettle',
          qty: 2,
          price: { minor: 1, currency: 'USD' },
          options: [{ name: 'color', value: 'Red' }],
        },
      ],
    }),
  ).toEqual(['Ann, 12 Oak Street, Portland, OR 97201, US', '2 × Kettle (Red)']);
});

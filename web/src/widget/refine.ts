// Understood conditions as chips, and what removing one says. The refinement is an ordinary message: the server decides.
import type { Condition, Value } from '../shared/cards';
import { isMoney, money } from '../shared/format';
import { fieldName, type Words } from '../shared/product';
import type { Ui } from './ui';

function valueWords(ui: Words, c: Condition): string {
  const one = (v: Value): string =>
    c.field === 'color'
      ? ui.any(`color.${v}`, String(v))
      : c.unit
        ? `${v}${/^\p{L}/u.test(c.unit) ? ' ' : ''}${c.unit}`
        : String(v);
  if (isMoney(c.value)) return money(c.value, ui.lang, true);
  if (Array.isArray(c.value)) return c.value.map(one).join(ui.t('filter.or'));
  return one(c.value);
}

const range = { lt: 'filter.lt', lte: 'filter.lte', gt: 'filter.gt', gte: 'filter.gte' } as const;

export function filterWords(ui: Words, c: Condition): string {
  const v = valueWords(ui, c);
  if (c.field === 'stock' && (c.op === 'gt' || c.op === 'gte')) return ui.t('filter.stock');
  if (c.op === 'ne' || c.op === 'not_in') return ui.t('filter.not', { v });
  if (c.op === 'eq' || c.op === 'in') return v;
  const words = ui.t(range[c.op], { v });
  return c.field === 'price' ? words : `${fieldName(ui, c.field)} ${words}`;
}

export function withoutFilter(ui: Pick<Ui, 't' | 'any' | 'lang'>, c: Condition): string {
  if (c.field === 'price') return ui.t('refine.price');
  if (c.field === 'stock') return ui.t('refine.stock');
  if (c.op === 'ne' || c.op === 'not_in') return ui.t('refine.not', { v: valueWords(ui, c) });
  return ui.t('refine.any', { field: fieldName(ui, c.field) });
}

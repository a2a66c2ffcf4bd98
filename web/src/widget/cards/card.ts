// A card of any kind.
import { nothing, type TemplateResult } from 'lit';
import type { Compare, Coupon, Order, Policy, Product, Products, Proposal } from '../../shared/cards';
import type { Ui } from '../ui';
import { compareCard } from './compare';
import { couponCard } from './coupon';
import { orderCard } from './order';
import { policyCard } from './policy';
import { productCard, productsCard } from './products';
import { proposalCard } from './proposal';

type Out = TemplateResult | typeof nothing;

export function card(ui: Ui, id: string, p: { kind: string; data: unknown }): Out {
  switch (p.kind) {
    case 'products':
      return productsCard(ui, id, p.data as Products);
    case 'product':
      return productCard(ui, id, p.data as Product);
    case 'compare':
      return compareCard(ui, p.data as Compare);
    case 'coupon':
      return couponCard(ui, id, p.data as Coupon);
    case 'order':
      return orderCard(ui, p.data as Order);
    case 'proposal':
      return proposalCard(ui, p.data as Proposal);
    default:
      return policyCard(ui, id, p.data as Policy);
  }
}

/** A card whose data are not of the form this version knows is left out: the text beside it still stands. */
export function safely(draw: () => Out): Out {
  try {
    return draw();
  } catch {
    return nothing;
  }
}

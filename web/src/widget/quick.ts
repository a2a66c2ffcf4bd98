// What may well be said next, out of what the last answer shows. Each is an ordinary message.
import type { Coupon, Order, Products } from '../shared/cards';
import type { Answer } from './turn';
import type { Key } from './ui';

const mostOf = 4;

export function quickReplies(a: Answer): Key[] {
  const out: Key[] = [];
  for (const p of a.parts) {
    if (p.type !== 'card') continue;
    switch (p.kind) {
      case 'products': {
        const n = (p.data as Products).shown?.length ?? 0;
        if (n === 1) out.push('quick.product.coupons', 'quick.product.similar', 'quick.product.returns');
        if (n > 1) out.push('quick.cheaper', 'quick.compare', 'quick.rated', 'quick.coupons');
        break;
      }
      case 'product':
        out.push('quick.product.coupons', 'quick.product.similar', 'quick.product.returns');
        break;
      case 'compare':
        out.push('quick.coupons');
        break;
      case 'order':
        out.push((p.data as Order).status === 'shipped' ? 'quick.order.late' : 'quick.order.return');
        break;
      case 'coupon':
        if ((p.data as Coupon).applies) out.push('quick.coupon.use');
        break;
    }
  }
  return [...new Set(out)].slice(0, mostOf);
}

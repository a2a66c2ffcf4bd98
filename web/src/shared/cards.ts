// The data of cards as the server sends them (shop/card.go). Unknown is absent or null, never a guess.

export interface Money {
  minor: number;
  currency: string;
}

export type Value = string | number;

export interface Attribute {
  name: string;
  value: Value;
  unit?: string;
}

export interface Variant {
  id: string;
  attributes: Attribute[];
  price?: Money | null;
  stock?: number | null;
}

export interface Product {
  id: string;
  title: string;
  brand: string;
  category: string;
  merchant?: string;
  price?: Money | null;
  was?: Money | null;
  rating?: number | null;
  reviews?: number | null;
  stock?: number | null;
  attributes: Attribute[];
  variants?: Variant[];
  coupon?: string;
  image: string;
  url: string;
  why: string[];
  description?: string;
}

export type Op = 'eq' | 'ne' | 'in' | 'not_in' | 'lt' | 'lte' | 'gt' | 'gte';

export interface Condition {
  field: string;
  op: Op;
  value: Value | Value[] | Money;
  unit?: string;
}

export interface Relaxation {
  condition: Condition;
  to?: Condition | null;
  reason: string;
}

export interface Understood {
  query: string;
  filters: Condition[];
  sort?: string;
  corrected?: string;
  relaxed: Relaxation[];
}

export interface Facet {
  field: string;
  values: { value: string; count: number }[];
}

export interface Products {
  total: number;
  shown: Product[];
  facets: Facet[];
  understood: Understood;
}

export interface Compare {
  products: Product[];
  rows: { name: string; unit?: string; values: (Value | null)[]; better?: number | null }[];
}

export interface Coupon {
  id: string;
  code?: string;
  title: string;
  kind: string;
  funding: string;
  starts?: string | null;
  ends?: string | null;
  conditions: string[];
  applies: boolean;
  saves?: Money | null;
  reason?: string;
}

export interface Shipment {
  carrier: string;
  tracking: string;
  state: string;
  expected?: string | null;
  events: { at: string; text: string; text_zh?: string; place?: string }[];
}

export interface OrderItem {
  product: string;
  variant?: string;
  title: string;
  title_zh?: string;
  price: Money;
  qty: number;
  options?: Attribute[];
}

export interface Order {
  id: string;
  status: string;
  placed: string;
  items: OrderItem[];
  total: Money;
  shipments: Shipment[];
  actions: string[];
}

export interface Address {
  name?: string;
  line1?: string;
  line2?: string;
  city?: string;
  region?: string;
  postal?: string;
  country?: string;
}

/** The parts of a record that a proposal changes. */
export interface ProposalView {
  status?: string;
  address?: Address;
  items?: OrderItem[];
  payment?: string;
  refund?: { method: string; amount: Money }[];
  total?: Money;
  fee?: Money;
  invoice?: { name: string; tax_id?: string };
  expected?: string;
}

export interface Proposal {
  id: string;
  tool: string;
  record: string;
  summary: string;
  before: ProposalView;
  after: ProposalView;
  money_delta: Money; // what the shopper pays; negative: gets back
  expires: string;
  state:
    | 'open'
    | 'awaiting_second'
    | 'confirmed'
    | 'done'
    | 'refused'
    | 'unclear'
    | 'declined'
    | 'void'
    | 'expired';
  note?: string;
}

export interface Policy {
  document: string;
  section: string;
  version: string;
  quote: string;
}

export interface Shop {
  name: string;
  currency: string;
  lang: string;
  languages: string[];
  categories: { name: string; name_zh?: string; count: number }[];
  starters: { en?: string[]; zh?: string[] };
  demo: boolean;
}

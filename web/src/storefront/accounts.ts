/** Whom the demo's shopper can be: a guest, or one of two who have orders. Their keys are in the demo's documents. */
export const accounts = ['demo-shopper', 'demo-shopper-2', 'guest'] as const;
export type Account = (typeof accounts)[number];

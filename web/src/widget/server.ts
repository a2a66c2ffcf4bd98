/**
 * The origin of the shop's server: what the `shop` attribute says (a host or an address), else where the script came from.
 * A bare host is spoken to over https, but on this machine as the page itself.
 */
export function serverOf(shop: string, script: string, page: string): string {
  const raw = shop.trim();
  if (raw === '') return new URL(script, page).origin;
  if (/^https?:\/\//i.test(raw)) return new URL(raw).origin;
  const host = new URL(`https://${raw.replace(/^\/+/, '')}`).host;
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host);
  const { protocol } = new URL(page);
  return `${local && protocol === 'http:' ? 'http:' : 'https:'}//${host}`;
}

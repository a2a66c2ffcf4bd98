/** An address that may stand in a link or a picture: http or https only, relative ones against the base; else undefined. */
export function safeURL(raw: string | null | undefined, base: string): string | undefined {
  if (!raw) return undefined;
  try {
    const u = new URL(raw, base);
    return u.protocol === 'https:' || u.protocol === 'http:' ? u.href : undefined;
  } catch {
    return undefined;
  }
}

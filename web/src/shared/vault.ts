/** Small strings kept in the browser under a prefix. A browser that forbids storage forgets them with the page. */
export class Vault {
  private readonly memory = new Map<string, string>();
  private readonly prefix: string;
  private readonly store: Storage | undefined;

  constructor(prefix: string, store?: () => Storage) {
    this.prefix = `shopkeeper:${prefix}:`;
    try {
      const s = store ? store() : globalThis.localStorage;
      s.getItem(this.prefix); // some browsers hand out the object and throw on use
      this.store = s;
    } catch {
      this.store = undefined;
    }
  }

  get(key: string): string | undefined {
    return this.memory.get(key) ?? this.store?.getItem(this.prefix + key) ?? undefined;
  }

  set(key: string, value: string | undefined): void {
    try {
      if (value === undefined) this.store?.removeItem(this.prefix + key);
      else this.store?.setItem(this.prefix + key, value);
      this.memory.delete(key);
      if (this.store || value === undefined) return;
    } catch {
      // full or forbidden: memory below
    }
    if (value !== undefined) this.memory.set(key, value);
  }
}

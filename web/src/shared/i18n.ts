// Words of the interface. A message may hold {names}; "one|many" chooses by the parameter n.

export type Lang = 'en' | 'zh-CN';
export const langs: readonly Lang[] = ['en', 'zh-CN'];

/** The language of the interface for any language tag; Chinese of every kind reads zh-CN. */
export function langOf(tag: string | null | undefined): Lang | undefined {
  const t = (tag ?? '').toLowerCase();
  if (t.startsWith('zh')) return 'zh-CN';
  return t.startsWith('en') ? 'en' : undefined;
}

/** The first that says a language we speak, else English. */
export const pickLang = (...tags: (string | null | undefined)[]): Lang =>
  tags.map(langOf).find((l) => l !== undefined) ?? 'en';

/** How the API names a language. */
export const apiLang = (lang: Lang): 'en' | 'zh' => (lang === 'en' ? 'en' : 'zh');

export type Params = Record<string, string | number>;
export type Translate<K extends string> = (key: K, params?: Params) => string;

const plain: Record<Lang, Intl.NumberFormat> = {
  en: new Intl.NumberFormat('en'),
  'zh-CN': new Intl.NumberFormat('zh-CN'),
};

export function translator<K extends string>(lang: Lang, catalogue: Record<K, string>): Translate<K> {
  return (key, params = {}) => {
    let text = catalogue[key] ?? key;
    if (typeof params.n === 'number' && text.includes('|')) {
      const forms = text.split('|');
      text = (params.n === 1 ? forms[0] : forms[1]) ?? text;
    }
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const v = params[name];
      if (v === undefined) return whole;
      return typeof v === 'number' ? plain[lang].format(v) : v;
    });
  };
}

/** A key of a family such as `field.*` when the catalogue has it, else the fallback. */
export const maybe = (catalogue: Record<string, string>, key: string, fallback: string): string =>
  Object.hasOwn(catalogue, key) ? catalogue[key]! : fallback;

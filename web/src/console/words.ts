import { type Lang, maybe, type Translate, translator } from '../shared/i18n';
import en from './i18n/en.json';
import zh from './i18n/zh-CN.json';

export type Key = keyof typeof en;

const catalogues: Record<Lang, Record<Key, string>> = { en, 'zh-CN': zh };

export interface Words {
  lang: Lang;
  t: Translate<Key>;
  any: (key: string, fallback: string) => string;
}

export const speak = (lang: Lang): Words => ({
  lang,
  t: translator<Key>(lang, catalogues[lang]),
  any: (key, fallback) => maybe(catalogues[lang], key, fallback),
});

import { type Lang, maybe, type Translate, translator } from '../shared/i18n';
import sharedEn from '../shared/i18n/en.json';
import sharedZh from '../shared/i18n/zh-CN.json';
import en from './i18n/en.json';
import zh from './i18n/zh-CN.json';

export type Key = keyof typeof en | keyof typeof sharedEn;

const catalogues: Record<Lang, Record<Key, string>> = {
  en: { ...sharedEn, ...en },
  'zh-CN': { ...sharedZh, ...zh },
};

export interface Words {
  lang: Lang;
  t: Translate<Key>;
  any: (key: string, fallback: string) => string;
  server: string;
}

export const speak = (lang: Lang): Words => ({
  lang,
  t: translator<Key>(lang, catalogues[lang]),
  any: (key, fallback) => maybe(catalogues[lang], key, fallback),
  server: '',
});

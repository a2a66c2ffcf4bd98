// What every drawing function needs of the widget around it.

import type { Product } from '../shared/cards';
import { type Lang, maybe, type Translate, translator } from '../shared/i18n';
import sharedEn from '../shared/i18n/en.json';
import sharedZh from '../shared/i18n/zh-CN.json';
import en from './i18n/en.json';
import zh from './i18n/zh-CN.json';

export type Key = keyof typeof en | keyof typeof sharedEn;

export const catalogues: Record<Lang, Record<Key, string>> = {
  en: { ...sharedEn, ...en },
  'zh-CN': { ...sharedZh, ...zh },
};

export interface Ui {
  lang: Lang;
  t: Translate<Key>;
  /** A key of a family, such as `status.` + what the server sent, else the fallback. */
  any: (key: string, fallback: string) => string;
  server: string;
  now: Date;
  opened: (id: string) => boolean;
  toggle: (id: string) => void;
  say: (text: string) => void;
  go: (e: MouseEvent, p: Product) => void;
  copy: (text: string, id: string) => void;
  copied: (id: string) => boolean;
  answer: (proposal: string, yes: boolean) => void;
  answering: (proposal: string) => boolean;
  refusal: (proposal: string) => string | undefined; // why an answer was not taken
}

export const speak = (lang: Lang): Pick<Ui, 'lang' | 't' | 'any'> => ({
  lang,
  t: translator<Key>(lang, catalogues[lang]),
  any: (key, fallback) => maybe(catalogues[lang], key, fallback),
});

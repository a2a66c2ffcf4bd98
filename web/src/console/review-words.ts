import { type Lang, maybe, type Translate, translator } from '../shared/i18n';
import en from './review-en.json';
import zh from './review-zh-CN.json';

type Key = keyof typeof en;

const catalogues: Record<Lang, Record<Key, string>> = { en, 'zh-CN': zh };
const made = new Map<Lang, { t: Translate<Key>; any: (key: string, fallback: string) => string }>();

/** The words of reviews, and of the ways to what is loaded later. */
export function speakReview(lang: Lang) {
  const known = made.get(lang) ?? {
    t: translator<Key>(lang, catalogues[lang]),
    any: (key: string, fallback: string) => maybe(catalogues[lang], key, fallback),
  };
  made.set(lang, known);
  return known;
}

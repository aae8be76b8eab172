/** Languages: one file each. A language is loaded when it is used; English is always there. */
import { en, type Messages } from './en.ts';

export type { Messages };
export type Language = keyof typeof languages;

const languages = {
  en: { name: 'English', load: async () => en as Messages },
  de: { name: 'Deutsch', load: async () => (await import('./de.ts')).de },
};

export const languageNames = Object.entries(languages).map(([code, { name }]) => ({
  code: code as Language,
  name,
}));

export const isLanguage = (code: string): code is Language => Object.hasOwn(languages, code);

/** The first of the wanted languages that there is. */
export function chooseLanguage(wanted: readonly string[]): Language {
  return wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en';
}

export const loadMessages = (language: Language): Promise<Messages> => languages[language].load();

const RIGHT_TO_LEFT = ['ar', 'fa', 'he', 'ur'];

export const directionOf = (language: string): 'ltr' | 'rtl' =>
  RIGHT_TO_LEFT.includes(language) ? 'rtl' : 'ltr';

export { en };

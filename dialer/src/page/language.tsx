import { useId } from 'react';
import { isLanguage, languageNames, type Language, type Messages } from '../i18n/index.ts';

interface LanguageChoiceProps {
  language: Language;
  messages: Messages;
  onChoose(language: Language): void;
}

export function LanguageChoice({ language, messages, onChoose }: LanguageChoiceProps) {
  const id = useId();
  return (
    <div className="wt-field">
      <label htmlFor={id}>{messages.account.language}</label>
      <select
        id={id}
        value={language}
        onChange={({ currentTarget: { value } }) => isLanguage(value) && onChoose(value)}
      >
        {languageNames.map(({ code, name }) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

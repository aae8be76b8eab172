import { useSurroundings } from '../react/provider.tsx';
import { Icon } from './icon.tsx';

/** The flag of a country, beside its name: it says nothing that the name does not. */
export function Flag({ iso }: { iso: string | null }) {
  const { flags } = useSurroundings();
  if (!iso || !flags)
    return (
      <span className="wt-flag wt-flag-none">
        <Icon name="globe" size={22} />
      </span>
    );
  return (
    <svg className="wt-flag" viewBox="0 0 513 342" aria-hidden="true" focusable="false">
      <use href={`${flags}#${iso}`} />
    </svg>
  );
}

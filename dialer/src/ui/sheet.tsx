import * as Ariakit from '@ariakit/react';
import type { ReactNode, RefObject } from 'react';
import { Icon } from './icon.tsx';

interface SheetProps {
  open: boolean;
  onClose(): void;
  title: string;
  close: string;
  /** What stays in view above what scrolls. */
  head?: ReactNode;
  /** A list that has its own keys; anything else is scrolled by the keyboard as it is. */
  tall?: boolean;
  /** What is focused when it closes; what was focused before, if nothing is named. */
  after?: RefObject<HTMLElement | null>;
  children: ReactNode;
}

/** A dialog that slides over from below on a phone and stands in the middle elsewhere. */
export function Sheet({ open, onClose, title, close, head, tall = false, after, children }: SheetProps) {
  return (
    <Ariakit.Dialog
      open={open}
      onClose={onClose}
      unmountOnHide
      {...(after && { finalFocus: after })}
      className={`wt wt-sheet${tall ? ' wt-sheet-tall' : ''}`}
      backdrop={<div className="wt-backdrop" />}
    >
      <div className="wt-sheet-head">
        <Ariakit.DialogHeading className="wt-sheet-title">{title}</Ariakit.DialogHeading>
        <Ariakit.DialogDismiss className="wt-round-button" aria-label={close}>
          <Icon name="close" />
        </Ariakit.DialogDismiss>
      </div>
      {head}
      <div className="wt-sheet-body" {...(!tall && { tabIndex: 0, role: 'group', 'aria-label': title })}>
        {children}
      </div>
    </Ariakit.Dialog>
  );
}

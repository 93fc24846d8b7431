import type { ReactElement, ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Button, IconButton } from './button.js';

/** What a {@link Dialog} shows. `onClose` is called for Escape, the close button and, unless `mustDecide`, a press outside. */
export interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
  /** Not closed by a stray press outside: for what is shown once. */
  mustDecide?: boolean;
  role?: 'dialog' | 'alertdialog';
}

/** A window above the page that holds the focus until it is closed. */
export function Dialog({ title, isOpen, onClose, children, footer, wide = false, mustDecide = false, role = 'dialog' }: DialogProps): ReactElement {
  return (
    <ModalOverlay className="n-overlay" isOpen={isOpen} onOpenChange={(open) => { if (!open) onClose(); }} isDismissable={!mustDecide}>
      <Modal className={wide ? 'n-modal n-modal--wide' : 'n-modal'}>
        <AriaDialog className="n-dialog" role={role}>
          <header className="n-dialog__head">
            <Heading slot="title" className="n-dialog__title">{title}</Heading>
            <IconButton small icon="x" label="Close" onPress={onClose} />
          </header>
          <div className="n-dialog__body">{children}</div>
          {footer !== undefined && <footer className="n-dialog__foot">{footer}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog({ title, children, action, isOpen, isPending, onConfirm, onClose }: { title: string; children: ReactNode; action: string; isOpen: boolean; isPending: boolean; onConfirm: () => void; onClose: () => void }): ReactElement {
  return (
    <Dialog
      title={title} isOpen={isOpen} onClose={onClose} role="alertdialog"
      footer={<><Button onPress={onClose}>Keep it</Button><Button kind="danger" isPending={isPending} onPress={onConfirm}>{action}</Button></>}
    >
      <div>{children}</div>
    </Dialog>
  );
}

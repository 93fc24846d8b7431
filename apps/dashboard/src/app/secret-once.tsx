import { Button, CodeBlock, Dialog, Notice } from '@nexoramail/ui';
import type { ReactElement, ReactNode } from 'react';

/** Shows a secret the only time that it can be shown; closes only by a decision. */
export function SecretOnce({ title, noun, secret, isOpen, onClose, children }: { title: string; noun: string; secret: string; isOpen: boolean; onClose: () => void; children?: ReactNode }): ReactElement {
  return (
    <Dialog mustDecide title={title} isOpen={isOpen} onClose={onClose} footer={<Button kind="primary" onPress={onClose}>I have stored it</Button>}>
      <Notice tone="warning" icon="alert">Copy the {noun} now: it is not kept in a readable form and will not be shown again.</Notice>
      <CodeBlock wrap label={noun} text={secret} />
      {children !== undefined && <p className="n-muted">{children}</p>}
    </Dialog>
  );
}

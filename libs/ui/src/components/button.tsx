import type { ReactElement, ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components';
import { Icon, type IconName } from './icon.js';

/** How much attention a button asks for. */
export type ButtonKind = 'primary' | 'default' | 'danger' | 'quiet';

/** What a {@link Button} takes besides what React Aria's takes. */
export interface ButtonProps extends Omit<AriaButtonProps, 'children' | 'className'> {
  children: ReactNode;
  kind?: ButtonKind;
  icon?: IconName;
  small?: boolean;
  wide?: boolean;
}

/** The class of a button, for links that look like one. */
export function buttonClass({ kind = 'default', small = false, wide = false, iconOnly = false }: { kind?: ButtonKind; small?: boolean; wide?: boolean; iconOnly?: boolean } = {}): string {
  return ['n-button', kind !== 'default' && `n-button--${kind}`, small && 'n-button--small', wide && 'n-button--wide', iconOnly && 'n-button--icon'].filter(Boolean).join(' ');
}

/** A button. `isPending` shows a spinner and takes no further press, without moving the text. */
export function Button({ children, kind, icon, small, wide, ...props }: ButtonProps): ReactElement {
  return (
    <AriaButton {...props} className={buttonClass({ ...(kind && { kind }), ...(small && { small }), ...(wide && { wide }) })}>
      {props.isPending ? <span className="n-spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </AriaButton>
  );
}

/** A button that shows only a drawing; `label` is its name for screen readers and the tooltip. */
export function IconButton({ label, icon, kind = 'quiet', small, ...props }: Omit<ButtonProps, 'children' | 'wide'> & { label: string; icon: IconName }): ReactElement {
  return (
    <AriaButton {...props} aria-label={label} className={buttonClass({ kind, iconOnly: true, ...(small && { small }) })}>
      <Icon name={icon} />
    </AriaButton>
  );
}

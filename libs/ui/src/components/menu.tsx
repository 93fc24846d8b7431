import type { ReactElement, ReactNode } from 'react';
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { Icon, type IconName } from './icon.js';

/** One line of a {@link Menu}. */
export interface MenuEntry {
  readonly id: string;
  readonly label: string;
  readonly icon?: IconName;
  readonly danger?: boolean;
  /** Shows a tick: the present choice. */
  readonly selected?: boolean;
  readonly onAction: () => void;
}

/** A list of actions under a button. */
export function Menu({ label, trigger, entries }: { label: string; trigger: ReactNode; entries: readonly MenuEntry[] }): ReactElement {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className="n-popover" placement="bottom end">
        <AriaMenu className="n-menu" aria-label={label}>
          {entries.map((entry) => (
            <MenuItem key={entry.id} id={entry.id} textValue={entry.label} className={entry.danger ? 'n-menu__item n-menu__item--danger' : 'n-menu__item'} onAction={entry.onAction}>
              {entry.icon && <Icon name={entry.icon} />}
              {entry.label}
              {entry.selected && <span className="n-menu__check"><Icon name="check" /></span>}
            </MenuItem>
          ))}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

import { useState, type ReactElement } from 'react';
import { applyTheme, readTheme, type ThemeChoice } from '../logic/theme.js';
import { IconButton } from './button.js';
import type { IconName } from './icon.js';
import { Menu } from './menu.js';

const CHOICES: readonly { id: ThemeChoice; label: string; icon: IconName }[] = [
  { id: 'system', label: 'As the system', icon: 'monitor' },
  { id: 'light', label: 'Light', icon: 'sun' },
  { id: 'dark', label: 'Dark', icon: 'moon' },
];

/** Chooses light, dark, or as the system; kept in this browser. */
export function ThemeToggle(): ReactElement {
  const [theme, setTheme] = useState(readTheme);
  const choose = (choice: ThemeChoice): void => {
    applyTheme(choice);
    setTheme(choice);
  };
  const icon = CHOICES.find(({ id }) => id === theme)?.icon ?? 'monitor';
  return <Menu label="Theme" trigger={<IconButton icon={icon} label="Theme" />} entries={CHOICES.map((choice) => ({ ...choice, selected: choice.id === theme, onAction: () => choose(choice.id) }))} />;
}

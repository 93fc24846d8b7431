import type { ReactElement } from 'react';
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import type { Option } from './field.js';

/** One of two or three choices that are all in sight. */
export function Segments({ label, options, value, onChange }: { label: string; options: readonly Option[]; value: string; onChange: (id: string) => void }): ReactElement {
  return (
    <ToggleButtonGroup className="n-segments" aria-label={label} selectionMode="single" disallowEmptySelection selectedKeys={[value]} onSelectionChange={(keys) => keys.forEach((key) => onChange(String(key)))}>
      {options.map((option) => <ToggleButton key={option.id} id={option.id} className="n-segments__item">{option.label}</ToggleButton>)}
    </ToggleButtonGroup>
  );
}

import { useId, type ReactElement, type ReactNode } from 'react';
import {
  Button, Checkbox as AriaCheckbox, CheckboxGroup as AriaCheckboxGroup, FieldError, Input, Label, ListBox, ListBoxItem, Popover, SearchField as AriaSearchField,
  Select as AriaSelect, SelectValue, Text, TextField as AriaTextField, type TextFieldProps as AriaTextFieldProps,
} from 'react-aria-components';
import { Icon } from './icon.js';

/** What a {@link TextField} takes besides what React Aria's takes. */
export interface TextFieldProps extends Omit<AriaTextFieldProps, 'className' | 'children' | 'style'> {
  label: string;
  hint?: string;
  placeholder?: string;
  /** Large, spaced digits, for one-time codes. */
  code?: boolean;
  /** What the server found wrong; shown until the text changes. */
  error?: string | undefined;
}

/** A labelled line of text with hint and error. */
export function TextField({ label, hint, placeholder, code, error, ...props }: TextFieldProps): ReactElement {
  return (
    <AriaTextField {...props} className="n-field" isInvalid={error !== undefined || (props.isInvalid ?? false)}>
      <Label className="n-field__label">{label}</Label>
      <Input className={code ? 'n-input n-input--code' : 'n-input'} {...(placeholder !== undefined && { placeholder })} />
      {hint !== undefined && <Text slot="description" className="n-field__hint">{hint}</Text>}
      <FieldError className="n-field__error">{error}</FieldError>
    </AriaTextField>
  );
}

/** A search box: `onSearch` on Enter and on clearing, not on each letter, since each search is a request. */
export function SearchField({ label, placeholder, value, onChange, onSearch }: { label: string; placeholder: string; value: string; onChange: (value: string) => void; onSearch: (value: string) => void }): ReactElement {
  return (
    <AriaSearchField className="n-search" aria-label={label} value={value} onChange={onChange} onSubmit={onSearch} onClear={() => onSearch('')}>
      <Icon name="search" />
      <Input className="n-input" placeholder={placeholder} onBlur={() => onSearch(value)} />
      <Button className="n-search__clear"><Icon name="x" /></Button>
    </AriaSearchField>
  );
}

/** One choice of a {@link Select}. */
export interface Option {
  readonly id: string;
  readonly label: string;
}

/** One choice of several, in a list that opens. `label` is read out; it is shown above unless `compact`. */
export function Select({ label, options, value, onChange, compact = false, name }: { label: string; options: readonly Option[]; value: string; onChange: (id: string) => void; compact?: boolean; name?: string }): ReactElement {
  return (
    <AriaSelect className="n-field" value={value} onChange={(key) => onChange(String(key))} {...(compact && { 'aria-label': label })} {...(name !== undefined && { name })}>
      {!compact && <Label className="n-field__label">{label}</Label>}
      <Button className="n-select__button">
        <SelectValue className="n-select__value n-truncate" />
        <Icon name="chevronDown" />
      </Button>
      <Popover className="n-popover">
        <ListBox className="n-menu" items={options}>
          {(option) => (
            <ListBoxItem className="n-menu__item" id={option.id} textValue={option.label}>
              {({ isSelected }) => <>{option.label}{isSelected && <span className="n-menu__check"><Icon name="check" /></span>}</>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

/** One box to tick. */
export function Checkbox({ children, ...props }: { children: ReactNode; value?: string; isSelected?: boolean; isDisabled?: boolean; onChange?: (selected: boolean) => void }): ReactElement {
  return (
    <AriaCheckbox {...props} className="n-checkbox">
      <span className="n-checkbox__box"><Icon name="check" /></span>
      <span>{children}</span>
    </AriaCheckbox>
  );
}

/** Several boxes under one label. */
export function CheckboxGroup({ label, hint, options, value, onChange, isDisabled = false }: { label: string; hint?: string; options: readonly Option[]; value: readonly string[]; onChange: (value: string[]) => void; isDisabled?: boolean }): ReactElement {
  const hintId = useId();
  return (
    <AriaCheckboxGroup className="n-field" value={[...value]} onChange={onChange} isDisabled={isDisabled} {...(hint !== undefined && { 'aria-describedby': hintId })}>
      <Label className="n-field__label">{label}</Label>
      {hint !== undefined && <span id={hintId} className="n-field__hint">{hint}</span>}
      <div className="n-checkbox-grid">
        {options.map((option) => <Checkbox key={option.id} value={option.id}>{option.label}</Checkbox>)}
      </div>
    </AriaCheckboxGroup>
  );
}

import type { ReactElement, ReactNode } from 'react';
import { Button, Disclosure as AriaDisclosure, DisclosurePanel, Heading } from 'react-aria-components';
import { Icon } from './icon.js';

/** A heading that opens what is below it. */
export function Disclosure({ heading, children, isOpen = false }: { heading: ReactNode; children: ReactNode; isOpen?: boolean }): ReactElement {
  return (
    <AriaDisclosure className="n-disclosure" defaultExpanded={isOpen}>
      <Heading level={3}>
        <Button slot="trigger" className="n-disclosure__button"><Icon name="chevronRight" />{heading}</Button>
      </Heading>
      <DisclosurePanel className="n-disclosure__panel">{children}</DisclosurePanel>
    </AriaDisclosure>
  );
}

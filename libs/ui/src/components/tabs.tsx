import type { ReactElement, ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components';

/** One tab: its name and what it shows. */
export interface TabEntry {
  readonly id: string;
  readonly label: string;
  readonly content: ReactNode;
}

/** Several views of one thing, one in sight. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly TabEntry[] }): ReactElement {
  return (
    <AriaTabs>
      <TabList className="n-tabs__list" aria-label={label}>
        {tabs.map((tab) => <Tab key={tab.id} id={tab.id} className="n-tabs__tab">{tab.label}</Tab>)}
      </TabList>
      {tabs.map((tab) => <TabPanel key={tab.id} id={tab.id} className="n-tabs__panel">{tab.content}</TabPanel>)}
    </AriaTabs>
  );
}

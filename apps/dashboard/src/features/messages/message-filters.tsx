import { getRouteApi } from '@tanstack/react-router';
import { Button, SearchField, Select } from '@nexoramail/ui';
import { useEffect, useState, type ReactElement } from 'react';
import { groupOf, isFiltered, parseMessageSearch, STATUS_GROUPS, type MessageSearch } from './filters.js';

const route = getRouteApi('/app/messages');
const MIXED = { id: 'mixed', label: 'Several statuses' };

/** Status, recipient and tag; kept in the URL, so that a view can be shared and reloaded. */
export function MessageFilters({ value }: { value: MessageSearch }): ReactElement {
  const navigate = route.useNavigate();
  const set = (change: Record<string, unknown>): void => void navigate({ search: parseMessageSearch({ ...value, ...change }), replace: true });
  const group = groupOf(value.status);
  return (
    <div className="n-toolbar messages__filters">
      <Select compact label="Status" options={group === undefined ? [MIXED, ...STATUS_GROUPS] : STATUS_GROUPS} value={group ?? MIXED.id} onChange={(id) => set({ status: STATUS_GROUPS.find((one) => one.id === id)?.statuses })} />
      <TextFilter label="Recipient" placeholder="Recipient address" value={value.recipient ?? ''} onSearch={(recipient) => set({ recipient })} />
      <TextFilter label="Tag" placeholder="Tag" value={value.tag ?? ''} onSearch={(tag) => set({ tag })} />
      {isFiltered(value) && <Button kind="quiet" icon="x" onPress={() => void navigate({ search: {}, replace: true })}>Clear</Button>}
    </div>
  );
}

function TextFilter({ value, onSearch, ...names }: { label: string; placeholder: string; value: string; onSearch: (text: string) => void }): ReactElement {
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);
  return <SearchField {...names} value={draft} onChange={setDraft} onSearch={(text) => { if (text.trim() !== value) onSearch(text); }} />;
}

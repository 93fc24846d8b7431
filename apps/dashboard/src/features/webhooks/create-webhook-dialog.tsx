import { NexoraMailError, type EventType } from '@nexoramail/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Checkbox, CheckboxGroup, Dialog, errorFacts, Notice, TextField } from '@nexoramail/ui';
import { useState, type ReactElement } from 'react';
import { useApi } from '../../api/use-api.js';
import { SecretOnce } from '../../app/secret-once.js';
import { EVENT_GROUPS } from './event-types.js';

/** Asks for an address and events; then shows the secret, once. */
export function CreateWebhookDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): ReactElement {
  const [round, setRound] = useState(0);
  const close = (): void => {
    onClose();
    setRound((before) => before + 1);
  };
  return <CreateWebhook key={round} isOpen={isOpen} onClose={close} />;
}

function CreateWebhook({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): ReactElement {
  const { nexora, mode } = useApi();
  const client = useQueryClient();
  const [url, setUrl] = useState('');
  const [description, setDescription] = useState('');
  const [all, setAll] = useState(true);
  const [types, setTypes] = useState<EventType[]>(['email.delivered', 'email.bounced', 'email.failed']);
  const create = useMutation({
    mutationFn: () => nexora.webhooks.create({ url: url.trim(), events: all ? ['*'] : types, ...(description.trim() !== '' && { description: description.trim() }) }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['webhooks', mode] }),
  });
  if (create.data) return <SecretOnce title="Endpoint added" noun="signing secret" secret={create.data.secret} isOpen={isOpen} onClose={onClose}>Your server checks each POST with it: <code>NexoraMail.webhooks.verify(body, headers, secret)</code>.</SecretOnce>;
  const urlError = faultAt(create.error, '/url');
  return (
    <Dialog
      wide title="Add endpoint" isOpen={isOpen} onClose={onClose}
      footer={<><Button onPress={onClose}>Cancel</Button><Button kind="primary" isDisabled={url.trim() === '' || (!all && types.length === 0)} isPending={create.isPending} onPress={() => create.mutate()}>Add endpoint</Button></>}
    >
      <form className="n-stack" onSubmit={(event) => { event.preventDefault(); create.mutate(); }}>
        {create.error && urlError === undefined && <Notice tone="danger" icon="alert">{errorFacts(create.error).detail}</Notice>}
        <TextField label="URL" type="url" placeholder="https://example.com/hooks/nexora" autoFocus value={url} onChange={(value) => { setUrl(value); create.reset(); }} error={urlError} />
        <TextField label="Description (optional)" value={description} onChange={setDescription} />
        <Checkbox isSelected={all} onChange={setAll}>All events, also those that come with later versions</Checkbox>
        {!all && EVENT_GROUPS.map((group) => (
          <CheckboxGroup
            key={group.label} label={group.label} options={group.types.map((type) => ({ id: type, label: type }))} value={types.filter((type) => group.types.includes(type))}
            onChange={(chosen) => setTypes([...types.filter((type) => !group.types.includes(type)), ...group.types.filter((type) => chosen.includes(type))])}
          />
        ))}
      </form>
    </Dialog>
  );
}

function faultAt(error: unknown, pointer: string): string | undefined {
  return error instanceof NexoraMailError ? error.errors.find((fault) => fault.pointer === pointer)?.message : undefined;
}

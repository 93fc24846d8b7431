import type { Mode } from '@nexoramail/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, CheckboxGroup, Dialog, errorFacts, Notice, Select, TextField } from '@nexoramail/ui';
import { useState, type ReactElement } from 'react';
import { useApi } from '../../api/use-api.js';
import { SecretOnce } from '../../app/secret-once.js';
import { ALL_SCOPES, expiryOf, SCOPE_GROUPS } from './scopes.js';

const MODES = [{ id: 'live', label: 'Live: mail is delivered' }, { id: 'test', label: 'Test: delivery is simulated' }];
const PRESETS = [{ id: 'send', label: 'Sending only' }, { id: 'all', label: 'Everything' }, { id: 'own', label: 'Chosen scopes' }];
const LIVES = [{ id: 'never', label: 'Never' }, { id: '7', label: 'In 7 days' }, { id: '30', label: 'In 30 days' }, { id: '90', label: 'In 90 days' }, { id: '365', label: 'In a year' }];

/** Asks for name, mode, scopes and end; then shows the key, once. */
export function CreateKeyDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): ReactElement {
  const [round, setRound] = useState(0);
  const close = (): void => {
    onClose();
    setRound((before) => before + 1);
  };
  return <CreateKey key={round} isOpen={isOpen} onClose={close} />;
}

function CreateKey({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): ReactElement {
  const api = useApi();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [mode, setMode] = useState<Mode>(api.mode);
  const [preset, setPreset] = useState('send');
  const [own, setOwn] = useState<string[]>(['emails:send', 'emails:read']);
  const [life, setLife] = useState('never');
  const scopes = preset === 'send' ? ['emails:send'] : preset === 'all' ? [...ALL_SCOPES] : own;
  const create = useMutation({
    mutationFn: () => {
      const expiresAt = expiryOf(life, Date.now());
      return api.nexora.apiKeys.create({ name: name.trim(), mode, scopes, ...(expiresAt !== undefined && { expires_at: expiresAt }) });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['api-keys'] }),
  });
  if (create.data) return <SecretOnce title="Key created" noun="API key" secret={create.data.secret} isOpen={isOpen} onClose={onClose}>Send it as <code>Authorization: Bearer …</code>, or use it as the SMTP password.</SecretOnce>;
  const submit = (): void => { if (name.trim() !== '' && scopes.length > 0) create.mutate(); };
  return (
    <Dialog
      wide title="Create key" isOpen={isOpen} onClose={onClose}
      footer={<><Button onPress={onClose}>Cancel</Button><Button kind="primary" isDisabled={name.trim() === '' || scopes.length === 0} isPending={create.isPending} onPress={submit}>Create key</Button></>}
    >
      <form className="n-stack" onSubmit={(event) => { event.preventDefault(); submit(); }}>
        {create.error && <Notice tone="danger" icon="alert">{errorFacts(create.error).detail}</Notice>}
        <TextField label="Name" placeholder="production shop" hint="For people: where the key is used." autoFocus maxLength={100} value={name} onChange={setName} />
        <div className="form__pair">
          <Select label="Mode" options={MODES} value={mode} onChange={(id) => setMode(id === 'test' ? 'test' : 'live')} />
          <Select label="Ends" options={LIVES} value={life} onChange={setLife} />
        </div>
        <Select label="May do" options={PRESETS} value={preset} onChange={setPreset} />
        {preset === 'own' && SCOPE_GROUPS.map((group) => (
          <CheckboxGroup
            key={group.label} label={group.label} options={group.scopes.map((scope) => ({ id: scope, label: scope }))} value={own.filter((scope) => group.scopes.includes(scope))}
            onChange={(chosen) => setOwn([...own.filter((scope) => !group.scopes.includes(scope)), ...chosen])}
          />
        ))}
      </form>
    </Dialog>
  );
}

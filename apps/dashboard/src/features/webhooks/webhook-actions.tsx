import type { Webhook } from '@nexoramail/sdk';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button, ConfirmDialog, errorFacts, IconButton, Menu, useToast } from '@nexoramail/ui';
import { useState, type ReactElement } from 'react';
import { useApi } from '../../api/use-api.js';
import { SecretOnce } from '../../app/secret-once.js';

/** What can be done with an endpoint: test, enable, rotate its secret, delete. */
export function WebhookActions({ webhook: { id, status } }: { webhook: Webhook }): ReactElement {
  const { nexora, mode } = useApi();
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [asking, setAsking] = useState<'rotate' | 'delete'>();
  const renew = (): Promise<void> => client.invalidateQueries({ queryKey: ['webhooks', mode] });
  const onError = (error: unknown): void => toast('danger', errorFacts(error).detail);
  const test = useMutation({ mutationFn: () => nexora.webhooks.test(id), onSuccess: () => { toast('success', 'A test event is on its way.'); return renew(); }, onError });
  const enable = useMutation({ mutationFn: () => nexora.webhooks.enable(id), onSuccess: () => { toast('success', 'The endpoint is active.'); return renew(); }, onError });
  const rotate = useMutation({ mutationFn: () => nexora.webhooks.rotate(id), onSuccess: () => setAsking(undefined), onError });
  const remove = useMutation({
    mutationFn: () => nexora.webhooks.delete(id),
    onSuccess: async () => {
      toast('success', 'The endpoint is deleted.');
      await navigate({ to: '/webhooks' });
      client.removeQueries({ queryKey: ['webhooks', mode, id] });
      await renew();
    },
    onError,
  });
  return (
    <>
      {status !== 'active' && <Button kind="primary" icon="play" isPending={enable.isPending} onPress={() => enable.mutate()}>Enable</Button>}
      <Button icon="send" isPending={test.isPending} onPress={() => test.mutate()}>Send test event</Button>
      <Menu
        label="More actions" trigger={<IconButton kind="default" icon="more" label="More actions" />}
        entries={[{ id: 'rotate', label: 'Rotate secret', icon: 'refresh', onAction: () => setAsking('rotate') }, { id: 'delete', label: 'Delete endpoint', icon: 'trash', danger: true, onAction: () => setAsking('delete') }]}
      />
      <ConfirmDialog title="Rotate the secret?" action="Rotate secret" isOpen={asking === 'rotate'} isPending={rotate.isPending} onConfirm={() => rotate.mutate()} onClose={() => setAsking(undefined)}>
        A new secret is made. The old one signs along for 24 hours, so that your server can change over without a gap.
      </ConfirmDialog>
      <ConfirmDialog title="Delete the endpoint?" action="Delete endpoint" isOpen={asking === 'delete'} isPending={remove.isPending} onConfirm={() => remove.mutate()} onClose={() => setAsking(undefined)}>
        Nothing more is posted to it, and what waits for it is dropped. This cannot be undone.
      </ConfirmDialog>
      {rotate.data && <SecretOnce title="New secret" noun="signing secret" secret={rotate.data.secret} isOpen onClose={() => rotate.reset()}>The old secret signs along for 24 hours.</SecretOnce>}
    </>
  );
}

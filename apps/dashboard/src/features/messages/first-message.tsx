import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { buttonClass, CodeBlock, EmptyState } from '@nexoramail/ui';
import type { ReactElement } from 'react';
import { useApi } from '../../api/use-api.js';
import { domainsQuery } from '../domains/domains.query.js';
import { curlOf } from './curl.js';

/** Nothing was sent yet: the command that changes it. */
export function FirstMessage(): ReactElement {
  const domains = useQuery(domainsQuery(useApi()));
  const sender = domains.data?.find(({ status }) => status === 'verified')?.name ?? 'your-domain.example';
  return (
    <EmptyState
      icon="mail" title="Send the first message"
      action={<Link to="/api-keys" className={buttonClass()}>Get an API key</Link>}
      extra={<CodeBlock wrap label="Command that sends a message" text={curlOf(location.origin, sender)} />}
    >
      Run this with an API key in <code>NEXORA_API_KEY</code>, and watch it arrive here. Each address at <code>sandbox.test</code> behaves as its name says: try <code>bounce@</code> and <code>defer@</code> too.
    </EmptyState>
  );
}

import { useRouter, Link, type ErrorComponentProps } from '@tanstack/react-router';
import { buttonClass, EmptyState, ErrorState, PageFrame } from '@nexoramail/ui';
import type { ReactElement } from 'react';

/** Shown for an address that leads nowhere. */
export function NotFoundPage(): ReactElement {
  return (
    <PageFrame title="Page not found" heading={<span className="n-visually-hidden">Page not found</span>}>
      <EmptyState icon="search" title="There is no such page" action={<Link to="/messages" className={buttonClass()}>Go to the messages</Link>}>The address may be mistyped, or what it showed is gone.</EmptyState>
    </PageFrame>
  );
}

/** Shown when a page fails in a way that it did not expect. */
export function ErrorPage({ error, reset }: ErrorComponentProps): ReactElement {
  const router = useRouter();
  return <ErrorState error={error} onRetry={() => { reset(); void router.invalidate(); }} />;
}

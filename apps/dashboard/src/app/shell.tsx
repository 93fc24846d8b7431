import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useLocation, useNavigate, useRouter } from '@tanstack/react-router';
import { EmptyState, errorFacts, IconButton, Menu, Segments, Skeleton, ThemeToggle, useToast, visibleText } from '@nexoramail/ui';
import { useEffect, useRef, type ReactElement } from 'react';
import { forgetAccountData } from '../api/account-data.js';
import { useMode } from '../api/mode.js';
import { ApiProvider } from '../api/use-api.js';
import { LiveProvider } from '../live/live-provider.js';
import { sessionQuery, signOut, type Session } from '../session/session.js';
import { Brand } from './brand.js';
import { Navigation } from './navigation.js';

/** What stands around every page of a signed-in person; leads to the sign-in page when the session ends. */
export function Shell(): ReactElement {
  const { data: session } = useQuery(sessionQuery);
  useSignInAgain(session === null);
  if (!session) return <Skeleton />;
  return (
    <ApiProvider>
      <LiveProvider>
        <a className="skip" href="#content">Skip to the content</a>
        <div className="shell">
          <header className="shell__bar">
            <Brand />
            <div className="shell__account n-truncate">{session.account && visibleText(session.account.name)}</div>
            <Navigation />
            <div className="shell__tools">
              <ModeSwitch />
              <ThemeToggle />
              <AccountMenu session={session} />
            </div>
          </header>
          <Content session={session} />
        </div>
      </LiveProvider>
    </ApiProvider>
  );
}

/** Leads to the sign-in page, once, when the session has ended under a page that was in use. */
function useSignInAgain(ended: boolean): void {
  const router = useRouter();
  useEffect(() => {
    const { pathname, href } = router.latestLocation;
    if (ended && pathname !== '/sign-in') void router.navigate({ to: '/sign-in', search: { next: href, expired: true }, replace: true });
  }, [ended, router]);
}

function Content({ session }: { session: Session }): ReactElement {
  const [mode] = useMode();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  useEffect(() => {
    // A new page is announced: the focus goes to its beginning, as it would in a site without script.
    if (before.current !== pathname) main.current?.focus({ preventScroll: true });
    before.current = pathname;
  }, [pathname]);
  return (
    <main id="content" className="shell__content" ref={main} tabIndex={-1}>
      {mode === 'test' && <p className="shell__test">Test mode: the whole pipeline runs, but nothing is really delivered.</p>}
      {session.account ? <Outlet /> : <EmptyState icon="user" title="You are signed in as staff">Staff belong to no account, so there is no mail to show here.</EmptyState>}
    </main>
  );
}

function ModeSwitch(): ReactElement {
  const [mode, setMode] = useMode();
  return <Segments label="Mode" options={[{ id: 'live', label: 'Live' }, { id: 'test', label: 'Test' }]} value={mode} onChange={(id) => setMode(id === 'test' ? 'test' : 'live')} />;
}

function AccountMenu({ session }: { session: Session }): ReactElement {
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const leave = async (): Promise<void> => {
    try {
      await signOut(session.csrf_token);
    } catch (error) {
      toast('danger', `You are still signed in: ${errorFacts(error).detail}`);
      return;
    }
    await navigate({ to: '/sign-in' });
    client.setQueryData(sessionQuery.queryKey, null);
    forgetAccountData(client);
  };
  return (
    <Menu
      label={session.user.email} trigger={<IconButton icon="user" label={`Account of ${session.user.email}`} />}
      entries={[
        { id: 'docs', label: 'API reference', icon: 'link', onAction: () => void window.open('/docs', '_blank', 'noopener') },
        { id: 'out', label: 'Sign out', icon: 'signOut', onAction: () => void leave() },
      ]}
    />
  );
}

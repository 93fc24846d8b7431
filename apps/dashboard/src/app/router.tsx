import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { Skeleton } from '@nexoramail/ui';
import { parseMessageSearch } from '../features/messages/filters.js';
import { sessionQuery } from '../session/session.js';
import { ErrorPage, NotFoundPage } from './errors.js';
import { parseSearch, stringifySearch } from './search-params.js';
import { Shell } from './shell.js';

const rootRoute = createRootRouteWithContext<{ client: QueryClient }>()({ component: Outlet });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string; expired?: boolean } => ({
    ...(typeof search['next'] === 'string' && { next: search['next'] }),
    ...(search['expired'] === 'true' || search['expired'] === true ? { expired: true } : {}),
  }),
  component: lazyRouteComponent(() => import('../features/sign-in/sign-in.page.js'), 'SignInPage'),
});

const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'app',
  beforeLoad: async ({ context, location }) => {
    const session = await context.client.ensureQueryData(sessionQuery);
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way to redirect
    if (!session) throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { next: location.href } });
  },
  component: Shell,
});

const page = { getParentRoute: () => appRoute } as const;
const indexRoute = createRoute({
  ...page, path: '/',
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way to redirect
  beforeLoad: () => { throw redirect({ to: '/messages', replace: true }); },
});
const messagesRoute = createRoute({ ...page, path: '/messages', validateSearch: parseMessageSearch, component: lazyRouteComponent(() => import('../features/messages/messages.page.js'), 'MessagesPage') });
const messageRoute = createRoute({ ...page, path: '/messages/$id', component: lazyRouteComponent(() => import('../features/message/message.page.js'), 'MessagePage') });
const webhooksRoute = createRoute({ ...page, path: '/webhooks', component: lazyRouteComponent(() => import('../features/webhooks/webhooks.page.js'), 'WebhooksPage') });
const webhookRoute = createRoute({ ...page, path: '/webhooks/$id', component: lazyRouteComponent(() => import('../features/webhooks/webhook.page.js'), 'WebhookPage') });
const apiKeysRoute = createRoute({ ...page, path: '/api-keys', component: lazyRouteComponent(() => import('../features/api-keys/api-keys.page.js'), 'ApiKeysPage') });
const domainsRoute = createRoute({ ...page, path: '/domains', component: lazyRouteComponent(() => import('../features/domains/domains.page.js'), 'DomainsPage') });
const suppressionsRoute = createRoute({ ...page, path: '/suppressions', component: lazyRouteComponent(() => import('../features/suppressions/suppressions.page.js'), 'SuppressionsPage') });

const routeTree = rootRoute.addChildren([
  signInRoute,
  appRoute.addChildren([indexRoute, messagesRoute, messageRoute, webhooksRoute, webhookRoute, apiKeysRoute, domainsRoute, suppressionsRoute]),
]);

/** The pages and their addresses. Each page is a file of its own, fetched when a link to it is about to be followed. */
export function createAppRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultPendingComponent: () => <Skeleton />,
    defaultPendingMs: 300,
    defaultErrorComponent: ErrorPage,
    defaultNotFoundComponent: NotFoundPage,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

import '@fontsource-variable/inter/wght.css';
import '@nexoramail/ui/styles.css';
import './app/shell.css';
import './app/pages.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { ToastRegion } from '@nexoramail/ui';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ModeProvider } from './api/mode.js';
import { createAppRouter } from './app/router.js';
import { reloadOnNewVersion } from './app/reload-on-new-version.js';

// The transport retries by itself, with the pauses that the server asks for. A laptop without a network still reaches its own machine.
const client = new QueryClient({
  defaultOptions: { queries: { retry: false, networkMode: 'always', staleTime: 2_000, refetchOnWindowFocus: true }, mutations: { retry: false, networkMode: 'always' } },
});
const router = createAppRouter(client);
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no root element');

reloadOnNewVersion();
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <ModeProvider>
        <ToastRegion>
          <RouterProvider router={router} />
        </ToastRegion>
      </ModeProvider>
    </QueryClientProvider>
  </StrictMode>,
);

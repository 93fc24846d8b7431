import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';

/** React Aria carries its few texts in 30 languages. The dashboard speaks English, so the others are left out (60 kB of the bundle). */
const englishOnly = {
  name: 'nexora:english-only',
  enforce: 'pre',
  load(id) {
    return /react-(?:aria|stately|aria-components)\/dist\/.*intl\/.*\/(?!en-US)[a-z]{2}-[A-Z]{2}\.m?js$/.test(id) ? 'export default {};' : undefined;
  },
};

/** Where `npm run dev` finds the API. */
const target = process.env['NEXORA_API_URL'] ?? 'http://127.0.0.1:8080';
// The gateway wants writes to come from its own origin; the development server is another one.
const configure = (proxy) => proxy.on('proxyReq', (request) => request.getHeader('origin') && request.setHeader('origin', target));
const proxy = Object.fromEntries(['/v1', '/session', '/docs', '/openapi.json'].map((path) => [path, { target, changeOrigin: true, configure }]));

export default defineConfig({
  base: '/',
  plugins: [englishOnly, react()],
  resolve: { conditions: ['@nexoramail/source', ...defaultClientConditions] },
  server: { proxy },
  preview: { proxy },
  build: {
    target: ['chrome123', 'edge123', 'firefox128', 'safari17.5'],
    // The policy allows no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
});

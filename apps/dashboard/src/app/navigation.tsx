import { Link } from '@tanstack/react-router';
import { Icon, type IconName } from '@nexoramail/ui';
import type { ReactElement } from 'react';

const PAGES = [
  { to: '/messages', label: 'Messages', icon: 'mail' },
  { to: '/webhooks', label: 'Webhooks', icon: 'webhook' },
  { to: '/api-keys', label: 'API keys', icon: 'key' },
  { to: '/domains', label: 'Domains', icon: 'globe' },
  { to: '/suppressions', label: 'Suppressions', short: 'Blocked', icon: 'ban' },
] as const satisfies readonly { to: string; label: string; short?: string; icon: IconName }[];

/** Links to the pages: a column at the side, a bar at the bottom of a phone. */
export function Navigation(): ReactElement {
  return (
    <nav className="nav" aria-label="Pages">
      {PAGES.map((page) => (
        <Link key={page.to} to={page.to} className="nav__link" activeProps={{ 'data-active': true }}>
          <Icon name={page.icon} />
          <span className={'short' in page ? 'nav__long' : undefined}>{page.label}</span>
          {'short' in page && <span className="nav__short" aria-hidden="true">{page.short}</span>}
        </Link>
      ))}
    </nav>
  );
}

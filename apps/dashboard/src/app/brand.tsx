import type { ReactElement } from 'react';

/** Our mark and name. */
export function Brand({ large = false }: { large?: boolean }): ReactElement {
  return (
    <span className={large ? 'brand brand--large' : 'brand'}>
      <svg className="brand__mark" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" />
        <path d="M8.5 22V10l15 12V10" />
      </svg>
      NexoraMail
    </span>
  );
}

import type { ReactElement } from 'react';

const PATHS = {
  mail: 'M2.5 4.5h11v8h-11zM2.8 5l5.2 4 5.2-4',
  send: 'M14 2 7 9M14 2 9.6 14 7 9 2 6.4z',
  webhook: 'M6.2 4.6a2.3 2.3 0 1 1 3 2.6L11 10M5.6 8.1l-1.8 3M11.3 13.2a2.2 2.2 0 1 0-2.1-2.9H6.1M6 12a2.2 2.2 0 1 1-2.9-2.4',
  key: 'M9.8 9.3a3.6 3.6 0 1 0-3.1-3.1L2 10.9V14h3v-1.8h1.8v-1.8h1.9zM11 5h.01',
  globe: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2.2 8h11.6M8 2c1.7 1.7 2.4 3.7 2.4 6S9.7 12.3 8 14C6.3 12.3 5.6 10.3 5.6 8S6.3 3.7 8 2z',
  ban: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM3.8 3.8l8.4 8.4',
  check: 'm3.5 8.5 3 3 6-7',
  x: 'm4 4 8 8M12 4l-8 8',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.5',
  alert: 'M8 2.3 14.3 13H1.7zM8 6.5v3M8 11.2v.01',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.3V11M8 5.1v.01',
  refresh: 'M13.5 7.5A5.5 5.5 0 0 0 3.6 4.8L2.5 6M2.5 3v3h3M2.5 8.5a5.5 5.5 0 0 0 9.9 2.7l1.1-1.2M13.5 13v-3h-3',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  plus: 'M8 3v10M3 8h10',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 13.5 13.5',
  chevronDown: 'm4 6 4 4 4-4',
  chevronRight: 'm6 4 4 4-4 4',
  arrowLeft: 'M13 8H3M7 4 3 8l4 4',
  arrowUp: 'M8 13V3M4 7l4-4 4 4',
  sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.850.85M11.75 11.75l.850.85M3.4 12.6l.850-.850M11.75 4.25l.850-.850',
  moon: 'M13.3 9.5A5.8 5.8 0 0 1 6.5 2.7a5.8 5.8 0 1 0 6.8 6.8z',
  monitor: 'M2 3h12v8H2zM6 13.5h4M8 11v2.5',
  user: 'M8 8a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 8 8zM2.8 13.7c.6-2.4 2.7-3.7 5.2-3.7s4.6 1.3 5.2 3.7',
  signOut: 'M6 2.5H3v11h3M10.5 11l3-3-3-3M13.5 8H6.5',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  trash: 'M2.5 4h11M6 4V2.5h4V4M4 4l.6 9.5h6.8L12 4M6.7 7v3.5M9.3 7v3.5',
  play: 'M5 3.2 12.5 8 5 12.8z',
  eye: 'M1.5 8S3.8 3.5 8 3.5 14.5 8 14.5 8 12.2 12.5 8 12.5 1.5 8 1.5 8zM8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z',
  link: 'M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2A2.6 2.6 0 1 0 9 3.3l-.7.7M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 1 0 7 12.7l.7-.7',
  flag: 'M3.5 14V2.5h8.5l-1.7 3 1.7 3H3.5',
  inbox: 'M2 9.5h3.2l1 1.8h3.6l1-1.8H14M2 9.5 4 3.5h8l2 6v3.5H2z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  test: 'M6 2h4M6.8 2v4.2L3 12.6c-.3.6.1 1.4.8 1.4h8.4c.7 0 1.1-.8.8-1.4L9.2 6.2V2M4.7 10h6.6',
} as const;

/** The name of a drawing of {@link Icon}. */
export type IconName = keyof typeof PATHS;

/** A 16-pixel line drawing; silent to screen readers, since a text beside it speaks. */
export function Icon({ name }: { name: IconName }): ReactElement {
  return (
    <svg className="n-icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

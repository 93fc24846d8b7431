import { useEffect, type ReactElement, type ReactNode } from 'react';

/** What a {@link PageFrame} shows. */
export interface PageFrameProps {
  title: string;
  /** Shown instead of `title` in the heading, when that needs more than text. */
  heading?: ReactNode;
  lead?: ReactNode;
  /** A link to the list this page belongs to. */
  back?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page: title (of the document too), one sentence, actions, content. */
export function PageFrame({ title, heading, lead, back, actions, children }: PageFrameProps): ReactElement {
  useEffect(() => {
    document.title = `${title} · NexoraMail`;
  }, [title]);
  return (
    <div className="n-page">
      <header className="n-page__head">
        <div className="n-page__heading">
          {back !== undefined && <div className="n-page__back">{back}</div>}
          <h1 className="n-page__title">{heading ?? title}</h1>
          {lead !== undefined && <div className="n-page__lead">{lead}</div>}
        </div>
        {actions !== undefined && <div className="n-page__actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A surface with an optional heading and actions. */
export function Card({ title, actions, children, padded = false }: { title?: ReactNode; actions?: ReactNode; children: ReactNode; padded?: boolean }): ReactElement {
  return (
    <section className="n-card">
      {(title !== undefined || actions !== undefined) && (
        <header className="n-card__head">
          {title !== undefined && <h2 className="n-card__title">{title}</h2>}
          {actions !== undefined && <div className="n-row">{actions}</div>}
        </header>
      )}
      {padded ? <div className="n-card__body">{children}</div> : children}
    </section>
  );
}

/** Names and values. Entries without a value are left out; a `wide` one has a line of its own. */
export function Facts({ entries, compact = false }: { compact?: boolean; entries: readonly (readonly [name: string, value: ReactNode, width?: 'wide'])[] }): ReactElement {
  return (
    <dl className={compact ? 'n-facts n-facts--compact' : 'n-facts'}>
      {entries.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value, width]) => (
        <div key={name} data-width={width}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

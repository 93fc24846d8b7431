const MAX_KEYS = 10_000;

/** Figures of one client, one recipient domain or of all. */
export interface SessionFigures {
  /** Sessions, or for a domain: connections that named one of its addresses. */
  sessions: number;
  /** Open now. */
  open: number;
  /** Most that were open at once. */
  peak_open: number;
  /** Messages answered with 250 or stored. */
  messages: number;
  /** Most messages over one session. */
  peak_messages_per_session: number;
  commands: Record<string, number>;
}

/** What `GET /counters` answers. */
export interface CounterReport {
  total: SessionFigures;
  /** By remote address and EHLO name: `127.0.0.1 worker.example`. */
  clients: Record<string, SessionFigures>;
  /** By recipient domain. */
  domains: Record<string, SessionFigures>;
  /** Reports (DSN, ARF) by what became of them. */
  reports: { sent: number; refused: number; skipped: number };
}

const fresh = (): SessionFigures => ({ sessions: 0, open: 0, peak_open: 0, messages: 0, peak_messages_per_session: 0, commands: {} });

/** Counts one session: the server calls it as things happen. */
export interface SessionCounter {
  /** Names the client once EHLO told it. */
  hello(name: string): void;
  command(verb: string, domain?: string): void;
  /** The session named an address of this domain. */
  recipientDomain(domain: string): void;
  message(domains: readonly string[]): void;
  closed(): void;
}

/** Sessions and commands by client, by recipient domain and in total; bounded to 10,000 names each. */
export class Counters {
  private total = fresh();
  private clients = new Map<string, SessionFigures>();
  private domains = new Map<string, SessionFigures>();
  private reports = { sent: 0, refused: 0, skipped: 0 };

  /** Starts the count of one session. */
  open(remoteAddress: string): SessionCounter {
    const total = this.total;
    let client: SessionFigures | undefined;
    let messages = 0;
    const touched = new Map<SessionFigures, number>();
    enter(total);
    const asClient = (): SessionFigures => {
      if (client === undefined) enter((client = slot(this.clients, remoteAddress)));
      return client;
    };
    return {
      hello: (name) => {
        if (client === undefined) enter((client = slot(this.clients, `${remoteAddress} ${name.slice(0, 255)}`)));
      },
      command: (verb, domain) => {
        for (const figures of [total, asClient(), ...(domain === undefined ? [] : [slot(this.domains, domain)])]) {
          figures.commands[verb] = (figures.commands[verb] ?? 0) + 1;
        }
      },
      recipientDomain: (domain) => {
        const figures = slot(this.domains, domain);
        if (touched.has(figures)) return;
        touched.set(figures, 0);
        enter(figures);
      },
      message: (domains) => {
        messages += 1;
        for (const figures of [total, asClient()]) note(figures, messages);
        for (const domain of domains) {
          const figures = slot(this.domains, domain);
          touched.set(figures, (touched.get(figures) ?? 0) + 1);
          note(figures, touched.get(figures) ?? 1);
        }
      },
      closed: () => {
        for (const figures of [total, asClient(), ...touched.keys()]) figures.open -= 1;
      },
    };
  }

  /** Counts a report that was sent, refused by the other side, or skipped because nobody listens. */
  report(outcome: 'sent' | 'refused' | 'skipped'): void {
    this.reports[outcome] += 1;
  }

  /** A copy of all figures. */
  read(): CounterReport {
    return structuredClone({ total: this.total, clients: Object.fromEntries(this.clients), domains: Object.fromEntries(this.domains), reports: this.reports });
  }

  /** Sets all to zero. Sessions that are open now are counted no more. */
  reset(): void {
    this.total = fresh();
    this.clients = new Map();
    this.domains = new Map();
    this.reports = { sent: 0, refused: 0, skipped: 0 };
  }
}

function enter(figures: SessionFigures): void {
  figures.sessions += 1;
  figures.open += 1;
  figures.peak_open = Math.max(figures.peak_open, figures.open);
}

function note(figures: SessionFigures, inSession: number): void {
  figures.messages += 1;
  figures.peak_messages_per_session = Math.max(figures.peak_messages_per_session, inSession);
}

function slot(map: Map<string, SessionFigures>, key: string): SessionFigures {
  const known = map.get(key) ?? (map.size >= MAX_KEYS ? map.get('(others)') : undefined);
  if (known !== undefined) return known;
  const figures = fresh();
  map.set(map.size >= MAX_KEYS ? '(others)' : key, figures);
  return figures;
}

import type { Socket } from 'node:net';

/** A peer for limits: an IPv4 address, or the /64 of an IPv6 address, since one customer of a network has that many. */
export function sourceOf(address: string | undefined): string {
  const plain = (address ?? '').toLowerCase().replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const groups = tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return `${groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** Open sockets by source over all listeners, from accept to close: those in a handshake and those that drain count too (`security.md` A12). */
export class SourceConnections {
  private readonly open = new Map<string, number>();
  private readonly releases = new WeakMap<Socket, () => void>();
  private sum = 0;

  constructor(private readonly perSource: number, private readonly most: number) {}

  /** Open sockets in all. */
  get total(): number {
    return this.sum;
  }

  /** Counts a socket until it closes; says which limit stands against it. */
  admit(socket: Socket): 'source' | 'total' | undefined {
    const source = sourceOf(socket.remoteAddress);
    const open = this.open.get(source) ?? 0;
    if (open >= this.perSource) return 'source';
    if (this.sum >= this.most) return 'total';
    this.open.set(source, open + 1);
    this.sum += 1;
    let released = false;
    this.releases.set(socket, () => {
      if (released) return;
      released = true;
      this.sum -= 1;
      const left = (this.open.get(source) ?? 1) - 1;
      if (left > 0) this.open.set(source, left);
      else this.open.delete(source);
    });
    this.watch(socket);
    return undefined;
  }

  /** Listens again for the end of a socket whose listeners were removed, as STARTTLS does. */
  watch(socket: Socket): void {
    const release = this.releases.get(socket);
    if (release) socket.once('close', release);
  }
}

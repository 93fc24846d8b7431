import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, rootCertificates, type TLSSocket } from 'node:tls';

/** Opens the client's sockets. A port: tests and fault runs give their own. */
export interface SocketFactory {
  /** A TCP connection that is being made to an address, never to a name. */
  connect(o: { readonly ip: string; readonly port: number; readonly localAddress?: string }): Socket;
  /** TLS 1.2 or newer on a connection, as a client of `host`. Certificates are judged, not enforced: see `authorized`. */
  secure(socket: Socket, host: string): TLSSocket;
}

/** Sockets of the system. `extraCa` are certificates (PEM) trusted besides the well-known ones, the sandbox's for one. */
export function nodeSockets(o: { readonly extraCa?: readonly string[] } = {}): SocketFactory {
  const { extraCa = [] } = o;
  // one context for all: building one parses every root certificate
  const secureContext = createSecureContext({ minVersion: 'TLSv1.2', ...(extraCa.length > 0 && { ca: [...rootCertificates, ...extraCa] }) });
  return {
    connect: ({ ip, port, localAddress }) => connectTcp({ host: ip, port, noDelay: true, ...(localAddress !== undefined && { localAddress }) }),
    secure: (socket, host) => connectTls({ socket, secureContext, rejectUnauthorized: false, ...(isIP(host) === 0 && { servername: host }) }),
  };
}

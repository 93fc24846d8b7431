import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IdentityService } from '@nexoramail/contracts';
import { AppError, publicId, type Clock } from '@nexoramail/kernel';
import { Type } from '@sinclair/typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { checkOrigin, sessionCookie, tokenOfCookies, type SessionAuth } from '../auth/session-auth.js';
import { compileSchema } from '../http/validation.js';
import { totp } from './totp.js';

/** What the session routes need. */
export interface SessionRoutesDeps {
  readonly identity: Pick<IdentityService, 'signIn' | 'verifyFactor' | 'signOut'>;
  readonly sessions: SessionAuth;
  readonly tls: boolean;
  readonly wall: Clock;
  /** Folder of `demo.json`, in the embedded default only: the sign-in page offers the demo account. */
  readonly demoFolder: string | undefined;
}

const SignIn = compileSchema(Type.Object({ email: Type.String({ minLength: 1, maxLength: 320 }), password: Type.String({ minLength: 1, maxLength: 1024 }) }, { additionalProperties: false }), 'body');
const Factor = compileSchema(Type.Object({ code: Type.String({ pattern: '^[0-9]{6}$', description: 'six digits' }) }, { additionalProperties: false }), 'body');

/** `/session/v1`: how people sign in. Every answer is `no-store`; writes need a matching Origin. */
export function addSessionRoutes(server: FastifyInstance, deps: SessionRoutesDeps): void {
  const { identity, sessions, tls } = deps;
  const token = (request: FastifyRequest): string | undefined => tokenOfCookies(request.headers.cookie, tls);
  const signedIn = (reply: FastifyReply, sessionToken: string, expiresAt: Date | undefined): void => void reply.header('set-cookie', sessionCookie(tls, sessionToken, expiresAt));
  server.register((routes, _options, done) => {
    routes.addHook('onRequest', (request, reply, next) => {
      void reply.header('cache-control', 'no-store');
      // Scripts and tests have no Origin; browsers always send one with a POST.
      if (request.method === 'POST' && request.headers.origin !== undefined) checkOrigin(request.headers.origin, request.headers.host);
      next();
    });
    routes.post('/sign-in', async (request, reply) => {
      SignIn(request.body);
      const { email, password } = request.body as { email: string; password: string };
      const { sessionToken, next, expiresAt } = await identity.signIn({ email, password, source: request.ip });
      signedIn(reply, sessionToken, expiresAt);
      return { next };
    });
    routes.post('/factor', async (request, reply) => {
      Factor(request.body);
      const pending = token(request);
      if (pending === undefined) throw new AppError('unauthorized', 'Sign in with address and password first.');
      const { sessionToken, expiresAt } = await identity.verifyFactor({ sessionToken: pending, code: (request.body as { code: string }).code, source: request.ip });
      signedIn(reply, sessionToken, expiresAt);
      return { next: 'done' };
    });
    routes.get('/me', async (request) => {
      const person = await sessions.person(token(request));
      return {
        user: { id: publicId('usr', person.userId), email: person.email, role: person.role, staff: person.accountId === '' },
        account: person.accountId === '' ? null : { id: publicId('acc', person.accountId), name: person.accountName, plan: person.plan },
        csrf_token: person.csrfToken,
        expires_at: person.expiresAt?.toISOString() ?? null,
      };
    });
    routes.post('/sign-out', async (request, reply) => {
      const current = token(request);
      if (current !== undefined) {
        const person = await sessions.person(current).catch(() => undefined);
        if (person) sessions.checkWrite({ method: 'POST', csrf: headerOf(request, 'x-nexora-csrf'), origin: request.headers.origin ?? `http://${request.headers.host}`, host: request.headers.host }, person);
        await identity.signOut({ sessionToken: current });
      }
      signedIn(reply, '', undefined);
      return reply.code(204).send();
    });
    if (deps.demoFolder !== undefined) {
      const file = join(deps.demoFolder, 'demo.json');
      routes.get('/demo', async (request) => {
        if (!/^(127\.|::1$|::ffff:127\.)/.test(request.ip)) throw new AppError('not_found', 'There is no demo account here.');
        const text = await readFile(file, 'utf8').catch(() => { throw new AppError('not_found', 'The demo account is not set up yet.'); });
        const { owner } = JSON.parse(text) as { owner: { email: string; password: string; totp_secret: string } };
        return { email: owner.email, password: owner.password, code: totp(owner.totp_secret, deps.wall.now()) };
      });
    }
    done();
  }, { prefix: '/session/v1' });
}

/** One header as a single text. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

import type { AccountAdminService, GetSessionResponse, Limits, QueueAdminService, StandingsService } from '@nexoramail/contracts';
import { AppError, parsePublicId, publicId, STANDINGS, type IdSource } from '@nexoramail/kernel';
import { parseAddress } from '@nexoramail/mail';
import { Type, type TSchema } from '@sinclair/typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { tokenOfCookies, type SessionAuth } from '../auth/session-auth.js';
import { compileSchema } from '../http/validation.js';
import { timeJson } from './page.js';
import { headerOf } from './session.js';

/** What the staff routes need. */
export interface StaffRoutesDeps {
  readonly sessions: SessionAuth;
  readonly admin: AccountAdminService;
  readonly standings: Pick<StandingsService, 'setStanding'>;
  readonly queues: QueueAdminService;
  readonly ids: IdSource;
  readonly tls: boolean;
}

const ROLES = ['owner', 'admin', 'developer', 'viewer'];
const Account = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }), plan: Type.String({ enum: ['starter', 'growth', 'enterprise'] }),
  default_category: Type.Optional(Type.String({ maxLength: 100 })), warmup_exempt: Type.Optional(Type.Boolean()),
}, { additionalProperties: false });
const User = Type.Object({
  email: Type.String({ minLength: 3, maxLength: 320 }), password: Type.String({ minLength: 15, maxLength: 1024 }), role: Type.String({ enum: ROLES }), totp_secret: Type.Optional(Type.String({ minLength: 16, maxLength: 128 })),
}, { additionalProperties: false });
const LimitsBody = Type.Object({
  messages_per_period: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })), domains: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })), webhooks: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
}, { additionalProperties: false, minProperties: 1 });
const Standing = Type.Object({ standing: Type.String({ enum: [...STANDINGS] }), reason: Type.String({ minLength: 3, maxLength: 1000 }) }, { additionalProperties: false });
const Switches = Type.Object({ intake_stopped: Type.Optional(Type.Boolean()), delivery_stopped: Type.Optional(Type.Boolean()) }, { additionalProperties: false, minProperties: 1 });

const limitsJson = (limits: Limits | undefined): object => ({
  plan: limits?.plan, version: Number(limits?.version ?? 0n), messages_per_period: Number(limits?.messagesPerPeriod ?? 0n), domains: limits?.domains || null, webhooks: limits?.webhooks || null, retention_days: limits?.retentionDays,
});

/** `/staff/v1`: accounts, their people, limits and standing, and the queue's switches. Staff sessions with MFA only; writes need `staff_admin`. */
export function addStaffRoutes(server: FastifyInstance, deps: StaffRoutesDeps): void {
  const { admin, standings, queues, ids } = deps;
  server.register((routes, _options, done) => {
    routes.addHook('onRequest', async (request) => {
      const person = await deps.sessions.person(tokenOfCookies(request.headers.cookie, deps.tls));
      // A customer learns no more than from any other path that does not exist.
      if (person.accountId !== '') throw new AppError('not_found', 'There is nothing here.');
      if (request.method === 'GET') return;
      if (person.role !== 'staff_admin') throw new AppError('insufficient_scope', 'This operation needs the role `staff_admin`.');
      deps.sessions.checkWrite({ method: request.method, csrf: headerOf(request, 'x-nexora-csrf'), origin: headerOf(request, 'origin'), host: request.headers.host }, person);
      people.set(request, person);
    });
    const checked = <S extends TSchema>(schema: S): ((request: FastifyRequest) => unknown) => {
      const check = compileSchema(schema, 'body');
      return (request) => {
        check(request.body);
        return request.body;
      };
    };
    const [account, user, limits, standing, switches] = [checked(Account), checked(User), checked(LimitsBody), checked(Standing), checked(Switches)];
    routes.post('/accounts', async (request, reply) => {
      const body = account(request) as { name: string; plan: string; default_category?: string; warmup_exempt?: boolean };
      const accountId = ids.uuid();
      await admin.createAccount({ accountId, name: body.name, plan: body.plan, defaultCategory: body.default_category ?? '', warmupExempt: body.warmup_exempt ?? false });
      return reply.code(201).send({ id: publicId('acc', accountId), name: body.name, plan: body.plan });
    });
    routes.post('/accounts/:id/users', async (request, reply) => {
      const body = user(request) as { email: string; password: string; role: string; totp_secret?: string };
      const userId = ids.uuid();
      await admin.createUser({ userId, accountId: accountOf(request), email: parseAddress(body.email, { pointer: '/email' }).email, password: body.password, role: body.role, totpSecret: body.totp_secret ?? '' });
      return reply.code(201).send({ id: publicId('usr', userId), email: body.email, role: body.role });
    });
    routes.put('/accounts/:id/limits', async (request) => {
      const body = limits(request) as { messages_per_period?: number; domains?: number; webhooks?: number };
      const answer = await admin.setLimits({
        accountId: accountOf(request), messagesPerPeriod: body.messages_per_period === undefined ? undefined : BigInt(body.messages_per_period), domains: body.domains, webhooks: body.webhooks, warmupExempt: undefined, defaultCategory: undefined,
      });
      return limitsJson(answer.limits);
    });
    routes.put('/accounts/:id/standing', async (request) => {
      const body = standing(request) as { standing: string; reason: string };
      const { standing: now } = await standings.setStanding({ accountId: accountOf(request), standing: body.standing, reason: body.reason, actor: people.get(request)?.userId ?? '' });
      return { standing: now?.standing, reason: now?.reason, changed_at: timeJson(now?.changedAt) };
    });
    routes.get('/queues', async () => {
      const [{ switches: now }, summary] = await Promise.all([queues.getSwitches({}), queues.getSummary({})]);
      return {
        intake_stopped: now?.intakeStopped ?? false, delivery_stopped: now?.deliveryStopped ?? false,
        due: Number(summary.due), waiting: Number(summary.waiting), leased: Number(summary.leased), oldest_due_at: timeJson(summary.oldestDueAt),
      };
    });
    routes.put('/queues', async (request) => {
      const body = switches(request) as { intake_stopped?: boolean; delivery_stopped?: boolean };
      const { switches: before } = await queues.getSwitches({});
      const { switches: now } = await queues.setSwitches({ switches: { intakeStopped: body.intake_stopped ?? before?.intakeStopped ?? false, deliveryStopped: body.delivery_stopped ?? before?.deliveryStopped ?? false } });
      return { intake_stopped: now?.intakeStopped ?? false, delivery_stopped: now?.deliveryStopped ?? false };
    });
    done();
  }, { prefix: '/staff/v1' });
}

const people = new WeakMap<FastifyRequest, GetSessionResponse>();

function accountOf(request: FastifyRequest): string {
  const { id } = request.params as { id: string };
  const parsed = parsePublicId('acc', id);
  if (!parsed) throw new AppError('not_found', `There is no account ${JSON.stringify(id.slice(0, 64))}. Ids of accounts begin with \`acc_\`.`);
  return parsed.uuid;
}

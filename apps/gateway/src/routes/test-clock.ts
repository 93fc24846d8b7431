import { AppError } from '@nexoramail/kernel';
import { Type } from '@sinclair/typebox';
import type { FastifyInstance } from 'fastify';
import { compileSchema } from '../http/validation.js';

/** Moves business time (`interfaces.md` §10). */
export interface TestClock {
  /** `settled` is false when something that became due has not had its try after 10 s. */
  advance(seconds: number): Promise<{ now: Date; settled: boolean }>;
}

const Advance = compileSchema(Type.Object({ advance_s: Type.Number({ minimum: 0, maximum: 400 * 86_400 }) }, { additionalProperties: false }), 'body');

/** `POST /test/clock`: there only when the test clock is enabled, for loopback only. */
export function addTestClock(server: FastifyInstance, clock: TestClock): void {
  server.post('/test/clock', async (request) => {
    if (!/^(127\.|::1$|::ffff:127\.)/.test(request.ip)) throw new AppError('not_found', 'There is nothing here.');
    Advance(request.body);
    const { now, settled } = await clock.advance((request.body as { advance_s: number }).advance_s);
    return { now: now.toISOString(), settled };
  });
}

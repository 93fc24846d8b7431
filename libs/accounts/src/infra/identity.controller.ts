import { Controller } from '@nestjs/common';
import {
  IdentityServiceService, type AuthenticateRequest, type AuthenticateResponse, type AuthenticateResult, type GetSessionRequest, type GetSessionResponse, type IdentityService,
  type SignInRequest, type SignInResponse, type SignOutRequest, type SignOutResponse, type VerifyFactorRequest, type VerifyFactorResponse,
} from '@nexoramail/contracts';
import type { ItemResult } from '@nexoramail/kernel';
import { GrpcService, toItemError } from '@nexoramail/platform';
import { AuthenticateHandler } from '../application/authenticate.js';
import { GetSessionHandler } from '../application/get-session.js';
import { SignInHandler } from '../application/sign-in.js';
import { SignOutHandler } from '../application/sign-out.js';
import { VerifyFactorHandler } from '../application/verify-factor.js';
import type { Principal } from '../domain/api-key.js';

/** Who is calling: `proto` IdentityService. */
@Controller()
@GrpcService(IdentityServiceService)
export class IdentityController implements IdentityService {
  constructor(
    private readonly keys: AuthenticateHandler,
    private readonly password: SignInHandler,
    private readonly factor: VerifyFactorHandler,
    private readonly session: GetSessionHandler,
    private readonly end: SignOutHandler,
  ) {}

  async authenticate(request: AuthenticateRequest): Promise<AuthenticateResponse> {
    const results = await this.keys.execute(request.keyHashes);
    return { results: results.map(toResult) };
  }

  async signIn(request: SignInRequest): Promise<SignInResponse> {
    const { token, next, expiresAt } = await this.password.execute(request);
    return { sessionToken: token, next, expiresAt };
  }

  async verifyFactor(request: VerifyFactorRequest): Promise<VerifyFactorResponse> {
    const { token, expiresAt } = await this.factor.execute({ token: request.sessionToken, code: request.code });
    return { sessionToken: token, expiresAt };
  }

  async getSession(request: GetSessionRequest): Promise<GetSessionResponse> {
    const { session, user, account, csrfToken, expiresAt } = await this.session.execute(request.sessionToken);
    return {
      sessionId: session.id,
      userId: user.id,
      email: user.email,
      role: user.role,
      accountId: account?.id ?? '',
      accountRef: BigInt(account?.ref ?? 0),
      accountName: account?.name ?? '',
      plan: account?.plan ?? '',
      defaultCategory: account?.defaultCategory ?? '',
      csrfToken,
      expiresAt,
    };
  }

  async signOut(request: SignOutRequest): Promise<SignOutResponse> {
    await this.end.execute(request.sessionToken);
    return {};
  }
}

function toResult(item: ItemResult<Principal>): AuthenticateResult {
  if (item.kind === 'ok') return { result: { $case: 'ok', ok: { ...item.value, accountRef: BigInt(item.value.accountRef), scopes: [...item.value.scopes] } } };
  return { result: item.kind === 'refused' ? { $case: 'refused', refused: toItemError(item.error) } : { $case: 'retry', retry: toItemError(item.error) } };
}

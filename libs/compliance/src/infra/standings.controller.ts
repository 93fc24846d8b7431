import { Controller } from '@nestjs/common';
import {
  StandingsServiceService, type GetStandingsRequest, type GetStandingsResponse, type SetStandingRequest, type SetStandingResponse, type StandingsService,
} from '@nexoramail/contracts';
import { GrpcService, knownId } from '@nexoramail/platform';
import { GetStandingsHandler } from '../application/get-standings.js';
import { SetStandingHandler } from '../application/set-standing.js';
import { toStanding } from './changes.js';

/** What accounts may do: `proto` StandingsService. */
@Controller()
@GrpcService(StandingsServiceService)
export class StandingsController implements StandingsService {
  constructor(private readonly get: GetStandingsHandler, private readonly set: SetStandingHandler) {}

  async getStandings({ accountIds }: GetStandingsRequest): Promise<GetStandingsResponse> {
    const standings = await this.get.execute(accountIds.map((id) => knownId(id, 'account')));
    return { results: standings.map((standing) => ({ result: { $case: 'ok', ok: toStanding(standing) } })) };
  }

  async setStanding(request: SetStandingRequest): Promise<SetStandingResponse> {
    return { standing: toStanding(await this.set.execute({ ...request, accountId: knownId(request.accountId, 'account') })) };
  }
}

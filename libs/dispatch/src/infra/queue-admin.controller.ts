import { Controller, Inject } from '@nestjs/common';
import { QueueAdminServiceService, type GetSummaryResponse, type GetSwitchesResponse, type QueueAdminService, type SetSwitchesRequest, type SetSwitchesResponse } from '@nexoramail/contracts';
import { AppError } from '@nexoramail/kernel';
import { GrpcService } from '@nexoramail/platform';
import { PgQueueSummary } from './pg-queue-summary.js';
import { PgSwitches } from './pg-switches.js';

/** `QueueAdminService`: for those on call. */
@Controller()
@GrpcService(QueueAdminServiceService)
export class QueueAdminController implements QueueAdminService {
  constructor(@Inject(PgSwitches) private readonly switches: PgSwitches, @Inject(PgQueueSummary) private readonly summary: PgQueueSummary) {}

  async getSwitches(): Promise<GetSwitchesResponse> {
    return { switches: await this.switches.current() };
  }

  async setSwitches({ switches }: SetSwitchesRequest): Promise<SetSwitchesResponse> {
    if (!switches) throw new AppError('validation_failed', 'The switches are missing.');
    return { switches: await this.switches.set(switches) };
  }

  getSummary(): Promise<GetSummaryResponse> {
    return this.summary.read();
  }
}

import { NexoraMail } from '@nexoramail/sdk';
import { resolveSettings, type Settings } from './demo-settings.js';
import type { Io } from './io.js';

/** A client for the settings of this folder and environment. Few retries: a person waits. */
export function connect(io: Io): { client: NexoraMail; settings: Settings } {
  const settings = resolveSettings(io);
  return { settings, client: new NexoraMail(settings.apiKey, { baseUrl: settings.apiUrl, maxRetries: 2 }) };
}

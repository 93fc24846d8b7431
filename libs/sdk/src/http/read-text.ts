import { InvalidResponseError } from '../errors.js';

/** The largest answer the SDK reads, in bytes: twice the largest that the API gives. */
export const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** The body as text, refused beyond {@link MAX_RESPONSE_BYTES}, so that a broken or hostile server cannot fill the memory. */
export async function readText(response: Response, limit: number = MAX_RESPONSE_BYTES): Promise<string> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel();
      throw new InvalidResponseError(`The answer is larger than ${limit} bytes.`, { code: 'invalid_response', status: response.status, requestId: response.headers.get('x-request-id'), retryable: false });
    }
    text += decoder.decode(value, { stream: true });
  }
}

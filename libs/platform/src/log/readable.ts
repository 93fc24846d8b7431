import type { DestinationStream } from 'pino';

const MARKS: Readonly<Record<string, string>> = { debug: '·', info: ' ', warn: '!', error: '✗' };

/** Escapes what a terminal would act on: everything below a space, so a line stays one line and cannot paint. */
function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f]/g, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Turns JSON log lines into short ones for people: time, mark, service, message, fields; a stack on the lines below. */
export function readable(target: DestinationStream): DestinationStream {
  return {
    write(line: string): void {
      const { level, time, service, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
      const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${plain(key === 'err' ? { ...(value as object), stack: undefined } : value)}`);
      const err = fields['err'];
      const stack = typeof err === 'object' && err !== null && 'stack' in err && typeof err.stack === 'string' ? err.stack.split('\n').slice(1).map((frame) => `\n    ${plain(frame.trim())}`).join('') : '';
      target.write(`${String(time).slice(11, 23)} ${MARKS[String(level)] ?? ' '} ${plain(service).padEnd(12)} ${plain(msg ?? '')}${pairs.join('')}${stack}\n`);
    },
  };
}

/** A command for a POSIX shell that sends one message; the key comes from `NEXORA_API_KEY`. */
export function curlOf(origin: string, senderDomain: string): string {
  const body = { from: `hello@${senderDomain}`, to: 'delivered@sandbox.test', subject: 'It works', text: 'The first message.', category: 'account.notice' };
  return [
    `curl ${origin}/v1/emails \\`,
    '  -H "Authorization: Bearer $NEXORA_API_KEY" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quote(JSON.stringify(body))}`,
  ].join('\n');
}

/** One word for the shell, whatever it holds. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

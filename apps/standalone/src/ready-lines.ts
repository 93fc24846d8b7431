import type { DemoFile } from './demo-file.js';

/** What a person reads when the system is up: the ready line, the addresses, the demo sign-in and one command to copy. */
export function readyLines(demo: DemoFile, seconds: number): string[] {
  const body = JSON.stringify({ from: demo.sender, to: 'delivered@sandbox.test', subject: 'Your receipt 1001', text: 'Thank you for your order.', category: 'commerce.receipt' });
  return [
    '',
    `NexoraMail is ready (${seconds.toFixed(1)} s)`,
    '',
    `  Dashboard        ${demo.dashboard_url}`,
    `  API reference    ${demo.api_url}/docs`,
    `  Sandbox inbox    ${demo.sandbox_mx.http_url}`,
    `  SMTP submission  ${demo.smtp.host}:${demo.smtp.submission_port} (STARTTLS), ${demo.smtp.host}:${demo.smtp.tls_port} (TLS), user ${demo.smtp_username}, password: the API key`,
    '',
    `  Sign in          ${demo.owner.email} / ${demo.owner.password} (the page fills in the code)`,
    '',
    '  Send a message:',
    '',
    `curl -X POST ${demo.api_url}/v1/emails -H 'Authorization: Bearer ${demo.api_key}' -H 'Content-Type: application/json' -d '${body.replaceAll("'", "'\\''")}'`,
    '',
  ];
}

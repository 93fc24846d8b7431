import { freemem, totalmem } from 'node:os';

const MB = 1024 * 1024;

/**
 * Settings of the embedded server: nothing acknowledged is ever lost (`fsync`, `synchronous_commit`, `full_page_writes` on), small enough
 * for a laptop, and a log without row values or statements, which hold addresses.
 */
export function serverSettings(port: number, memory: number = Math.min(totalmem(), 4 * freemem() + 1024 * MB)): string[] {
  const megabytes = (share: number, least: number, most: number): string => `${Math.round(Math.min(most, Math.max(least, (memory * share) / MB)))}MB`;
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 120,
    superuser_reserved_connections: 3,
    password_encryption: 'scram-sha-256',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    shared_buffers: megabytes(1 / 16, 64, 512),
    effective_cache_size: megabytes(1 / 2, 256, 8192),
    work_mem: '8MB',
    maintenance_work_mem: '64MB',
    max_wal_size: '4GB',
    min_wal_size: '128MB',
    checkpoint_timeout: '15min',
    checkpoint_completion_target: 0.9,
    random_page_cost: 1.1,
    jit: 'off',
    max_parallel_workers_per_gather: 0,
    io_workers: 2,
    autovacuum_naptime: '10s',
    autovacuum_vacuum_cost_delay: '2ms',
    idle_in_transaction_session_timeout: '10s',
    tcp_keepalives_idle: 30,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %q%a ',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    log_lock_waits: 'on',
    log_autovacuum_min_duration: -1,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

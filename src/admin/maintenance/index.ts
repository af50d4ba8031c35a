export type { Alarm, AlarmType } from './alarms.js';
export type { MaintenanceContext } from './context.js';
export { checkHealth, type EndpointHealth } from './health.js';
export {
  type DowngradeResult,
  type HashKvOptions,
  type HashKvResult,
  type HashResult,
  Maintenance,
  type SnapshotFile,
  type SnapshotOptions,
} from './maintenance.js';
export type { SnapshotProgress } from './snapshot.js';
export type { MemberStatus } from './status.js';

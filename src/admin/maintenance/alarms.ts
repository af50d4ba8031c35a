import { invalidArgument, showWord, type TimeoutError, timedOut } from '../../errors/index.js';
import { Deadline } from '../../internal/deadline.js';
import { withJson } from '../../internal/printable.js';
import { memberId } from '../../model/member-id.js';
import type { AlarmMember } from '../../rpc/generated/types.js';
import { maintenance } from '../../rpc/services.js';
import type { Transport, TransportCallOptions } from '../../transport/transport.js';
import type { MaintenanceContext } from './context.js';

/**
 * A standing complaint: `NOSPACE` refuses puts on the whole cluster, `CORRUPT` nearly everything.
 * Neither goes by itself when its cause is gone.
 */
export type AlarmType = 'NOSPACE' | 'CORRUPT';

/** An alarm that is raised. */
export interface Alarm {
  /** The member that raised it. */
  readonly memberId: bigint;
  /** `UNRECOGNIZED` is a kind that is newer than this library; it cannot be disarmed with it. */
  readonly alarm: AlarmType | 'UNRECOGNIZED';
}

const ALARM_TYPES: readonly string[] = ['NOSPACE', 'CORRUPT'];

/** The alarms that are raised, of all members. */
export async function listAlarms(
  transport: Transport,
  call: TransportCallOptions,
): Promise<readonly Alarm[]> {
  const request = { action: 'GET' } as const;
  const response = await transport.unary(maintenance.alarm, request, { ...call, readOnly: true });
  return response.alarms.flatMap(readAlarm);
}

/**
 * Disarms one alarm.
 *
 * @returns the alarm, or nothing if it was not raised
 * @throws InvalidArgumentError for an argument that is not an alarm
 */
export async function disarmOne(
  transport: Transport,
  member: bigint | number,
  alarm: AlarmType,
  call: TransportCallOptions,
): Promise<readonly Alarm[]> {
  if (!ALARM_TYPES.includes(alarm)) {
    throw invalidArgument('alarm', showWord(alarm), `allowed are ${ALARM_TYPES.join(', ')}`);
  }
  return await disarm(transport, { memberId: memberId(member), alarm }, call);
}

/**
 * Disarms all alarms that are raised, one by one: servers take an order for "all" and do nothing. The
 * deadline is for all of it together.
 */
export async function disarmAll(
  { transport, clock, timeoutMs: defaultMs }: MaintenanceContext,
  call: TransportCallOptions,
): Promise<readonly Alarm[]> {
  const timeoutMs = call.timeoutMs ?? defaultMs;
  const deadline = Deadline.in(clock, timeoutMs);
  const disarmed: Alarm[] = [];
  const tooLate = (): TimeoutError =>
    timedOut('disarm', timeoutMs, {
      reason: `${disarmed.length} alarms were disarmed`,
      method: maintenance.alarm.name,
      outcome: disarmed.length === 0 ? 'not-sent' : 'unknown',
      retryable: true,
    });
  const inTime = (): TransportCallOptions => ({ ...call, timeoutMs: deadline.timeoutMs(tooLate) });
  for (const { memberId: member, alarm } of await listAlarms(transport, inTime())) {
    if (alarm === 'UNRECOGNIZED') continue;
    // Also one of member 0, which no member raised: it blocks writes just as well.
    disarmed.push(...(await disarm(transport, { memberId: member, alarm }, inTime())));
  }
  return disarmed;
}

async function disarm(
  transport: Transport,
  alarm: { readonly memberId: bigint; readonly alarm: AlarmType },
  call: TransportCallOptions,
): Promise<readonly Alarm[]> {
  const { alarms } = await transport.unary(
    maintenance.alarm,
    { action: 'DEACTIVATE', ...alarm },
    call,
  );
  return alarms.flatMap(readAlarm);
}

function readAlarm({ memberId: member, alarm }: AlarmMember): Alarm[] {
  return alarm === 'NONE' ? [] : [withJson({ memberId: member, alarm })];
}

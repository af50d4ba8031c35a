import type { EtcdProgram } from '../binary/program.js';
import { freePorts } from './free-ports.js';
import { createServerProcess, type ServerContext, type ServerProcess } from './server-process.js';
import type { CheckedTls } from './tls.js';

/** The place where one member lives. */
export interface MemberPlace {
  readonly host: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly prefix?: readonly string[];
}

/** Settings that the members of a cluster share. */
export interface MembersContext {
  readonly program: EtcdProgram;
  readonly flags?: readonly string[] | undefined;
  readonly tls?: CheckedTls | undefined;
}

/** Finds places on the loopback address. */
export async function freePlaces(count: number): Promise<MemberPlace[]> {
  const clientPorts = await freePorts(count);
  const peerPorts = await freePorts(count);
  return clientPorts.map((clientPort, index) => ({
    host: '127.0.0.1',
    clientPort,
    peerPort: peerPorts[index] ?? 0,
  }));
}

/** Makes the members of a new cluster, which are to be started together. They speak plain HTTP among themselves. */
export async function createMembers(
  places: readonly MemberPlace[],
  context: MembersContext,
): Promise<ServerProcess[]> {
  const known = places.map((place, index) => ({
    name: memberName(index),
    peerUrl: `http://${place.host}:${place.peerPort}`,
  }));
  // The token keeps members of two clusters apart that meet on a port by accident.
  const clusterToken = `${process.pid}-${places[0]?.peerPort}`;
  return Promise.all(
    places.map((place, index) =>
      createServerProcess({
        ...memberContext(memberName(index), place, context),
        initialCluster: initialCluster(known),
        clusterToken,
      }),
    ),
  );
}

/** Settings of one member, without those by which it finds the others. */
export function memberContext(
  name: string,
  place: MemberPlace,
  { program, flags, tls }: MembersContext,
): ServerContext {
  return { program, flags, tls, ...place, name };
}

/** The value of `--initial-cluster`. */
export function initialCluster(
  members: readonly { readonly name: string; readonly peerUrl: string }[],
): string {
  return members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
}

/** The name of a member by its number from 0. */
export function memberName(index: number): string {
  return `member-${index + 1}`;
}

/**
 * Finds the member that leads, once exactly one of those that answer says so; `undefined` while there is none. It
 * asks for their metrics, which needs no login. A member that is down or hangs does not lead.
 */
export async function findLeader<Member extends Pick<ServerProcess, 'running' | 'request'>>(
  members: readonly Member[],
): Promise<Member | undefined> {
  const says = await Promise.all(members.map(leads));
  const leaders = members.filter((_, index) => says[index]);
  return leaders.length === 1 ? leaders[0] : undefined;
}

async function leads(member: Pick<ServerProcess, 'running' | 'request'>): Promise<boolean> {
  if (!member.running) return false;
  const { body } = await member.request('/metrics').catch(() => ({ body: '' }));
  return /^etcd_server_is_leader 1$/m.test(body);
}

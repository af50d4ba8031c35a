import { join } from 'node:path';
import { onPath } from '../../scripts/etcd/find.mjs';
import { buildStep, type Found, type LockServiceProgram } from './lock-service-peer.js';
import { builtPeer } from './peer-cache.js';
import { isMatrix } from './versions.js';

const BUILD = { timeoutMs: 300_000 };
const MAVEN = ['-Dmaven.wagon.http.retryHandler.count=1', '-Dmaven.wagon.rto=15000'];

/** Built with the versions that `npm test` leaves out, too. */
export const jetcdProgram: LockServiceProgram = { wanted: isMatrix, build: buildJetcd };

/** The program on jetcd, or why there is none. */
async function buildJetcd(): Promise<Found> {
  const [java, javac, maven] = await Promise.all(['java', 'javac', 'mvn'].map(onPath));
  if (java === undefined || javac === undefined || maven === undefined) {
    return { missing: 'there is no Java with Maven on this machine' };
  }
  const built = await builtPeer({
    name: 'jetcd',
    folder: 'java',
    build: async (source, output) => {
      const libraries = join(output, 'lib');
      const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${libraries}`];
      await buildStep(maven, ['-B', '-q', '-f', join(source, 'pom.xml'), ...MAVEN, ...goal], BUILD);
      await buildStep(
        javac,
        ['-cp', `${libraries}/*`, '-d', output, join(source, 'Peer.java')],
        BUILD,
      );
    },
  });
  if ('missing' in built) return built;
  const classes = `${built.path}:${built.path}/lib/*`;
  return { name: 'the Java program', path: java, args: ['-cp', classes, 'Peer'] };
}

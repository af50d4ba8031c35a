export { Cluster, type Member, type MembersOptions } from './cluster.js';

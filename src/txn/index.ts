export { refuseCollisions } from './collisions.js';
export {
  Compare,
  type CompareFactory,
  type CompareOperator,
  CompareTarget,
  compareFactory,
} from './compare.js';
export { type AnyOp, Op, type OpResults } from './op.js';
export { Ops } from './ops.js';
export { Txn, type TxnResult } from './txn.js';

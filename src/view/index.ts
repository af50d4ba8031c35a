export type {
  FollowChange,
  FollowDelete,
  FollowOptions,
  FollowPut,
  FollowSnapshot,
} from './follow.js';
export { Selection, type StoredRange } from './selection.js';
export {
  type CreateOptions,
  DELETE,
  type Delete,
  KEEP,
  type Keep,
  type Updated,
  type UpdateOptions,
  type UpdateResult,
  type Updater,
} from './update.js';
export { View } from './view.js';

export type {
  FollowChange,
  FollowDelete,
  FollowOptions,
  FollowPut,
  FollowSnapshot,
} from './follow.js';
export { Selection } from './selection.js';
export type { CreateOptions, UpdateOptions, Updater } from './update.js';
export { View } from './view.js';

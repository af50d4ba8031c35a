export { type CompactOptions, type CompactResult, compact } from './compact.js';
export {
  DELETE_HINTS,
  DELETE_OP_NAMES,
  type DeleteOpOptions,
  type DeleteOptions,
  type DeleteResult,
  deleteRange,
  deleteRequest,
  readDelete,
} from './delete.js';
export {
  GET_HINTS,
  GET_OP_NAMES,
  type GetOpOptions,
  type GetOptions,
  get,
  getFields,
  getRequest,
  readGet,
} from './get.js';
export { type Page, readPages } from './pages.js';
export {
  PUT_HINTS,
  PUT_OP_NAMES,
  type PutOpOptions,
  type PutOptions,
  type PutResult,
  put,
  putRequest,
  readPut,
  type TouchOptions,
  touch,
} from './put.js';
export { countKeys, type RangeResult, range, rangeKeys, readRange } from './range.js';
export {
  isSelected,
  refuseSelection,
  SELECTION,
  type Selected,
  type SelectionState,
  selectionState,
} from './selected.js';
export {
  bareRange,
  deletableRange,
  rangeRequest,
  type SelectionSpec,
  SORT_TARGETS,
  type SortBy,
  type SortOrder,
} from './selection-spec.js';

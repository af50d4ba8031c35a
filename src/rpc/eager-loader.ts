import { fromJSON } from '@grpc/proto-loader';
import { provideProtoLoader } from './proto-loader.js';

/** Makes every codec ready at once, for modules whose users call `encode` and `decode` themselves. */
export function provideEagerly(): void {
  provideProtoLoader({ fromJSON });
}

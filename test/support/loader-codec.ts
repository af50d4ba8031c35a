import { provideEagerly } from '../../src/rpc/eager-loader.js';

provideEagerly();

/** The codecs of proto-loader, ready at once: what other codecs are compared with. */
export { loaderCodec } from '../../src/rpc/loader-codec.js';

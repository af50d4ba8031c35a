import { provideEagerly } from './eager-loader.js';
import { services as table } from './services.js';

provideEagerly();

/** All 49 RPCs by service, ready to `encode` and `decode`. */
export const services = table;

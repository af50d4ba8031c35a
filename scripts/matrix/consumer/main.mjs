import { consume } from './consume.mjs';

const [wire = 'grpc-js', name = 'esm'] = process.argv.slice(-2);
console.log(await consume(process.env.ETCD, wire, name));

/** The public HTTP side as a process of its own, with a small reception of plain values, in front of a homeserver at the address that is given. */
import { running, usualTraffic } from '../../bot/src/public/http.fixture.ts';

const [homeserver] = process.argv.slice(2);
if (homeserver === undefined) throw new Error('Say where the homeserver is.');
// People share no account here.
const traffic = { ...usualTraffic(), pollsPerPerson: 1_000_000 };
const { base } = await running({ settings: { homeserver: { url: homeserver, name: 'comune.example' }, trusted_proxies: ['127.0.0.1'] }, traffic: () => traffic });
console.log(base);

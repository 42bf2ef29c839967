/** Two whole receptions whose homeservers speak with each other, each the other's neighbour. */
import { prepareTown } from './federation.ts';
import { CONFIG, startReception, type Options, type Reception } from './reception.ts';
import { freePorts } from '@portineria/synapse/ports';
import { startLink, type Link } from './link.ts';

export interface Neighbours {
  /** The one at whose office people knock; the other calls it `altrove`. */
  readonly host: Reception;
  /** The one whose citizens knock there. */
  readonly home: Reception;
  /** The ways by which the homeserver of each is reached by the other's. */
  readonly links: { readonly host: Link; readonly home: Link };
  /** What a Chromium is started with to trust their homeservers. */
  readonly trust: string;
  readonly stop: () => Promise<void>;
}

/** The neighbour's id in the configuration of each. */
export const ALTROVE = 'altrove';

const declared = (config: string, port: number): string => `${config}\nneighbours: [{ id: ${ALTROVE}, url: "http://localhost:${port}" }]\n`;

/** A second office that receives, to which somebody can be passed on. */
export const TWO_OPEN = CONFIG.replace('limits:', `  - id: tributi\n    name: { it: Tributi, en: Taxes }\n    ${/hours: .*\n/u.exec(CONFIG)?.[0] ?? ''}    staff: ["@anna:localhost"]\nlimits:`);

/** @param host what is different about the one at whose office people knock @param home about the other @param between called once the first stands */
export async function startNeighbours(host: Options = {}, home: Options = {}, between: () => void = () => undefined): Promise<Neighbours> {
  const town = await prepareTown(2);
  const ports = await freePorts('host', 'home', 'host server', 'home server');
  const [first, second] = town.servers;
  if (first === undefined || second === undefined) throw new Error('The town has not two servers.');
  const links = { host: await startLink(first.port, ports['host server']), home: await startLink(second.port, ports['home server']) };
  const one = await startReception({ ...host, port: ports.host, config: declared(host.config ?? CONFIG, ports.home), federation: { ...first, listens: ports['host server'] } });
  between();
  // Second, so that it finds the first there when it looks for it.
  const other = await startReception({ ...home, port: ports.home, config: declared(home.config ?? CONFIG, ports.host), federation: { ...second, listens: ports['home server'] } }).catch(async (error: unknown) => {
    await Promise.all([one.stop(), links.host.stop(), links.home.stop()]);
    throw error;
  });
  const stop = async (): Promise<void> => {
    await Promise.all([one.stop(), other.stop(), links.host.stop(), links.home.stop()]);
    await town.stop();
  };
  return { host: one, home: other, links, trust: town.trust, stop };
}

/** A whole reception is away, as after a power cut, for as long as `work` takes. */
export async function without(one: Reception, work: () => Promise<void>): Promise<void> {
  await Promise.all([one.killBot(), one.homeserver.kill()]);
  await work();
  await one.homeserver.restart();
  await one.startBot();
}

/** Whether an account is erased at its homeserver. */
export async function isDeactivated({ homeserver: { url, adminToken } }: Pick<Reception, 'homeserver'>, user: string): Promise<boolean> {
  const answer = await fetch(`${url}/_synapse/admin/v2/users/${encodeURIComponent(user)}`, { headers: { authorization: `Bearer ${adminToken}` } });
  return ((await answer.json()) as { deactivated: boolean }).deactivated;
}

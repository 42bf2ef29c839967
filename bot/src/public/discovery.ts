/**
 * Where staff of other servers log in (client-server API, "Server discovery"). Nobody is asked but the servers of staff that the
 * configuration names, and none of them before somebody wants to log in there; each with the care of `neighbour`.
 */
import type { DeskBody } from '@portineria/config/api';
import * as z from 'zod';
import { isOrigin } from './headers.ts';
import { parsedJson } from '../ground/json.ts';
import { askAt, partsOf, type NeighbourAnswer, type Question } from '../servers/neighbour.ts';

type Found = NonNullable<DeskBody['other']>;

/** How one address is asked. */
export type Ask = (address: URL, question: Question) => Promise<NeighbourAnswer>;

/** Milliseconds for all questions about one server together, and bytes of an answer. */
const DISCOVERY_TIMEOUT_MS = 4000;
const LONGEST = 64 * 1024;
/** How long an answer is kept, and how long it is remembered that none was to be had, in milliseconds. */
const KEPT = 60 * 60_000;
const PAUSE = 30_000;

const WellKnown = z.object({ 'm.homeserver': z.object({ base_url: z.string().max(500) }) });
const Versions = z.object({ versions: z.array(z.string()) });

/** An address as a page may speak to it: of https, with nothing but a host, a port and a path. */
function soundBase(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { origin, pathname, username, password, search, hash } = new URL(text);
  return isOrigin(origin) && `${username}${password}${search}${hash}` === '' ? `${origin}${pathname.replace(/\/+$/u, '')}` : null;
}

/** What a host's `.well-known` says; null when it has none. @throws Error when it has one that leads nowhere */
async function wellKnown(host: string, ask: Ask, question: () => Question): Promise<string | null> {
  const answer = await ask(new URL(`https://${host}/.well-known/matrix/client`), question()).catch(() => null);
  if (answer?.status !== 200) return null;
  const said = WellKnown.safeParse(parsedJson(answer.body)).data?.['m.homeserver'].base_url;
  const base = said === undefined ? null : soundBase(said);
  if (base === null) throw new Error('Its .well-known/matrix/client was expected to name a base_url of https, and does not');
  return base;
}

/**
 * The base URL of a server's client interface. Without a `.well-known` the server's own name is taken for its address.
 * @throws Error when there is no homeserver
 */
export async function baseOf(server: string, ask: Ask): Promise<string> {
  const parts = partsOf(server);
  if (parts === null) throw new Error('It is no server name');
  const end = performance.now() + DISCOVERY_TIMEOUT_MS;
  const question = (): Question => ({ patience: Math.max(1, Math.ceil(end - performance.now())), longest: LONGEST });
  const base = (await wellKnown(parts.host.includes(':') ? `[${parts.host}]` : parts.host, ask, question)) ?? soundBase(`https://${server}`);
  if (base === null) throw new Error('It is no server name');
  const { status, body } = await ask(new URL(`${base}/_matrix/client/versions`), question());
  if (status !== 200 || !Versions.safeParse(parsedJson(body)).success) throw new Error(`${base} does not answer as a homeserver: ${status}`);
  return base;
}

export interface Discovery {
  /** Never throws: that a server is not found is an answer, too. */
  find(server: string): Promise<Found>;
}

export interface DiscoveryOptions {
  /** The servers that may be asked. */
  readonly servers: () => ReadonlySet<string>;
  /** Those that may be inside the network. */
  readonly near: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly failed: (server: string, error: unknown) => void;
  /** Replaced in tests. */
  readonly ask?: Ask;
}

interface Kept {
  readonly until: number;
  /** Null when it was not found. */
  readonly base: Promise<string | null>;
}

export function openDiscovery({ servers, near, now, failed, ask = askAt }: DiscoveryOptions): Discovery {
  const kept = new Map<string, Kept>();
  /** Where a server was when it was found last: it moves seldom, and may be away for a while. */
  const last = new Map<string, string>();

  const look = async (server: string): Promise<string | null> => {
    try {
      const base = await baseOf(server, (address, question) => ask(address, { ...question, near: near.includes(server) }));
      last.set(server, base);
      return base;
    } catch (error) {
      failed(server, error);
      kept.set(server, { until: now() + PAUSE, base: Promise.resolve(last.get(server) ?? null) });
      return last.get(server) ?? null;
    }
  };

  return {
    async find(server) {
      if (!servers().has(server)) return { server, fault: 'stranger' };
      const before = kept.get(server);
      const found = before !== undefined && before.until > now() ? before : { until: now() + KEPT, base: look(server) };
      kept.set(server, found);
      const base = await found.base;
      return base === null ? { server, fault: 'lost' } : { server, base_url: base };
    },
  };
}

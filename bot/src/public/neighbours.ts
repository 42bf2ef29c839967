/** The neighbours as visitors see them: beside the own comune, each by itself, and what this reception says of itself to others. */
import type { ComuneBody, DoorBody, NeighbourBody } from '@portineria/config/api';
import type { Comune, Neighbour } from '@portineria/config/comune';
import type { LocalText } from '@portineria/config/events';
import { NeighbourId, OfficeId, UserId } from '@portineria/config/ids';
import { RECEPTION_DOCUMENT, RECEPTION_VERSION, type ReceptionDocument } from '@portineria/config/neighbours';
import { iso, zone } from '@portineria/config/zone';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { shortHash } from '../ground/hash.ts';
import type { Settings } from '../ground/settings.ts';
import type { Neighbours, Said } from '../porter/neighbours.ts';
import { HttpRefusal } from './problem.ts';

/** How long whoever looks at a neighbour waits for its doors of this moment, in milliseconds; then those known last are shown. */
const LOOK_PATIENCE_MS = 1500;
/** The most names that stand on the page of our own offices. With more neighbours, it leads to a page of them alone. */
const FEW = 12;
/** Characters of all neighbours' descriptions together in one answer: those past it are without their offices there. */
const MOST_TEXT = 8_000_000;

/** A neighbour by its name, as a list has it. */
interface NamedNeighbour {
  readonly id: NeighbourId;
  readonly name: LocalText;
}

/** What the page of our own offices shows of the neighbours: how many there are, and the names where those are few, or all are asked for. */
export interface Around {
  readonly count: number;
  readonly named: readonly NamedNeighbour[];
  /** What somebody looks for among the names. */
  readonly sought?: string;
}

/** What the HTTP side asks about neighbours. */
export interface Vicinity {
  around(all: boolean): Around;
  /** A neighbour as it is now; it is asked, and waited for a moment. Null where it is none of ours. */
  look(id: NeighbourId): Promise<NeighbourBody | null>;
  /** The comune's body with its neighbours in it, and its tag. @param own the body without them, as text */
  beside(own: { text: string; etag: string }): { text: string; etag: string };
}

/** While nobody can tell how a door stands, it is closed. */
const UNKNOWN: DoorBody = { state: 'closed', until: null, next: null, by: 'trouble' };

/** A neighbour's body, without its age. What it has not said yet is as with us. */
function bodyOf({ id, url, name }: Neighbour, said: Said | null, reachable: boolean, { zone, languages }: Comune): Omit<NeighbourBody, 'age_s'> {
  if (said === null) return { id, name: name ?? { und: new URL(url).host }, url, reachable, zone, languages, phone: null, privacy: null, accessibility: null, colour: null, sample: false, offices: [] };
  const { document: { homeserver, porter, api }, description: { offices, ...description } } = said;
  const shown = reachable ? offices : offices.map((office) => ({ ...office, door: UNKNOWN, waiting: 0 }));
  return { ...description, id, url, reachable, homeserver, porter, api, offices: shown };
}

/** Part of a name, as the form without a script asks for it. */
const Query = z.object({ q: z.string().max(100).catch('') });

/** What was written for a neighbour, as long as it stays the same. */
interface Written {
  readonly said: Said | null;
  readonly reachable: boolean;
  readonly comune: Comune;
  readonly body: Omit<NeighbourBody, 'age_s'>;
  /** JSON without the opening brace, so that the age goes before it. */
  readonly text: string;
  readonly tag: string;
}

export function openVicinity(neighbours: Pick<Neighbours, 'of' | 'look'>, comune: () => Comune, now: () => number): Vicinity {
  const kept = new Map<NeighbourId, Written>();
  const written = (neighbour: Neighbour): Written => {
    const { said, reachable } = neighbours.of(neighbour);
    const before = kept.get(neighbour.id);
    if (before?.said === said && before.reachable === reachable && before.comune === comune()) return before;
    const body = bodyOf(neighbour, said, reachable, comune());
    const fresh = { said, reachable, comune: comune(), body, text: JSON.stringify(body).slice(1), tag: shortHash(body) };
    kept.set(neighbour.id, fresh);
    return fresh;
  };
  const age = ({ said }: Written): number | null => (said === null ? null : Math.max(0, Math.floor((now() - said.at) / 1000)));
  /** Where there is no room for its offices. */
  const briefly = ({ body }: Written): string => JSON.stringify({ ...body, offices: [] }).slice(1);

  return {
    around(all) {
      const declared = comune().neighbours;
      const named = all || declared.length <= FEW ? declared.map((one) => ({ id: one.id, name: written(one).body.name })) : [];
      return { count: declared.length, named };
    },
    async look(id) {
      const neighbour = comune().neighbours.find((one) => one.id === id);
      if (neighbour === undefined) return null;
      await neighbours.look(neighbour, LOOK_PATIENCE_MS);
      const found = written(neighbour);
      return { ...found.body, age_s: age(found), now: iso(zone(comune().zone), now()) };
    },
    beside({ text, etag }) {
      const all = comune().neighbours.map(written);
      for (const id of kept.keys()) if (kept.get(id)?.comune !== comune()) kept.delete(id);
      let room = MOST_TEXT;
      const parts = all.map((one) => {
        room -= one.text.length;
        return `{"age_s":${JSON.stringify(age(one))},${room < 0 ? briefly(one) : one.text}`;
      });
      return { text: `${text.slice(0, -1)},"neighbours":[${parts.join()}]}`, etag: `W/"${shortHash([etag, all.map(({ tag }) => tag)])}"` };
    },
  };
}

/** What the routes here have from the others. */
export interface NeighbourRoutes {
  readonly settings: Settings;
  readonly vicinity: Vicinity;
  readonly comune: () => ComuneBody;
  /** Renders a page. */
  readonly page: (request: FastifyRequest, reply: FastifyReply, path: string, shown: { around?: Around; neighbour?: NeighbourBody }) => Promise<FastifyReply>;
  /** Sends what is of this moment. */
  readonly sendFresh: (request: FastifyRequest, reply: FastifyReply, etag: string, text: string) => FastifyReply;
}

/** Puts the neighbours' routes on the app. */
export function serveNeighbours(app: FastifyInstance, { settings, vicinity, comune, page, sendFresh }: NeighbourRoutes): void {
  const neighbourOf = async (request: FastifyRequest): Promise<NeighbourBody> => {
    const id = NeighbourId.safeParse((request.params as { id?: unknown }).id);
    const found = id.success ? await vicinity.look(id.data) : null;
    if (found === null) throw new HttpRefusal('not_found');
    return found;
  };

  app.get('/api/neighbours/:id', async (request, reply) => {
    const neighbour = await neighbourOf(request);
    return sendFresh(request, reply, `W/"${shortHash({ ...neighbour, age_s: undefined, now: undefined })}"`, JSON.stringify(neighbour));
  });

  app.get('/n', (request, reply) => page(request, reply, '/n', { around: { ...vicinity.around(true), sought: Query.parse(request.query).q } }));
  app.get('/n/:id', async (request, reply) => {
    const neighbour = await neighbourOf(request);
    return page(request, reply, `/n/${neighbour.id}`, { neighbour });
  });
  app.get('/n/:id/o/:office', async (request, reply) => {
    const neighbour = await neighbourOf(request);
    const office = OfficeId.safeParse((request.params as { office?: unknown }).office);
    if (!office.success || !neighbour.offices.some(({ id }) => id === office.data)) throw new HttpRefusal('not_found');
    return page(request, reply, `/n/${neighbour.id}/o/${office.data}`, { neighbour });
  });

  // Anybody may read what a reception is: another one, or a region that lists them.
  app.get(RECEPTION_DOCUMENT, (_request, reply) => {
    const { origin } = new URL(settings.public_url);
    const { id, name } = comune();
    const document: ReceptionDocument = {
      version: RECEPTION_VERSION,
      reception: origin,
      api: `${origin}/api/`,
      homeserver: settings.homeserver.name,
      porter: UserId.parse(`@${settings.porter.localpart}:${settings.homeserver.name}`),
      comune: { id, name },
    };
    return reply.headers({ 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=3600' }).send(document);
  });
}

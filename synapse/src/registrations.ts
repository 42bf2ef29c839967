/**
 * The two application services of a reception (Matrix specification, Application Service API, "Registration").
 * The porter's is free of rate limits, since it acts on behalf of staff. The visitors' owns the temporary accounts and has
 * no URL: with a single registration the porter would be sent every event of every room that holds a visitor.
 */

/** The porter's registration and account. */
export const PORTER = { id: 'portineria', localpart: 'portineria' } as const;

/** The account that the porter's registration speaks as where it names none. Not the porter's own: Synapse lets no sender /sync. */
const SENDER = 'portineria-service';

/** The visitors' registration; temporary accounts are called `@ospite-RANDOM:server`. */
export const VISITORS = { id: 'portineria-visitors', localpart: 'portineria-visitors', prefix: 'ospite-' } as const;

/** The tokens of one registration, each way. */
export interface Tokens { as_token: string; hs_token: string }

interface Namespace { exclusive: boolean; regex: string }

/** A registration as Synapse reads it from its file. */
export interface Registration extends Tokens {
  id: string;
  url: string | null;
  sender_localpart: string;
  rate_limited: boolean;
  receive_ephemeral: boolean;
  namespaces: { users: Namespace[]; aliases: Namespace[]; rooms: [] };
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');
}

/**
 * Both registrations.
 * @param server the homeserver's name
 * @param port where on this machine the porter listens for events
 */
export function registrations(server: string, port: number, porter: Tokens, visitors: Tokens): { porter: Registration; visitors: Registration } {
  const name = literally(server);
  return {
    porter: {
      id: PORTER.id,
      url: `http://127.0.0.1:${port}`,
      ...porter,
      sender_localpart: SENDER,
      rate_limited: false,
      receive_ephemeral: false,
      namespaces: {
        users: [{ exclusive: true, regex: `@${PORTER.localpart}:${name}` }],
        // A service may give only such aliases as it has a claim to. Its own room and those of visits are its alone. Offices come
        // and go with the configuration, so any id may be one; but staff may name rooms of their own as well.
        aliases: [
          { exclusive: true, regex: `#${PORTER.localpart}:${name}` },
          { exclusive: true, regex: `#visita-[0-9a-f]{32}:${name}` },
          { exclusive: false, regex: `#[a-z][a-z0-9-]*:${name}` },
        ],
        rooms: [],
      },
    },
    visitors: {
      id: VISITORS.id,
      url: null,
      ...visitors,
      sender_localpart: VISITORS.localpart,
      rate_limited: true,
      receive_ephemeral: false,
      namespaces: { users: [{ exclusive: true, regex: `@${VISITORS.prefix}.*:${name}` }], aliases: [], rooms: [] },
    },
  };
}

/** The homeserver's stream of events to the porter: the application service API, by matrix-bot-sdk. */
import { DOOR, HEARTBEAT, VISIT } from '@portineria/config/events';
import { Appservice, LogService, MemoryStorageProvider } from 'matrix-bot-sdk';
import { DOOR_STATE } from '../ground/doorstate.ts';
import { PushedEvent } from '../ground/matrix.ts';
import type { Settings } from '../ground/settings.ts';

export interface Stream {
  begin(): Promise<void>;
  end(): void;
}

/**
 * Keeps no transaction's id. Synapse on SQLite counts them from one again when it is started anew, and the SDK would acknowledge those
 * whose numbers it knows without a look at them: the porter would be deaf for as long as the last count went. What is sent twice is
 * known by its events' ids.
 */
class Forgetful extends MemoryStorageProvider {
  /** Called when a transaction has been worked through. */
  completed: (id: string) => void = () => undefined;

  override isTransactionCompleted(): boolean {
    return false;
  }

  override setTransactionCompleted(id: string): void {
    this.completed(id);
  }
}

/** Which events are passed on: what people do, the heartbeat, and whatever changes what the porter has put into a room. */
const HEARD = ['m.room.member', 'm.room.message', 'm.reaction', DOOR, VISIT, HEARTBEAT, 'm.room.tombstone', ...DOOR_STATE];

/** The SDK's own list of transactions under way, from which it never takes anything. @throws Error when this SDK has none */
function underWay(service: Appservice): object {
  const list: unknown = Reflect.get(service, 'pendingTransactions');
  if (typeof list !== 'object' || list === null) throw new Error('Expected matrix-bot-sdk to list its transactions: look whether it still needs to be told to forget them.');
  return list;
}

/**
 * Listens for what the homeserver pushes. An event is acknowledged once `take` has resolved, so a crash before has it sent again.
 * @param take must not reject: a throw inside the SDK would block the stream
 */
export function openStream({ porter, homeserver }: Settings, take: (event: PushedEvent) => Promise<void>, fault: (sentence: string) => void): Stream {
  // The SDK's own log would name users and rooms.
  const silent = (): void => undefined;
  LogService.setLogger({ info: silent, warn: silent, debug: silent, trace: silent, error: (module) => fault(`matrix-bot-sdk reports a fault in ${module}`) });
  LogService.muteModule('MatrixHttpClient');
  const sender = `${porter.localpart}-service`;
  const storage = new Forgetful();
  const service = new Appservice({
    bindAddress: porter.host,
    port: porter.port,
    homeserverName: homeserver.name,
    homeserverUrl: homeserver.url,
    storage,
    registration: {
      id: porter.id,
      as_token: porter.as_token,
      hs_token: porter.hs_token,
      // The SDK asks the homeserver for the rooms of each of its users who joins somewhere, in the middle of the stream, and a failure
      // there ends the process. So it is told of the registration's sender only, who joins nothing, and not of the porter.
      sender_localpart: sender,
      namespaces: { users: [{ exclusive: true, regex: `@${sender}:.*` }], aliases: [], rooms: [] },
    },
  });
  const transactions = underWay(service);
  storage.completed = (id) => void Reflect.deleteProperty(transactions, id);
  service.addPreprocessor({
    getSupportedEventTypes: () => HEARD,
    processEvent: async (event: unknown) => {
      const parsed = PushedEvent.safeParse(event);
      if (parsed.success) await take(parsed.data);
    },
  });
  // The homeserver asks for aliases of ours that it does not know. Rooms are made from the configuration, never because somebody
  // asks; and without an answer whoever asked would wait for a minute.
  service.on('query.room', (_alias: unknown, answer: (room: false) => void) => answer(false));
  service.on('query.user', (_user: unknown, answer: (profile: false) => void) => answer(false));
  // Application service API v1, "Pinging": the SDK has no route for it.
  service.expressAppInstance.post('/_matrix/app/v1/ping', (request, response) => {
    const known = request.headers.authorization === `Bearer ${porter.hs_token}`;
    response.status(known ? 200 : 403).json(known ? {} : { errcode: 'M_FORBIDDEN', error: 'The token is not the one of the registration' });
  });
  return { begin: () => service.begin(), end: () => service.stop() };
}

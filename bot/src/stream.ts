/** The homeserver's stream of events to the porter: the application service API, by matrix-bot-sdk. */
import { Appservice, LogService, MemoryStorageProvider } from 'matrix-bot-sdk';
import { PushedEvent } from './matrix.ts';
import type { Settings } from './settings.ts';

export interface Stream {
  begin(): Promise<void>;
  end(): void;
}

/**
 * Listens for what the homeserver pushes. An event is acknowledged after `take` has returned, so a crash has it sent again.
 * @param take must not throw: a throw inside the SDK would block the stream
 */
export function openStream({ porter, homeserver }: Settings, take: (event: PushedEvent) => void, fault: (sentence: string) => void): Stream {
  // The SDK's own log would name users and rooms.
  LogService.setLogger({ info() {}, warn() {}, debug() {}, trace() {}, error: (module) => fault(`matrix-bot-sdk reports a fault in ${module}`) });
  LogService.muteModule('MatrixHttpClient');
  const sender = `${porter.localpart}-service`;
  const service = new Appservice({
    bindAddress: porter.host,
    port: porter.port,
    homeserverName: homeserver.name,
    homeserverUrl: homeserver.url,
    storage: new MemoryStorageProvider(),
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
  service.addPreprocessor({
    getSupportedEventTypes: () => ['m.room.member', 'm.room.message', 'm.reaction', 'm.room.power_levels', 'it.portineria.door', 'it.portineria.visit', 'it.portineria.heartbeat'],
    processEvent: async (event: unknown) => {
      const parsed = PushedEvent.safeParse(event);
      if (parsed.success) take(parsed.data);
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

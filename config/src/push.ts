/** What the desk, the homeserver and the porter's gateway say to each other of Web Push (Matrix specification, "Push Gateway API"). */

/** The id of the desk as an application that pushers are set for. */
export const DESK_APP = 'it.portineria.desk';

/** Where the porter's gateway stands on its origin: homeservers ask no other path. */
export const GATEWAY_PATH = '/_matrix/push/v1/notify';

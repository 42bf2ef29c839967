/** The client's page. The test calls `show` with a room's widget, and looks at what it told. */
import type { WidgetContent } from '@portineria/config/events';
import { ClientWidgetApi, OpenIDRequestState, Widget, WidgetDriver, type Capability, type IOpenIDUpdate, type IWidgetApiRequest, type IRoomEvent, type SimpleObservable, UnstableApiVersion } from 'matrix-widget-api';
import { RoomDriver, type Manners } from './room.ts';

export interface Showing {
  widget: WidgetContent;
  room: string;
  user: string;
  name: string;
  language: string;
  theme?: string;
  /** With a real room behind it. */
  manners?: Manners;
}

export interface Hosted {
  /** What the widget wished, and what it told, in order. */
  wished: string[];
  told: string[];
  /** Tells it to hang up, as the client's own button does. */
  hangUp(): Promise<unknown>;
  /** Where it led its user. */
  led: string[];
  /** Tells the widget of other colours, or another language, as when its user changes them. */
  change(to: { theme: string } | { language: string }): Promise<unknown>;
  /** Hands events on to it, as if the homeserver had sent them. @returns when that was, in milliseconds since 1970 */
  feed(events: (IRoomEvent & { content: Record<string, unknown> })[]): number;
}

declare global {
  interface Window {
    /** An OpenID token of the user; null when the user does not want that. */
    openid(): Promise<object | null>;
    show(showing: Showing): Promise<void>;
    hosted: Hosted;
  }
}

class Driver extends WidgetDriver {
  override async validateCapabilities(wished: Set<Capability>): Promise<Set<Capability>> {
    window.hosted.wished.push(...wished);
    return wished;
  }

  override askOpenID(observer: SimpleObservable<IOpenIDUpdate>): void {
    // As a client that asks its user first.
    observer.update({ state: OpenIDRequestState.PendingUserConfirmation });
    void window.openid().then((token) => observer.update(token === null ? { state: OpenIDRequestState.Blocked } : { state: OpenIDRequestState.Allowed, token }));
  }
}

/** Whether what was shown before is still followed. */
let shown = 0;

window.show = async ({ widget: { data, ...definition }, room, user, name, language, theme = 'light', manners }) => {
  const widget = new Widget({ ...definition, ...(data === undefined ? {} : { data }) });
  const frame = document.createElement('iframe');
  // As in Element (AppTile).
  frame.allow = 'microphone; camera; autoplay; display-capture; fullscreen';
  frame.sandbox.add('allow-forms', 'allow-popups', 'allow-popups-to-escape-sandbox', 'allow-same-origin', 'allow-scripts', 'allow-presentation', 'allow-downloads');
  const driver = manners === undefined ? new Driver() : new RoomDriver(room, manners);
  if (driver instanceof RoomDriver) await driver.sync(null, 0);
  document.body.replaceChildren(frame);
  const api = new ClientWidgetApi(widget, frame, driver);
  const told: string[] = [];
  window.hosted = {
    wished: driver instanceof RoomDriver ? driver.wished : [],
    told,
    hangUp: () => api.transport.send('im.vector.hangup', {}),
    led: driver instanceof RoomDriver ? driver.led : [],
    change: (to) => ('theme' in to ? api.updateTheme({ name: to.theme }) : api.updateLanguage(to.language)),
    feed: (events) => {
      const at = performance.timeOrigin + performance.now();
      if (driver instanceof RoomDriver) for (const event of events) driver.take(event, api);
      return at;
    },
  };
  const hear = (action: string, words: (data: Record<string, unknown>) => string): void => {
    api.on(`action:${action}`, (event: CustomEvent<IWidgetApiRequest>) => {
      event.preventDefault();
      told.push(words(event.detail.data));
      api.transport.reply(event.detail, { success: true });
    });
  };
  hear('set_always_on_screen', ({ value }) => `always on screen: ${String(value)}`);
  hear('im.vector.hangup', () => 'hung up');
  // As Element completes a widget's address.
  const address = new URL(widget.getCompleteUrl({ widgetRoomId: room, currentUserId: user, userDisplayName: name, clientLanguage: language, clientTheme: theme }));
  address.searchParams.set('widgetId', widget.id);
  address.searchParams.set('parentUrl', location.href);
  frame.src = address.href;
  if (!(driver instanceof RoomDriver)) return;
  frame.className = 'room';
  api.setViewedRoomId(room);
  if (manners?.old === true) age(api);
  shown += 1;
  void follow(driver, api, shown);
};

/** Makes a client one that does not push state, whatever the widget would take. */
function age(api: ClientWidgetApi): void {
  api.getWidgetVersions = async () => [];
  api.on('action:supported_api_versions', (event: CustomEvent<IWidgetApiRequest>) => {
    event.preventDefault();
    api.transport.reply(event.detail, { supported_versions: Object.values(UnstableApiVersion).filter((one) => one !== UnstableApiVersion.MSC2762_UPDATE_STATE) });
  });
}

/** Hands on what comes, until something else is shown. */
async function follow(driver: RoomDriver, api: ClientWidgetApi, mine: number): Promise<void> {
  while (shown === mine) await driver.sync(api, 10_000);
}

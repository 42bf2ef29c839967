/** The client's page. The test calls `show` with a room's widget, and looks at what it told. */
import { ClientWidgetApi, OpenIDRequestState, Widget, WidgetDriver, type Capability, type IOpenIDUpdate, type IWidget, type IWidgetApiRequest, type SimpleObservable } from 'matrix-widget-api';

export interface Showing {
  widget: IWidget;
  room: string;
  user: string;
  name: string;
  language: string;
}

export interface Hosted {
  /** What the widget wished, and what it told, in order. */
  wished: string[];
  told: string[];
  /** Tells it to hang up, as the client's own button does. */
  hangUp(): Promise<unknown>;
}

declare global {
  interface Window {
    /** An OpenID token of the user; null when the user does not want that. */
    openid(): Promise<object | null>;
    show(showing: Showing): void;
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

window.show = ({ widget: definition, room, user, name, language }) => {
  const widget = new Widget(definition);
  const frame = document.createElement('iframe');
  frame.allow = 'microphone; camera; autoplay; display-capture; fullscreen';
  document.body.append(frame);
  const api = new ClientWidgetApi(widget, frame, new Driver());
  const told: string[] = [];
  window.hosted = { wished: [], told, hangUp: () => api.transport.send('im.vector.hangup' as never, {}) };
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
  const address = new URL(widget.getCompleteUrl({ widgetRoomId: room, currentUserId: user, userDisplayName: name, clientLanguage: language }));
  address.searchParams.set('widgetId', widget.id);
  address.searchParams.set('parentUrl', location.href);
  frame.src = address.href;
};

/**
 * The first script in Element Call's document. It runs before anything of Element Call, as a plain script, and
 * - holds Element Call back until the address says which call to join, so that the page around it can have it loaded and compiled while somebody still waits;
 * - keeps the peer connections, and the line to the calls' server, where the page around it can measure what is heard;
 * - starts the browser's machinery for sound ahead of the call;
 * - lets the page around it answer some of its requests (src/matrix/call/before.ts);
 * - takes away where Element Call would keep its log, the database and the console: nothing of a visit stays on the device, and no time goes into words that nobody reads.
 */
(() => {
  const script = document.currentScript;
  const entry = script instanceof HTMLScriptElement ? script.dataset['entry'] : undefined;
  if (entry === undefined) throw new Error('Expected data-entry to name the module to run');

  // As its own document has it.
  Object.assign(window, { global: window });
  Object.defineProperty(window, 'indexedDB', { value: undefined });

  // It would wrap them to keep what goes through: what it sets does not stay.
  const silent = (): void => {};
  for (const name of ['trace', 'debug', 'info', 'log', 'warn'] as const) Object.defineProperty(console, name, { get: () => silent, set: silent });

  const peers = new Set<RTCPeerConnection>();
  Object.defineProperty(window, 'portineriaPeers', { value: peers });
  const Peer = window.RTCPeerConnection as typeof RTCPeerConnection | undefined;
  if (Peer !== undefined) {
    window.RTCPeerConnection = class extends Peer {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        peers.add(this);
      }
      override close(): void {
        peers.delete(this);
        super.close();
      }
    };
  }

  /** The first connection of a page starts what the browser needs for sound and its codecs. It leads nowhere, and nobody is asked for anything. */
  const warmSound = async (): Promise<void> => {
    if (Peer === undefined) return;
    const peer = new Peer();
    try {
      peer.addTransceiver('audio');
      await peer.createOffer();
    } catch {
      // Then the call's own connection starts it.
    } finally {
      peer.close();
    }
  };

  const lines = new Set<WebSocket>();
  Object.defineProperty(window, 'portineriaLines', { value: lines });
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      lines.add(this);
      this.addEventListener('close', () => lines.delete(this));
    }
  };

  const request = window.fetch.bind(window);
  const scope = window as Window & { portineriaAnswers?: (address: string) => Promise<Response> | null };
  window.fetch = (what, how) => {
    const address = typeof what === 'string' ? what : what instanceof URL ? what.href : what.url;
    return scope.portineriaAnswers?.(address) ?? request(what, how);
  };

  const address = new URL(entry, document.baseURI).href;
  const begin = (): void => {
    if (!location.hash.includes('roomId=')) return;
    removeEventListener('hashchange', begin);
    void import(/* @vite-ignore */ address);
    void warmSound();
  };
  addEventListener('hashchange', begin);
  begin();
})();

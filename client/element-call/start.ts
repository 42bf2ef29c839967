/**
 * The first script in Element Call's document. It runs before anything of Element Call, as a plain script, and
 * - holds Element Call back until the address says which call to join, so that the page around it can have it loaded and compiled while somebody still waits;
 * - keeps the peer connections, and the line to the calls' server, where the page around it can measure what is heard;
 * - tells it of a question to the browser's user that is not answered yet;
 * - keeps what Element Call would store as long as the call, where the browser forbids storage;
 * - starts the browser's machinery for sound ahead of the call;
 * - lets the page around it answer some of its requests and say where its line leads, and until then keeps patience still (src/matrix/call/before.ts);
 * - takes away where Element Call would keep its log, the database and the console: nothing of a visit stays on the device, and no time goes into words that nobody reads.
 */
(() => {
  const script = document.currentScript;
  const entry = script instanceof HTMLScriptElement ? script.dataset['entry'] : undefined;
  if (entry === undefined) throw new Error('Expected data-entry to name the module to run');
  type Host = import('../src/matrix/call/before.ts').Host;
  /** The page around, as soon as it says what it answers. */
  const host = (): Host | undefined => (window as Window & { portineriaHost?: Host }).portineriaHost;

  // As its own document has it.
  Object.assign(window, { global: window });
  Object.defineProperty(window, 'indexedDB', { value: undefined });

  /** Where storage is forbidden, full or not there, Element Call would end at the first look: what it keeps then lives as long as the call. */
  for (const name of ['localStorage', 'sessionStorage'] as const) {
    try {
      window[name].setItem('portineria.probe', '');
      window[name].removeItem('portineria.probe');
    } catch {
      const held = new Map<string, string>();
      const getItem = (key: string): string | null => held.get(key) ?? null;
      const value = { getItem, setItem: (key: string, item: unknown) => held.set(key, String(item)), removeItem: (key: string) => held.delete(key), clear: () => held.clear(), key: (index: number) => [...held.keys()][index] ?? null, get length() { return held.size; } };
      Object.defineProperty(window, name, { value, configurable: true });
    }
  }

  // It would wrap them to keep what goes through: what it sets does not stay.
  const silent = (): void => undefined;
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

  /** What is asked of the browser's user, and not answered yet. */
  const questions = new Set<symbol>();
  Object.defineProperty(window, 'portineriaQuestions', { value: questions });
  const media = navigator.mediaDevices as MediaDevices | undefined;
  if (media !== undefined) {
    const ask = media.getUserMedia.bind(media);
    media.getUserMedia = (wish) => {
      const question = Symbol('question');
      questions.add(question);
      return ask(wish).finally(() => questions.delete(question));
    };
  }

  /** A player of sounds (W3C, "Web Audio API") works all the time, also when it plays nothing, and Element Call keeps several: here each sleeps until something is played over it. */
  const Player = window.AudioContext as typeof AudioContext | undefined;
  if (Player !== undefined) {
    window.AudioContext = class extends Player {
      #playing = 0;
      constructor(options?: AudioContextOptions) {
        super(options);
        void this.suspend().catch(silent);
      }

      override createBufferSource(): AudioBufferSourceNode {
        const source = super.createBufferSource();
        this.#playing += 1;
        source.addEventListener('ended', () => {
          this.#playing -= 1;
          if (this.#playing === 0) void this.suspend().catch(silent);
        });
        void this.resume().catch(silent);
        return source;
      }

      /** A voice has no end: it stays awake. */
      override createMediaStreamSource(stream: MediaStream): MediaStreamAudioSourceNode {
        this.#playing += 1;
        void this.resume().catch(silent);
        return super.createMediaStreamSource(stream);
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

  /** The call's names are bold, and the first of them comes with the voice: its letters are fetched before. */
  const warmLetters = async (): Promise<void> => {
    // Without them they are written in others.
    await document.fonts.load('700 1em Inter').catch(() => []);
  };

  const lines = new Set<WebSocket>();
  Object.defineProperty(window, 'portineriaLines', { value: lines });
  const Socket = window.WebSocket;

  /** A websocket (WHATWG, "WebSockets") whose address is told by the page around it: until it is told, the line is connecting. */
  class Line extends EventTarget {
    static readonly CONNECTING = Socket.CONNECTING;
    static readonly OPEN = Socket.OPEN;
    static readonly CLOSING = Socket.CLOSING;
    static readonly CLOSED = Socket.CLOSED;
    readonly url: string;
    binaryType: BinaryType = 'blob';
    onopen: ((event: Event) => void) | null = null;
    onmessage: ((event: Event) => void) | null = null;
    onerror: ((event: Event) => void) | null = null;
    onclose: ((event: Event) => void) | null = null;
    #socket: WebSocket | null = null;
    #isClosed = false;

    constructor(url: string | URL, protocols?: string | string[]) {
      super();
      this.url = String(url);
      for (const type of ['open', 'message', 'error', 'close'] as const) this.addEventListener(type, (event) => this[`on${type}`]?.(event));
      const address = host()?.entry(this.url) ?? Promise.resolve(this.url);
      address.then((told) => this.#isClosed || this.#connect(new Socket(told, protocols)), () => this.#fail());
    }

    get readyState(): number {
      return this.#isClosed ? Socket.CLOSED : (this.#socket?.readyState ?? Socket.CONNECTING);
    }

    get protocol(): string {
      return this.#socket?.protocol ?? '';
    }

    get extensions(): string {
      return this.#socket?.extensions ?? '';
    }

    get bufferedAmount(): number {
      return this.#socket?.bufferedAmount ?? 0;
    }

    send(data: Parameters<WebSocket['send']>[0]): void {
      if (this.#socket === null) throw new DOMException('Expected the line to be open', 'InvalidStateError');
      this.#socket.send(data);
    }

    close(code?: number, reason?: string): void {
      if (this.#socket === null) this.#fail();
      else this.#socket.close(code, reason);
    }

    #connect(socket: WebSocket): void {
      this.#socket = socket;
      lines.add(socket);
      socket.binaryType = this.binaryType;
      socket.onopen = () => this.dispatchEvent(new Event('open'));
      socket.onmessage = ({ data, origin }: MessageEvent<unknown>) => this.dispatchEvent(new MessageEvent('message', { data, origin }));
      socket.onerror = () => this.dispatchEvent(new Event('error'));
      socket.onclose = ({ code, reason, wasClean }) => {
        lines.delete(socket);
        this.dispatchEvent(new CloseEvent('close', { code, reason, wasClean }));
      };
    }

    /** As a socket that nobody answered, and never in the middle of a call. */
    #fail(): void {
      if (this.#isClosed) return;
      this.#isClosed = true;
      queueMicrotask(() => {
        this.dispatchEvent(new Event('error'));
        this.dispatchEvent(new CloseEvent('close', { code: 1006, wasClean: false }));
      });
    }
  }
  window.WebSocket = Line as unknown as typeof WebSocket;

  const request = window.fetch.bind(window);
  window.fetch = (what, how) => {
    const address = typeof what === 'string' ? what : what instanceof URL ? what.href : what.url;
    return host()?.answer(address) ?? request(what, how);
  };

  /** From so long on, in milliseconds, a timer is somebody's patience. It begins when the door opens: before, nobody was waited for in vain. */
  const HELD_TIMER_MS = 3_000;
  const LONGEST = 2 ** 31 - 1;
  const [set, clear] = [window.setTimeout.bind(window), window.clearTimeout.bind(window)];
  /** The timers that began with the open door, by the names under which they were set. */
  const begun = new Map<number, number | null>();
  window.setTimeout = ((what: TimerHandler, delay?: number, ...more: unknown[]) => {
    const door = host()?.door;
    if (door === undefined || typeof what !== 'function' || delay === undefined || delay < HELD_TIMER_MS) return set(what, delay, ...more);
    const name = set(silent, LONGEST);
    begun.set(name, null);
    const fire = (): void => {
      begun.delete(name);
      clear(name);
      (what as (...more: unknown[]) => void)(...more);
    };
    void door.then(() => begun.has(name) && begun.set(name, set(fire, delay)));
    return name;
  }) as typeof window.setTimeout;
  window.clearTimeout = (name) => {
    clear(begun.get(Number(name)) ?? undefined);
    begun.delete(Number(name));
    clear(name);
  };

  const address = new URL(entry, document.baseURI).href;
  const begin = (): void => {
    if (!location.hash.includes('roomId=')) return;
    removeEventListener('hashchange', begin);
    void import(/* @vite-ignore */ address);
    void warmSound();
    void warmLetters();
  };
  addEventListener('hashchange', begin);
  begin();
})();

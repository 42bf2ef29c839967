/** The way to a server on loopback, as it may be: whole, cut, or slow and lossy. It carries bytes and knows nothing of what they say. */
import { once } from 'node:events';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { endsWithUs } from './cutoff.ts';

/** How a bad way is: what it does comes again in the same order, so that a test that fails can be played again. */
interface Badness {
  /** Milliseconds that everything takes from one end to the other. */
  readonly delay: number;
  /** Each of so many pieces is lost, and takes as long as sending it again does. */
  readonly lostOf: number;
  /** Each of so many connections breaks off in the middle of what it carries. */
  readonly cutOf: number;
}

/** What a lost piece takes until it is there, in milliseconds: the shortest time after which it is sent again (RFC 6298), as Linux has it. */
const AGAIN_MS = 200;
/** After how many pieces a connection breaks off: past the handshake of TLS. */
const CUT_AFTER = 6;

export interface Link {
  /** Nobody gets through, and whoever was through is cut off. */
  readonly cut: () => Promise<void>;
  /** It is whole again. */
  readonly mend: () => Promise<void>;
  readonly worsen: (badness: Badness) => void;
  readonly stop: () => Promise<void>;
}

/** @param port where others come in @param target where the server listens */
export async function startLink(port: number, target: number): Promise<Link> {
  const sockets = new Set<Socket>();
  let badness: Badness | null = null;
  let [connections, pieces] = [0, 0];
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.setNoDelay(true).on('close', () => sockets.delete(socket));
    return socket;
  };
  /** Carries what one end says to the other, in order. */
  const carry = (from: Socket, to: Socket, bad: Badness | null, isCut: boolean): void => {
    let [arrives, count] = [0, 0];
    const at = (then: () => void): void => {
      if (bad === null) return then();
      const isLost = ++pieces % bad.lostOf === 0;
      arrives = Math.max(arrives, performance.now() + bad.delay + (isLost ? AGAIN_MS : 0));
      setTimeout(then, arrives - performance.now());
    };
    from.on('data', (piece) => {
      at(() => to.writable && to.write(piece));
      if (isCut && ++count >= CUT_AFTER) {
        from.destroy();
        to.destroy();
      }
    });
    from.on('end', () => at(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => at(() => to.destroy()));
  };
  const through = (come: Socket): void => {
    const bad = badness;
    const isCut = bad !== null && ++connections % bad.cutOf === 0;
    const onward = track(connect(target, '127.0.0.1'));
    carry(track(come), onward, bad, isCut);
    carry(onward, come, bad, isCut);
  };
  let server: Server | null = null;
  const cut = async (): Promise<void> => {
    const was = server;
    server = null;
    const closed = was === null ? null : once(was, 'close');
    was?.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const mend = async (): Promise<void> => {
    badness = null;
    if (server !== null) return;
    server = createServer(through).listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await mend();
  endsWithUs(() => void cut());
  return { cut, mend, worsen: (how) => { badness = how; }, stop: cut };
}

import type { MatrixClient } from 'matrix-js-sdk';
import { describe, expect, test, vi } from 'vitest';
import { attachmentOf, seal, unseal } from './attachments.ts';

/** A homeserver that keeps one file, as it came. */
function keeper(): { client: MatrixClient; kept: () => Promise<ArrayBuffer>; named: readonly unknown[]; spoil: () => void } {
  let kept = new Blob();
  const named: unknown[] = [];
  const client: unknown = {
    uploadContent: async (file: Blob, { name }: { name: string }) => (named.push(name), (kept = file), { content_uri: 'mxc://comune.example/abc' }),
    mxcUrlToHttp: (url: string) => url.replace('mxc://', 'https://comune.example/_matrix/client/v1/media/download/'),
    getAccessToken: () => 'token',
  };
  vi.stubGlobal('fetch', async () => new Response(kept));
  return { client: client as MatrixClient, kept: () => kept.arrayBuffer(), named, spoil: () => (kept = new Blob(['x', kept.slice(1)])) };
}

describe('a file', () => {
  test('is sealed before it leaves the page, is what it was once opened, and is refused when anything of it was changed', async () => {
    const { client, kept, named, spoil } = keeper();
    const content = await seal(client, '!visit:comune.example', new File(['Carta d’identità'], '../mia carta.pdf', { type: 'application/pdf' }));
    expect(content).toMatchObject({ msgtype: 'm.file', body: 'mia carta.pdf', info: { size: 19, mimetype: 'application/pdf' }, file: { url: 'mxc://comune.example/abc', v: 'v2' } });
    expect(content).not.toHaveProperty('url');
    // As it is, however often it is encoded on its way.
    expect(named).toEqual(['visit--visit-comune-example']);
    expect(new TextDecoder().decode(await kept())).not.toContain('Carta');
    const attachment = attachmentOf(content);
    if (attachment === null) throw new Error('Expected a file');
    const opened = await unseal(client, attachment);
    expect([await opened.text(), opened.type]).toEqual(['Carta d’identità', 'application/octet-stream']);
    spoil();
    await expect(unseal(client, attachment)).rejects.toThrow(/./u);
  });

  test('is shown as a picture only where it can be nothing else, whatever its sender says', () => {
    const file = { url: 'mxc://a.example/b', key: { kty: 'oct', key_ops: ['decrypt'], alg: 'A256CTR', k: 'k', ext: true }, iv: 'i', hashes: { sha256: 'h' }, v: 'v2' };
    const pictureOf = (mimetype: unknown, msgtype = 'm.image'): unknown => attachmentOf({ msgtype, body: 'x', info: { mimetype }, file })?.picture;
    expect([pictureOf('image/png'), pictureOf('image/svg+xml'), pictureOf('text/html'), pictureOf(7), pictureOf('image/png', 'm.file')]).toEqual(['image/png', null, null, null, null]);
  });

  test('has a safe name, words only where they are not its name, and an address of a homeserver’s alone', () => {
    expect(attachmentOf({ msgtype: 'm.file', body: 'Da firmare', filename: 'a/b/modulo.pdf', url: 'mxc://a.example/b' })).toMatchObject({ name: 'modulo.pdf', caption: 'Da firmare', size: null, sealed: null });
    expect(attachmentOf({ msgtype: 'm.audio', body: 'Messaggio vocale', info: { size: -1 }, url: 'mxc://a.example/b' })).toMatchObject({ name: 'Messaggio vocale', caption: '', size: null });
    for (const content of [{ msgtype: 'm.file', body: 'x', url: 'https://evil.example/x' }, { msgtype: 'm.file', body: 'x', file: { url: 'mxc://a.example/b' } }, { msgtype: 'm.location', body: 'x' }, null]) expect(attachmentOf(content)).toBe(null);
  });
});
